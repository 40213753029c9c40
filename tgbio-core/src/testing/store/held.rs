//! Waiting changes.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::store::{Decision, HoldReason, StoreError};
use crate::{FetchErrorKind, Field, Presence};

pub(super) async fn suspicions_wait_and_are_confirmed(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    let gone = |seconds| seen(user(&name("someone"), None), seconds);
    assert!(see(&store, id, &gone(120)).await.numbers.is_empty());
    let waiting = store.held(None, 0, 9).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].profile_id, waiting[0].reason), (1, id, HoldReason::Emptied));
    assert_eq!((waiting[0].changes[0].field, waiting[0].confirmations), (Field::Bio, 0));
    assert!(store.held(None, waiting[0].id.0, 9).await.unwrap().is_empty());
    see(&store, id, &gone(131)).await;
    assert_eq!(store.held(Some(id), 0, 9).await.unwrap()[0].confirmations, 1);
    assert_eq!(see(&store, id, &gone(142)).await.numbers, [2]);
    assert!(store.held(None, 0, 9).await.unwrap().is_empty());
    let second = store.revision(id, 2).await.unwrap().unwrap();
    assert_eq!(
        (second.last_seen_before, second.first_seen, second.confirmed_at),
        (Some(at(60)), at(120), at(142))
    );
}

pub(super) async fn accepting_writes_what_was_seen(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    see(&store, id, &seen(user(&name("someone"), None), 120)).await;
    let held = store.held(None, 0, 9).await.unwrap().remove(0);
    let settled = store.settle(held.id, Decision::Accept, at(125), &admin()).await.unwrap();
    assert_eq!(settled, held);
    let record = get(&store, id).await;
    assert!(record.state.unwrap().bio.is_absent());
    let second = store.revision(id, 2).await.unwrap().unwrap();
    assert_eq!((second.first_seen, second.confirmed_at), (at(120), at(125)));
    let kept = store.evidence(id, 2).await.unwrap().unwrap();
    assert_eq!(kept.evidence, page_of("page of second 120"), "the page that raised the suspicion");
    let again = store.settle(held.id, Decision::Accept, at(126), &admin()).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
    assert_eq!(store.totals().await.unwrap().held, 0);
}

pub(super) async fn rejecting_keeps_the_old_state(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    let gone = |seconds| seen(user(&name("someone"), None), seconds);
    see(&store, id, &gone(120)).await;
    let held = store.held(None, 0, 9).await.unwrap().remove(0);
    store.settle(held.id, Decision::Reject, at(121), &admin()).await.unwrap();
    assert!(store.held(None, 0, 9).await.unwrap().is_empty());
    assert_eq!(store.totals().await.unwrap().held, 0);
    for seconds in [140, 160, 180] {
        assert!(see(&store, id, &gone(seconds)).await.numbers.is_empty());
        let rejected = store.rejected(id).await.unwrap();
        assert_eq!((rejected.len(), rejected[0].held.id, rejected[0].held.rejected), (1, held.id, true));
        let by = admin().as_str().to_owned();
        assert_eq!((rejected[0].at, rejected[0].by.as_ref()), (Some(at(121)), Some(&by)));
    }
    see_bio(&store, id, 200, "a").await;
    assert!(store.rejected(id).await.unwrap().is_empty(), "it is not shown any more");
    see(&store, id, &gone(220)).await;
    let again = store.held(None, 0, 9).await.unwrap();
    assert_eq!(again.len(), 1, "it was seen to be false, so it may be said again");
    assert!(again[0].id > held.id);
    assert_eq!(bios(&store, id).await.len(), 1);
}

pub(super) async fn a_disappearance_can_be_accepted_and_rejected(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    fail(&store, id, 120, FetchErrorKind::NotFound).await;
    assert_eq!(get(&store, id).await.presence, Presence::SuspectedMissing);
    let first = store.held(None, 0, 9).await.unwrap().remove(0);
    store.settle(first.id, Decision::Reject, at(121), &admin()).await.unwrap();
    assert_eq!(get(&store, id).await.presence, Presence::Present);
    see_bio(&store, id, 130, "a").await;
    fail(&store, id, 140, FetchErrorKind::NotFound).await;
    let second = store.held(None, 0, 9).await.unwrap().remove(0);
    store.settle(second.id, Decision::Accept, at(141), &admin()).await.unwrap();
    assert_eq!(get(&store, id).await.presence, Presence::Missing);
    assert_eq!(store.totals().await.unwrap().missing, 1);
    let changes = store.changes_of(id, 2).await.unwrap();
    assert_eq!((changes.len(), changes[0].field), (1, Field::Presence));
    see_bio(&store, id, 200, "a").await;
    assert_eq!(get(&store, id).await.presence, Presence::Present);
    store.remove_revision(id, 2, at(300), &admin()).await.unwrap();
    assert_eq!(bios(&store, id).await.len(), 1, "back again is equal to never gone");
    assert_eq!(store.totals().await.unwrap().missing, 0);
}
