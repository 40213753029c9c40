//! Removing revisions.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::store::StoreError;
use crate::{Field, Presence};

fn history(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(number, bio)| (*number, (*bio).to_owned())).collect()
}

async fn remove(store: &Store, id: crate::ProfileId, number: u64) {
    store.remove_revision(id, number, at(900), &admin()).await.unwrap();
}

pub(super) async fn equal_neighbours_merge(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b", "a"]).await;
    remove(&store, id, 2).await;
    assert_eq!(bios(&store, id).await, history(&[(1, "a")]));
    let record = get(&store, id).await;
    assert_eq!((record.revisions, record.last_changed_at), (1, None));
    assert_eq!(record.state.and_then(|state| state.bio.present().cloned()), some("a"));
    assert_eq!(log(&store, id).await, [(2, None, None, true), (3, None, None, true)]);
    assert_eq!(store.totals().await.unwrap().revisions, 1);
    assert!(store.evidence(id, 2).await.unwrap().is_none());
    let again = store.remove_revision(id, 2, at(901), &admin()).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
    assert!(see_bio(&store, id, 950, "a").await.numbers.is_empty());
}

pub(super) async fn the_next_revision_is_written_anew(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b", "c"]).await;
    remove(&store, id, 2).await;
    assert_eq!(bios(&store, id).await, history(&[(1, "a"), (3, "c")]));
    let third = store.revision(id, 3).await.unwrap().unwrap();
    assert_eq!((third.changed, third.last_seen_before), (vec![Field::Bio], Some(at(60))));
    assert_eq!(log(&store, id).await, [(2, None, None, true), (3, some("a"), some("c"), false)]);
    assert!(store.evidence(id, 3).await.unwrap().is_some());
    assert_eq!(get(&store, id).await.last_changed_at, Some(at(180)));
}

pub(super) async fn the_newest_falls_back(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    remove(&store, id, 2).await;
    let record = get(&store, id).await;
    assert_eq!(record.state.and_then(|state| state.bio.present().cloned()), some("a"));
    assert_eq!((record.presence, record.last_seen_at), (Presence::Present, Some(at(60))));
    assert_eq!(see_bio(&store, id, 950, "c").await.numbers, [3]);
    assert_eq!(log(&store, id).await, [(2, None, None, true), (3, some("a"), some("c"), false)]);
}

pub(super) async fn the_first_makes_the_next_a_baseline(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b", "c"]).await;
    remove(&store, id, 1).await;
    assert_eq!(bios(&store, id).await, history(&[(2, "b"), (3, "c")]));
    let second = store.revision(id, 2).await.unwrap().unwrap();
    assert_eq!((&second.changed, second.last_seen_before), (&second.profile.known_fields(), None));
    assert_eq!(log(&store, id).await, [(2, None, None, true), (3, some("b"), some("c"), false)]);
    assert!(store.changes_of(id, 2).await.unwrap().is_empty());
    assert_eq!(
        get(&store, id).await.first_observed_at,
        Some(second.first_seen),
        "what went was not observed"
    );
    remove(&store, id, 2).await;
    let record = get(&store, id).await;
    assert_eq!((record.last_changed_at, record.first_observed_at), (None, Some(at(180))));
}

pub(super) async fn everything_can_be_removed_and_begins_again(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    remove(&store, id, 1).await;
    remove(&store, id, 2).await;
    let record = get(&store, id).await;
    assert_eq!((record.state, record.presence, record.revisions), (None, Presence::Unknown, 0));
    assert_eq!(record.first_observed_at, None);
    assert_eq!(see_bio(&store, id, 950, "b").await.numbers, [3]);
    assert_eq!(get(&store, id).await.first_observed_at, Some(at(950)));
    assert!(store.changes_of(id, 3).await.unwrap().is_empty(), "it is a baseline again");
}

pub(super) async fn numbers_are_never_used_again(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    remove(&store, id, 2).await;
    assert_eq!(see_bio(&store, id, 950, "b").await.numbers, [3]);
    let places: Vec<u64> = store.changes(0, 9).await.unwrap().iter().map(|entry| entry.seq).collect();
    assert_eq!(places, [1, 2]);
}
