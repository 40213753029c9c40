//! Names that move from one profile to another.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::store::StoreError;
use crate::{Field, FieldValue, Observed, Profile, ProfileId};

/// A user with an id.
pub(super) fn numbered(username: &str, id: u64) -> Profile {
    let mut profile = user(&name(username), Some("a"));
    profile.display_name = Observed::Present("Some One".into());
    profile.telegram_id = Observed::Present(id);
    profile
}

async fn holder(store: &Store, text: &str) -> Option<ProfileId> {
    store.profile(&name(text).into()).await.unwrap().map(|record| record.id)
}

pub(super) async fn a_profile_whose_name_another_got_is_told_and_kept_apart(store: Store) {
    let [mover, numberless, owner] = [
        follow(&store, "mover").await.id,
        follow(&store, "first_name").await.id,
        follow(&store, "second_name").await.id,
    ];
    see(&store, mover, &seen(numbered("mover", 1), 60)).await;
    see(&store, numberless, &seen(user(&name("first_name"), Some("b")), 60)).await;
    see(&store, owner, &seen(numbered("second_name", 3), 60)).await;
    for (seconds, taken, from, own) in
        [(120, "First_Name", numberless, None), (180, "second_name", owner, Some(FieldValue::Number(3)))]
    {
        see(&store, mover, &seen(numbered(taken, 1), seconds)).await;
        assert_eq!(holder(&store, taken).await, Some(mover));
        let record = get(&store, from).await;
        assert!(!record.holds_name() && record.target().only_by_id);
        assert_eq!((record.revisions, record.last_changed_at), (2, Some(at(seconds))));
        let told = store.changes_of(from, 2).await.unwrap();
        assert_eq!((told.len(), told[0].field), (1, Field::UsernameOwner));
        assert_eq!((&told[0].before, &told[0].after), (&own, &Some(FieldValue::Number(1))));
        let second = store.revision(from, 2).await.unwrap().unwrap();
        assert_eq!((second.last_seen_before, second.first_seen), (Some(at(60)), at(seconds)));
    }
    see(&store, numberless, &seen(user(&name("first_name"), Some("of the mover")), 240)).await;
    see(&store, owner, &seen(numbered("third_name", 3), 240)).await;
    assert_eq!(get(&store, numberless).await.revisions, 2, "who it is cannot be known any more");
    assert_eq!(holder(&store, "third_name").await, Some(owner));
    assert_eq!(get(&store, owner).await.revisions, 3);
}

pub(super) async fn a_lost_name_is_free_and_comes_back(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &seen(numbered("someone", 1), 60)).await;
    let nameless = Profile { username_owner: Observed::Absent, ..numbered("someone", 1) };
    see(&store, id, &seen(nameless, 120)).await;
    assert_eq!((holder(&store, "someone").await, get(&store, id).await.username), (None, name("someone")));
    see(&store, id, &seen(numbered("SomeOne", 1), 180)).await;
    assert_eq!(holder(&store, "someone").await, Some(id));
    let again = store.follow(&crate::store::NewProfile::new(name("someone")), at(190), &admin()).await;
    assert!(matches!(again, Err(StoreError::AlreadyFollowed { .. })));
    assert_eq!(get(&store, id).await.revisions, 3);
}

pub(super) async fn a_look_that_began_before_the_name_was_lost_is_not_believed(store: Store) {
    let [mover, displaced] = [follow(&store, "mover").await.id, follow(&store, "someone").await.id];
    see(&store, mover, &seen(numbered("mover", 1), 60)).await;
    see(&store, displaced, &seen(user(&name("someone"), Some("b")), 60)).await;
    let claim = claim(&store, displaced, 100).await;
    see(&store, mover, &seen(numbered("someone", 1), 110)).await;
    let late = seen(user(&name("someone"), Some("of the mover")), 120);
    let written = store.commit(&claim, judged(&claim, Ok(&late), late.at)).await;
    assert!(matches!(written, Err(StoreError::Conflict)));
    store.release(&claim).await.unwrap();
    see(&store, displaced, &late).await;
    assert_eq!(bios(&store, displaced).await.last().unwrap().1, "b");
}
