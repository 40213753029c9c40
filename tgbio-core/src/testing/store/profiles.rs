//! Following, finding, changing.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use std::time::Duration;

use super::names::numbered;
use super::world::*;
use crate::store::{Actor, Decision, NewProfile, ProfileKey, ProfilePatch, StoreError, Totals};
use crate::{FetchErrorKind, ProfileId, UnreachableReason};

pub(super) async fn another_spelling_finds_the_one_that_is_there(store: Store) {
    let first = follow(&store, "@SomeOne").await;
    let again = store.follow(&NewProfile::new(name("https://t.me/someone")), at(1), &admin()).await;
    assert!(matches!(again, Err(StoreError::AlreadyFollowed { id, .. }) if id == first.id));
    let found = store.profile(&ProfileKey::Username(name("SOMEONE.t.me"))).await.unwrap().unwrap();
    assert_eq!((found.id, found.username.as_str()), (first.id, "SomeOne"));
    assert_eq!(store.totals().await.unwrap().profiles, 1);
}

pub(super) async fn a_profile_is_found_by_id_and_name(store: Store) {
    let mut new = NewProfile::new(name("someone"));
    new.note = Some("for the archive".into());
    new.tags = vec!["b".into(), " a ".into(), "b".into()];
    new.interval = Some(Duration::from_millis(1500));
    let record = store.follow(&new, at(5), &admin()).await.unwrap();
    assert_eq!(record.tags, ["a", "b"]);
    assert_eq!(record.next_check_at, Some(at(5)));
    assert_eq!(get(&store, record.id).await, record);
    assert_eq!(store.profile(&name("Someone").into()).await.unwrap().as_ref(), Some(&record));
    assert_eq!(store.profile(&ProfileId::new().into()).await.unwrap(), None);
    assert_eq!(store.profile(&name("nobody").into()).await.unwrap(), None);
    assert!(store.revisions(ProfileId::new(), 0, 9).await.unwrap().is_empty());
}

