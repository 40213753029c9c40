//! Revisions, the change log, evidence.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::{FetchErrorKind, Field, Observed, Outcome, Presence, UnreachableReason};

pub(super) async fn the_first_look_is_a_baseline(store: Store) {
    let id = follow(&store, "someone").await.id;
    let done = see_bio(&store, id, 60, "hello").await;
    assert_eq!(done.numbers, [1]);
    let record = get(&store, id).await;
    assert_eq!((record.presence, record.revisions, record.last_number), (Presence::Present, 1, 1));
    assert_eq!((record.first_observed_at, record.last_changed_at), (Some(at(60)), None));
    assert_eq!(record.state.as_ref().and_then(|state| state.bio.present().cloned()), some("hello"));
    let first = store.revision(id, 1).await.unwrap().unwrap();
    assert_eq!(first.changed, first.profile.known_fields());
    assert_eq!((first.last_seen_before, first.first_seen), (None, at(60)));
    assert!(store.changes(0, 9).await.unwrap().is_empty());
    assert!(store.changes_of(id, 1).await.unwrap().is_empty());
}

pub(super) async fn changes_become_revisions_and_entries_of_the_log(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    let mut profile = user(&name("someone"), Some("c"));
    profile.display_name = Observed::Present("Other".into());
    profile.verified = Observed::Present(true);
    see(&store, id, &seen(profile, 180)).await;
    let record = get(&store, id).await;
    assert_eq!((record.revisions, record.last_changed_at), (3, Some(at(180))));
    let third = store.revision(id, 3).await.unwrap().unwrap();
    assert_eq!(
        third.changed,
        [Field::DisplayName, Field::Bio],
        "a field seen for the first time is no change"
    );
    assert_eq!((third.last_seen_before, third.first_seen), (Some(at(120)), at(180)));
    let entries = store.changes(0, 9).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((entries[0].field, entries[0].revision), (Field::Bio, 2));
    assert_eq!(entries[0].before.as_ref().and_then(|value| value.as_text()), Some("a"));
    assert_eq!(entries[0].username.as_ref(), Some(&name("someone")));
    assert_eq!(store.changes(1, 1).await.unwrap(), entries[1..2]);
    assert_eq!(store.changes_of(id, 3).await.unwrap().len(), 2);
}

pub(super) async fn an_unchanged_look_adds_no_history(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    assert!(see_bio(&store, id, 120, "a").await.numbers.is_empty());
    let record = get(&store, id).await;
    assert_eq!(
        (record.revisions, record.last_checked_at, record.last_seen_at),
        (1, Some(at(120)), Some(at(120)))
    );
    assert!(record.next_check_at > Some(at(120)));
    assert_eq!(record.health.map(|health| (health.outcome, health.at)), Some((Outcome::Profile, at(120))));
}

pub(super) async fn a_failed_look_changes_only_the_health(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    let before = get(&store, id).await;
    fail(&store, id, 90, FetchErrorKind::Unreachable(UnreachableReason::Timeout)).await;
    let after = get(&store, id).await;
    assert_eq!((after.failures, after.last_seen_at), (1, before.last_seen_at));
    let health = after.health.unwrap();
    assert_eq!((health.outcome, health.reason.as_deref()), (Outcome::Unreachable, Some("timeout")));
    assert_eq!((after.state, after.presence), (before.state, before.presence));
    see_bio(&store, id, 100, "a").await;
    assert_eq!(get(&store, id).await.failures, 0);
}

pub(super) async fn revisions_are_read_in_both_directions(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b", "c", "d"]).await;
    let numbers = |revisions: Vec<crate::store::Revision>| -> Vec<u64> {
        revisions.iter().map(|revision| revision.number).collect()
    };
    assert_eq!(numbers(store.revisions(id, 1, 2).await.unwrap()), [2, 3]);
    assert_eq!(numbers(store.revisions(id, 4, 2).await.unwrap()), [0; 0]);
    assert_eq!(numbers(store.revisions_before(id, 4, 2).await.unwrap()), [3, 2]);
    assert_eq!(numbers(store.revisions_before(id, u64::MAX, 9).await.unwrap()), [4, 3, 2, 1]);
    assert!(store.revision(id, 9).await.unwrap().is_none());
}

pub(super) async fn evidence_is_kept_byte_for_byte(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    let kept = store.evidence(id, 2).await.unwrap().unwrap();
    assert_eq!(kept.evidence, page_of("page of second 120"));
    assert_eq!(kept.sha256, kept.evidence.sha256());
    assert_eq!(store.revision(id, 2).await.unwrap().unwrap().evidence_sha256, Some(kept.sha256));
    assert!(store.evidence(id, 3).await.unwrap().is_none());
    let mut bare = seen(user(&name("someone"), Some("c")), 180);
    bare.evidence = None;
    see(&store, id, &bare).await;
    assert!(store.evidence(id, 3).await.unwrap().is_none());
}
