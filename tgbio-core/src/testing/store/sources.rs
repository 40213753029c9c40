//! What each backend said last, and until when.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::names::numbered;
use super::world::*;
use crate::sources::agreement;
use crate::store::{Decision, PhotoReading};
use crate::{
    FetchErrorKind, Field, Observation, Observed, Photo, PhotoBytes, Profile, ProfileId, UnreachableReason,
};
use bytes::Bytes;

fn by(fetcher: &str, profile: Profile, seconds: i64) -> Observation {
    Observation { fetcher: fetcher.into(), ..seen(profile, seconds) }
}

fn page(bio: &str) -> Profile {
    Profile { telegram_id: Observed::Hidden, bio: Observed::Present(bio.into()), ..numbered("someone", 1) }
}

fn told(bio: &str) -> Profile {
    let bio = Observed::Present(bio.to_owned());
    Profile { bio, premium: Observed::Present(true), ..numbered("someone", 1) }
}

/// Backend, second, bio.
async fn said(store: &Store, id: ProfileId) -> Vec<(String, i64, String)> {
    let sources = store.sources(id).await.unwrap();
    let second =
        |source: &crate::sources::Source| (source.observed_at.as_millis() - at(0).as_millis()) / 1000;
    let bio = |profile: &Profile| profile.bio.present().cloned().unwrap_or_default();
    sources.iter().map(|source| (source.fetcher.clone(), second(source), bio(&source.profile))).collect()
}

fn line(fetcher: &str, second: i64, bio: &str) -> (String, i64, String) {
    (fetcher.to_owned(), second, bio.to_owned())
}

pub(super) async fn each_backend_keeps_its_own_say_and_time(store: Store) {
    let id = follow(&store, "someone").await.id;
    assert!(store.sources(id).await.unwrap().is_empty());
    for (bio, seconds) in [("first", 30), ("then", 40), ("a", 60)] {
        see(&store, id, &by("scrape", page(bio), seconds)).await;
        assert_eq!(said(&store, id).await, [line("scrape", seconds, bio)]);
    }
    see(&store, id, &by("scrape", page("a"), 120)).await;
    assert_eq!(said(&store, id).await, [line("scrape", 120, "a")]);
    see(&store, id, &by("mtproto", told("a"), 180)).await;
    fail(&store, id, 200, FetchErrorKind::Unreachable(UnreachableReason::Reset)).await;
    see(&store, id, &by("mtproto", told("a"), 240)).await;
    assert_eq!(said(&store, id).await, [line("mtproto", 240, "a"), line("scrape", 120, "a")]);
    see(&store, id, &by("mtproto", told("b"), 300)).await;
    let sources = store.sources(id).await.unwrap();
    assert_eq!(said(&store, id).await, [line("mtproto", 300, "b"), line("scrape", 120, "a")]);
    assert_eq!(sources[1].profile, page("a"), "nothing of the other's is mixed in");
    let record = get(&store, id).await;
    let told = agreement(record.state.as_ref().unwrap(), &sources);
    let bio = told.iter().find(|told| told.field == Field::Bio).unwrap();
    assert_eq!(
        (&bio.agree[..], &bio.disagree[..]),
        (&["mtproto".to_owned()][..], &["scrape".to_owned()][..])
    );
    see(&store, id, &by("scrape", page("b"), 360)).await;
    assert_eq!(said(&store, id).await, [line("mtproto", 300, "b"), line("scrape", 360, "b")]);
    assert_eq!(get(&store, id).await.revisions, 4);
}

pub(super) async fn a_change_dates_what_its_backend_says(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &by("scrape", page("a"), 60)).await;
    see(&store, id, &by("scrape", page("b"), 120)).await;
    see(&store, id, &by("mtproto", told("b"), 180)).await;
    assert_eq!(said(&store, id).await, [line("mtproto", 180, "b"), line("scrape", 120, "b")]);
    see(&store, id, &by("mtproto", told("c"), 240)).await;
    assert_eq!(said(&store, id).await, [line("mtproto", 240, "c"), line("scrape", 120, "b")]);
}

pub(super) async fn what_a_person_accepts_was_not_said_by_others(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &by("scrape", page("a"), 60)).await;
    see(&store, id, &by("mtproto", told("a"), 120)).await;
    let empty = Profile { bio: Observed::Absent, links: Observed::Absent, ..told("a") };
    see(&store, id, &by("mtproto", empty.clone(), 180)).await;
    let held = store.held(None, 0, 9).await.unwrap().remove(0);
    store.settle(held.id, Decision::Accept, at(185), &admin()).await.unwrap();
    assert!(get(&store, id).await.state.unwrap().bio.is_absent());
    let sources = store.sources(id).await.unwrap();
    let of = |fetcher| sources.iter().find(|source| source.fetcher == fetcher).unwrap();
    assert_eq!(of("scrape").profile, page("a"));
    assert_eq!(of("mtproto").profile, empty, "what a backend shows is what it says, also while that waits");
    see(&store, id, &by("scrape", page("b"), 240)).await;
    assert_eq!(said(&store, id).await[1], line("scrape", 240, "b"));
}

pub(super) async fn a_page_says_nothing_of_the_photos_identity(store: Store) {
    let shown = |bio: &str| {
        let photo = Photo { url: Some("https://cdn/1".to_owned()), ..Photo::default() };
        Profile { photo: Observed::Present(photo), ..page(bio) }
    };
    let id = follow(&store, "someone").await.id;
    see(&store, id, &by("scrape", shown("a"), 60)).await;
    let picture = PhotoBytes::new(Bytes::from_static(b"one"), "image/jpeg");
    let reading = PhotoReading::new("https://cdn/1".to_owned(), Some(picture), at(61), "scrape", "photo/1");
    store.record_photo(id, &reading).await.unwrap();
    assert!(get(&store, id).await.state.unwrap().photo_id().is_some());
    assert_eq!(store.sources(id).await.unwrap()[0].profile, shown("a"));
    see(&store, id, &by("scrape", shown("b"), 120)).await;
    assert!(get(&store, id).await.state.unwrap().photo_id().is_some());
    assert_eq!(store.sources(id).await.unwrap()[0].profile, shown("b"));
    see(&store, id, &by("mtproto", told("c"), 180)).await;
    assert_eq!(store.sources(id).await.unwrap()[1].profile, shown("b"), "what another says changes nothing");
}

pub(super) async fn what_is_removed_is_said_by_nobody(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &by("scrape", page("a"), 60)).await;
    see(&store, id, &by("scrape", page("to be removed"), 120)).await;
    store.remove_revision(id, 2, at(130), &admin()).await.unwrap();
    assert!(store.sources(id).await.unwrap().is_empty());
    see(&store, id, &by("scrape", page("a"), 180)).await;
    assert_eq!(said(&store, id).await, [line("scrape", 180, "a")]);
    store.erase(id, false, at(200), &admin()).await.unwrap();
    assert!(store.sources(id).await.unwrap().is_empty());
}
