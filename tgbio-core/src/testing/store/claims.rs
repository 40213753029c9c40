//! Claims and leases.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::world::*;
use crate::store::{NewProfile, ProfilePatch, ProfileRecord, StoreError};
use crate::{FetchErrorKind, Priority, RateLimitReason, UnreachableReason};

pub(super) async fn nobody_else_gets_a_claimed_profile(store: Store) {
    let id = follow(&store, "someone").await.id;
    let claims = store.claim_due(at(1), 9, LEASE).await.unwrap();
    assert_eq!((claims.len(), claims[0].record.id), (1, id));
    assert!(store.claim_due(at(1), 9, LEASE).await.unwrap().is_empty());
    assert!(store.claim(id, at(1), LEASE).await.unwrap().is_none());
    let unknown = store.claim(crate::ProfileId::new(), at(1), LEASE).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

pub(super) async fn the_longest_due_come_first(store: Store) {
    for (seconds, text) in [(3, "third"), (1, "first"), (2, "second"), (9, "later")] {
        store.follow(&NewProfile::new(name(text)), at(seconds), &admin()).await.unwrap();
    }
    let names = |claims: &[crate::store::Claim]| -> Vec<String> {
        claims.iter().map(|claim| claim.record.username.as_str().to_owned()).collect()
    };
    let two = store.claim_due(at(5), 2, LEASE).await.unwrap();
    assert_eq!(names(&two), ["first", "second"]);
    assert_eq!(names(&store.claim_due(at(5), 2, LEASE).await.unwrap()), ["third"]);
}

pub(super) async fn the_important_come_first_and_nobody_waits_for_ever(store: Store) {
    let hours = |hours: i64| at(hours * 3600);
    for (text, due, priority) in [
        ("normal", 2, Priority::Normal),
        ("high", 4, Priority::High),
        ("low", 1, Priority::Low),
        ("old_low", -12, Priority::Low),
        ("later", 99, Priority::High),
    ] {
        let mut new = NewProfile::new(name(text));
        new.priority = if text == "high" { Priority::Normal } else { priority };
        let id = store.follow(&new, hours(due), &admin()).await.unwrap().id;
        let patch = ProfilePatch { priority: Some(priority), ..ProfilePatch::default() };
        let next = store.update(id, &patch, hours(due), &admin()).await.unwrap();
        assert_eq!((get(&store, id).await, next.priority), (next.clone(), priority));
    }
    assert_eq!(store.next_due().await.unwrap(), Some(hours(-12)));
    let mut order = Vec::new();
    for _ in 0..5 {
        let claims = store.claim_due(hours(5), 1, LEASE).await.unwrap();
        order.extend(claims.iter().map(|claim| claim.record.username.as_str().to_owned()));
    }
    assert_eq!(order, ["old_low", "high", "normal", "low"]);
    let after = hours(5).after(LEASE);
    let names = store.claim_due(after, 3, LEASE).await.unwrap();
    let names: Vec<&str> = names.iter().map(|claim| claim.record.username.as_str()).collect();
    assert_eq!(names, ["old_low", "high", "normal"]);
}

pub(super) async fn a_lease_runs_out(store: Store) {
    let id = follow(&store, "someone").await.id;
    let first = store.claim(id, at(0), Duration::from_secs(10)).await.unwrap().unwrap();
    assert!(store.claim_due(at(9), 9, LEASE).await.unwrap().is_empty());
    let second = store.claim_due(at(10), 9, LEASE).await.unwrap().remove(0);
    let late =
        store.commit(&first, judged(&first, Ok(&seen(user(&name("someone"), None), 11)), at(11))).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let look = seen(user(&name("someone"), Some("a")), 12);
    store.commit(&second, judged(&second, Ok(&look), at(12))).await.unwrap();
    assert_eq!(bios(&store, id).await, [(1, "a".to_owned())]);
}

pub(super) async fn a_lost_lease_is_a_conflict_that_writes_nothing(store: Store) {
    let id = follow(&store, "someone").await.id;
    let held = claim(&store, id, 1).await;
    let check = judged(&held, Ok(&seen(user(&name("someone"), Some("a")), 1)), at(1));
    store.commit(&held, check.clone()).await.unwrap();
    let before = get(&store, id).await;
    assert!(matches!(store.commit(&held, check).await, Err(StoreError::Conflict)));
    assert_eq!(get(&store, id).await, before);
    assert_eq!(bios(&store, id).await.len(), 1);
}

pub(super) async fn a_changed_record_is_a_conflict(store: Store) {
    let id = follow(&store, "someone").await.id;
    let held = claim(&store, id, 1).await;
    let patch = ProfilePatch { note: Some(Some("new".into())), ..ProfilePatch::default() };
    store.update(id, &patch, at(2), &admin()).await.unwrap();
    let check = judged(&held, Ok(&seen(user(&name("someone"), Some("a")), 3)), at(3));
    assert!(matches!(store.commit(&held, check).await, Err(StoreError::Conflict)));
    assert!(bios(&store, id).await.is_empty());
    assert!(store.changes(0, 9).await.unwrap().is_empty());
    store.release(&held).await.unwrap();
    see_bio(&store, id, 4, "a").await;
    assert_eq!(get(&store, id).await.note.as_deref(), Some("new"));
}

pub(super) async fn a_released_claim_is_free_again(store: Store) {
    let id = follow(&store, "someone").await.id;
    let first = claim(&store, id, 1).await;
    store.release(&first).await.unwrap();
    let second = claim(&store, id, 1).await;
    store.release(&first).await.unwrap();
    assert!(store.claim(id, at(1), LEASE).await.unwrap().is_none(), "only one's own claim is given back");
    store.release(&second).await.unwrap();
    assert_eq!(store.claim_due(at(1), 9, LEASE).await.unwrap().len(), 1);
}

pub(super) async fn many_claim_at_once_and_nobody_twice(store: Store) {
    for number in 0..40 {
        follow(&store, &format!("profile{number}")).await;
    }
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move { store.claim_due(at(1), 7, LEASE).await.unwrap() }));
    }
    let mut seen = HashSet::new();
    for task in tasks {
        for claim in task.await.unwrap() {
            assert!(seen.insert(claim.record.id));
        }
    }
    assert_eq!(seen.len(), 40);
}

