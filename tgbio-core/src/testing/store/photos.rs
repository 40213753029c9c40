//! Photos.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use bytes::Bytes;

use super::world::*;
use crate::store::PhotoReading;
use crate::{Field, Observed, Photo, PhotoBytes, PhotoId};

fn picture(text: &'static str) -> PhotoBytes {
    PhotoBytes::new(Bytes::from_static(text.as_bytes()), "image/jpeg")
}

fn reading(seconds: i64, bytes: Option<PhotoBytes>) -> PhotoReading {
    PhotoReading::new(format!("https://cdn/{seconds}"), bytes, at(seconds), "test", "photo/1")
}

async fn show(store: &Store, id: crate::ProfileId, seconds: i64, photo: bool) {
    let mut profile = user(&name("someone"), Some("a"));
    let url = Some(format!("https://cdn/{seconds}"));
    profile.photo =
        if photo { Observed::Present(Photo { url, ..Photo::default() }) } else { Observed::Absent };
    see(store, id, &seen(profile, seconds)).await;
}

pub(super) async fn the_first_is_a_baseline_and_another_a_change(store: Store) {
    let id = follow(&store, "someone").await.id;
    show(&store, id, 60, true).await;
    store.record_photo(id, &reading(61, None)).await.unwrap();
    assert_eq!(get(&store, id).await.photo.tried_at, Some(at(61)));
    let first = PhotoId::sha256(&picture("one").sha256());
    assert!(store.record_photo(id, &reading(62, Some(picture("one")))).await.unwrap().numbers.is_empty());
    let record = get(&store, id).await;
    assert_eq!(record.state.as_ref().and_then(|state| state.photo_id()), Some(&first));
    assert_eq!(record.photo.read_url.as_deref(), Some("https://cdn/62"));
    assert_eq!(record.last_checked_at, Some(at(60)), "a photo is no look");
    assert_eq!(store.photo(id, &first).await.unwrap(), Some(picture("one")));
    assert!(store.record_photo(id, &reading(63, Some(picture("one")))).await.unwrap().numbers.is_empty());
    assert_eq!(store.record_photo(id, &reading(64, Some(picture("two")))).await.unwrap().numbers, [2]);
    let change = store.changes_of(id, 2).await.unwrap().remove(0);
    assert_eq!((change.field, change.before.unwrap().as_text()), (Field::Photo, Some(first.as_str())));
    assert_eq!(store.revision(id, 2).await.unwrap().unwrap().last_seen_before, Some(at(63)));
    let other = follow(&store, "other").await.id;
    assert_eq!(store.photo(other, &first).await.unwrap(), None, "a photo belongs to its profile");
    for seconds in [120, 140, 160] {
        show(&store, id, seconds, false).await;
    }
    assert!(get(&store, id).await.state.unwrap().photo.is_absent());
    store.record_photo(id, &reading(170, Some(picture("late")))).await.unwrap();
    assert!(get(&store, id).await.state.unwrap().photo.is_absent(), "a late picture brings no photo back");
}