pub(super) async fn changes_by_a_person_are_kept(store: Store) {
    let id = follow(&store, "someone").await.id;
    let patch = ProfilePatch {
        note: Some(Some("why".into())),
        tags: Some(vec!["z".into(), "y".into()]),
        interval: Some(Some(Duration::from_secs(60))),
        ..ProfilePatch::default()
    };
    let next = store.update(id, &patch, at(1), &admin()).await.unwrap();
    assert_eq!(get(&store, id).await, next);
    assert_eq!((next.note.as_deref(), next.tags.len()), (Some("why"), 2));
    let clear = ProfilePatch {
        note: Some(None),
        interval: Some(None),
        tags: Some(Vec::new()),
        ..ProfilePatch::default()
    };
    let cleared = store.update(id, &clear, at(2), &admin()).await.unwrap();
    assert_eq!((cleared.note, cleared.interval, cleared.tags.len()), (None, None, 0));
    let unknown = store.update(ProfileId::new(), &clear, at(2), &admin()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

pub(super) async fn pausing_and_resuming_moves_the_next_look(store: Store) {
    let id = follow(&store, "someone").await.id;
    let monitored = |on| ProfilePatch { monitored: Some(on), ..ProfilePatch::default() };
    let paused = store.update(id, &monitored(false), at(1), &admin()).await.unwrap();
    assert_eq!((paused.monitored, paused.next_check_at), (false, None));
    assert!(store.claim_due(at(1000), 9, LEASE).await.unwrap().is_empty());
    assert_eq!(store.next_due().await.unwrap(), None);
    see_bio(&store, id, 5, "looked at on demand").await;
    assert_eq!(get(&store, id).await.next_check_at, None);
    let resumed = store.update(id, &monitored(true), at(9), &admin()).await.unwrap();
    assert_eq!((resumed.monitored, resumed.next_check_at), (true, Some(at(9))));
    assert_eq!(store.claim_due(at(9), 9, LEASE).await.unwrap().len(), 1);
}

pub(super) async fn a_shorter_interval_counts_at_once(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    let due = get(&store, id).await.next_check_at.unwrap();
    let interval = |seconds| ProfilePatch {
        interval: Some(Some(Duration::from_secs(seconds))),
        ..ProfilePatch::default()
    };
    assert!(due > at(80));
    let shorter = store.update(id, &interval(10), at(70), &admin()).await.unwrap();
    assert_eq!(shorter.next_check_at, Some(at(80)));
    let longer = store.update(id, &interval(1000), at(70), &admin()).await.unwrap();
    assert_eq!(longer.next_check_at, Some(at(80)));
}

pub(super) async fn a_rename_moves_the_name(store: Store) {
    let id = follow(&store, "old_name").await.id;
    see(&store, id, &seen(numbered("old_name", 1), 60)).await;
    see(&store, id, &seen(numbered("NewName", 1), 120)).await;
    let record = get(&store, id).await;
    assert_eq!(record.username.as_str(), "NewName");
    assert_eq!(store.profile(&name("newname").into()).await.unwrap().unwrap().id, id);
    assert_eq!(store.profile(&name("old_name").into()).await.unwrap(), None);
    let other = follow(&store, "old_name").await;
    assert_ne!(other.id, id);
    see(&store, other.id, &seen(numbered("old_name", 2), 150)).await;
    see(&store, other.id, &seen(numbered("NEWNAME", 2), 180)).await;
    let holder = store.profile(&name("newname").into()).await.unwrap().unwrap();
    assert_eq!(holder.id, other.id, "whoever got the name last has it");
}

pub(super) async fn every_mutation_is_in_the_audit_log(store: Store) {
    let id = with_bios(&store, "someone", &["a", "b"]).await;
    let patch = ProfilePatch { note: Some(Some("secret".into())), ..ProfilePatch::default() };
    store.update(id, &patch, at(200), &admin()).await.unwrap();
    store.remove_revision(id, 1, at(201), &admin()).await.unwrap();
    see(&store, id, &seen(user(&name("someone"), None), 210)).await;
    let held = store.held(Some(id), 0, 9).await.unwrap();
    store.settle(held[0].id, Decision::Reject, at(211), &admin()).await.unwrap();
    store.audit(at(212), &Actor::system(), "token.create", Some("reader")).await.unwrap();
    store.erase(id, false, at(213), &admin()).await.unwrap();
    let lines = store.audit_log(u64::MAX, 99).await.unwrap();
    let actions: Vec<&str> = lines.iter().rev().map(|line| line.action.as_str()).collect();
    let expected = [
        "profile.follow",
        "profile.update",
        "revision.remove",
        "held.reject",
        "token.create",
        "profile.erase",
    ];
    assert_eq!(actions, expected);
    assert!(lines.iter().all(|line| line.action == "token.create" || line.profile_id == Some(id)));
    assert!(lines.iter().all(|line| !format!("{line:?}").contains("secret")));
    let page = store.audit_log(lines[1].seq, 2).await.unwrap();
    assert_eq!(page, lines[2..4]);
}

pub(super) async fn totals_follow_every_write(store: Store) {
    let [first, second] = [follow(&store, "first").await.id, follow(&store, "second").await.id];
    see_bio(&store, first, 10, "a").await;
    see_bio(&store, first, 20, "b").await;
    see(&store, first, &seen(user(&name("first"), None), 30)).await;
    fail(&store, second, 10, FetchErrorKind::Unreachable(UnreachableReason::Dns)).await;
    let pause = ProfilePatch { monitored: Some(false), ..ProfilePatch::default() };
    store.update(second, &pause, at(40), &admin()).await.unwrap();
    let totals = store.totals().await.unwrap();
    let expected = Totals { profiles: 2, monitored: 1, missing: 0, failing: 1, revisions: 2, held: 1 };
    assert_eq!(totals, expected);
    for seconds in [50, 100, 150] {
        fail(&store, second, seconds, FetchErrorKind::NotFound).await;
    }
    let missing = store.totals().await.unwrap();
    assert_eq!((missing.missing, missing.failing), (1, 0));
    store.erase(first, false, at(200), &admin()).await.unwrap();
    store.erase(second, false, at(200), &admin()).await.unwrap();
    let left = store.totals().await.unwrap();
    assert_eq!(left, Totals::default());
}

pub(super) async fn every_write_gives_another_version(store: Store) {
    let id = follow(&store, "someone").await.id;
    let by_name = ProfileKey::Username(name("SOMEONE"));
    let mut before = Vec::new();
    for step in 0..8 {
        let version = store.version(&id.into()).await.unwrap().unwrap();
        assert_eq!(store.version(&by_name).await.unwrap(), Some(version), "a name leads to the same");
        assert_eq!(version.id, id);
        assert!(!before.contains(&version), "the writing of step {step} is not to be seen");
        before.push(version);
        write_something(&store, id, step).await;
    }
    assert_eq!(store.version(&by_name).await.unwrap(), None, "an erased profile has no version");
    let again = follow(&store, "someone").await;
    assert!(!before.contains(&store.version(&again.id.into()).await.unwrap().unwrap()));
}

/// One write of each kind.
async fn write_something(store: &Store, id: ProfileId, step: i64) {
    let seconds = 60 * (step + 1);
    let patch = ProfilePatch { note: Some(Some("why".into())), ..ProfilePatch::default() };
    match step {
        0 | 1 => drop(see_bio(store, id, seconds, "the same").await),
        2 => drop(fail(store, id, seconds, FetchErrorKind::Unreachable(UnreachableReason::Dns)).await),
        3 => drop(see_bio(store, id, seconds, "another").await),
        4 => drop(store.update(id, &patch, at(seconds), &admin()).await.unwrap()),
        5 => store.remove_revision(id, 2, at(seconds), &admin()).await.unwrap(),
        6 => accept_a_change(store, id, seconds).await,
        _ => store.erase(id, false, at(seconds), &admin()).await.unwrap(),
    }
}

/// A bio that went away, and a person who says that it did.
async fn accept_a_change(store: &Store, id: ProfileId, seconds: i64) {
    see(store, id, &seen(user(&name("someone"), None), seconds)).await;
    let before = store.version(&id.into()).await.unwrap();
    let held = store.held(Some(id), 0, 1).await.unwrap().remove(0);
    store.settle(held.id, Decision::Accept, at(seconds), &admin()).await.unwrap();
    assert_ne!(store.version(&id.into()).await.unwrap(), before);
}