pub(super) async fn the_next_due_time_skips_what_is_claimed(store: Store) {
    assert_eq!(store.next_due().await.unwrap(), None);
    let id = follow(&store, "someone").await.id;
    assert_eq!(store.next_due().await.unwrap(), Some(at(0)));
    let held = store.claim(id, at(1), LEASE).await.unwrap().unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(1).after(LEASE)));
    store.release(&held).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(0)));
}

pub(super) async fn failed_looks_come_forward_when_the_source_answers_again(store: Store) {
    let reset = FetchErrorKind::Unreachable(UnreachableReason::Reset);
    let mut ids = Vec::new();
    for text in ["failed", "claimed", "paused", "waiting", "well_seen"] {
        ids.push(follow(&store, text).await.id);
        see_bio(&store, ids[ids.len() - 1], 1, "a").await;
    }
    fail(&store, ids[3], 99, FetchErrorKind::NotFound).await;
    for id in &ids[..4] {
        fail(&store, *id, 100, reset).await;
    }
    let paused = ProfilePatch { monitored: Some(false), ..ProfilePatch::default() };
    store.update(ids[2], &paused, at(101), &admin()).await.unwrap();
    let claimed = store.claim(ids[1], at(102), LEASE).await.unwrap().unwrap();
    let (failed, seen) = (get(&store, ids[0]).await, get(&store, ids[4]).await);
    let waiting = get(&store, ids[3]).await;
    assert_eq!((waiting.failures, store.held(Some(ids[3]), 0, 9).await.unwrap().len()), (1, 1));
    assert!(failed.next_check_at > Some(at(103)) && seen.next_check_at > Some(at(103)));
    let version = store.version(&ids[0].into()).await.unwrap();
    assert_eq!(store.bring_failed_forward(at(103), 9).await.unwrap(), 1);
    assert_eq!(get(&store, ids[0]).await, ProfileRecord { next_check_at: Some(at(103)), ..failed });
    assert_ne!(store.version(&ids[0].into()).await.unwrap(), version, "whoever keeps an answer notices");
    assert_eq!((get(&store, ids[2]).await.next_check_at, get(&store, ids[4]).await), (None, seen));
    assert_eq!(get(&store, ids[3]).await, waiting, "its repeats come when they are meant to");
    assert_eq!(store.bring_failed_forward(at(103), 9).await.unwrap(), 0);
    let check = judged(&claimed, Ok(&seen_bio("claimed", 104)), at(104));
    store.commit(&claimed, check).await.unwrap();
    assert_eq!(store.claim_due(at(103), 9, LEASE).await.unwrap().len(), 1);
}

pub(super) async fn failed_looks_come_forward_so_many_at_a_time(store: Store) {
    for text in ["first", "second", "third"] {
        let id = follow(&store, text).await.id;
        fail(&store, id, 100, FetchErrorKind::Unreachable(UnreachableReason::Dns)).await;
    }
    for expected in [2, 1, 0] {
        assert_eq!(store.bring_failed_forward(at(101), 2).await.unwrap(), expected);
    }
    assert_eq!(store.claim_due(at(101), 9, LEASE).await.unwrap().len(), 3);
}

pub(super) async fn who_was_told_to_wait_does_not_come_forward(store: Store) {
    let id = follow(&store, "someone").await.id;
    fail(&store, id, 100, FetchErrorKind::Unreachable(UnreachableReason::Dns)).await;
    let told = FetchErrorKind::RateLimited { retry_after: Some(LEASE), reason: RateLimitReason::Http429 };
    fail(&store, id, 200, told).await;
    let waiting = get(&store, id).await;
    assert!(waiting.failures > 0 && waiting.next_check_at > Some(at(201)));
    assert_eq!(store.bring_failed_forward(at(201), 9).await.unwrap(), 0);
    assert_eq!(get(&store, id).await, waiting);
}

fn seen_bio(text: &str, seconds: i64) -> crate::Observation {
    seen(user(&name(text), Some("a")), seconds)
}
