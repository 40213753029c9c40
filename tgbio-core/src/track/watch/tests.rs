//! Looks that meet in the watch.

use super::*;
use crate::store::{MemoryStore, NewRevision};
use crate::track::tests::logged::{lines_with, listen};
use crate::{Change, Health, Outcome, Presence, Profile, Username};

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

/// A profile, and a look that has changed its bio.
fn changed(name: &str) -> (ProfileRecord, CheckRecord) {
    let username = Username::parse(name).unwrap();
    let record = ProfileRecord::new(ProfileId::new(), username.clone(), now());
    let mut check = CheckRecord::nothing(&record, Health::new(Outcome::Profile, None, now()), now());
    check.revisions.push(NewRevision {
        changes: vec![Change::new(Field::Bio, Some("a".into()), Some("b".into()))],
        profile: Profile::new(username),
        presence: Presence::Present,
        counts: crate::Counts::default(),
        last_seen_before: None,
        first_seen: now(),
        confirmed_at: now(),
        fetcher: "test".into(),
        parser: "test/1".into(),
    });
    (record, check)
}

#[tokio::test]
async fn two_looks_at_once_raise_a_surge_once_and_both_are_judged_again() {
    let (watch, store) = (Watch::default(), MemoryStore::new());
    let rules = Rules { surge_profiles: 1, ..Rules::default() };
    let [(one, its), (other, others)] = [changed("someone"), changed("somebody")];
    listen();
    let (turn, stood) = (watch.turn.lock().await, watch.standing());
    let (first, second, ()) = tokio::join!(
        watch.learn(&store, &one, (&its, &stood), (&rules, now())),
        watch.learn(&store, &other, (&others, &stood), (&rules, now())),
        async {
            tokio::task::yield_now().await;
            drop(turn);
        }
    );
    assert!(first.unwrap() && second.unwrap(), "both are judged again");
    assert_eq!(lines_with(" profiles\""), 1, "it is logged once");
    let alarms = store.alarms().await.unwrap();
    assert_eq!((alarms.len(), watch.standing().surges.len()), (1, 1));
}

#[tokio::test]
async fn a_look_that_was_judged_while_a_surge_was_raised_is_judged_again() {
    let (watch, store) = (Watch::default(), MemoryStore::new());
    let rules = Rules { surge_profiles: 1, ..Rules::default() };
    let [(one, its), (other, others)] = [changed("someone"), changed("somebody")];
    let stood = watch.standing();
    assert!(watch.learn(&store, &one, (&its, &stood), (&rules, now())).await.unwrap());
    assert!(
        watch.learn(&store, &other, (&others, &stood), (&rules, now())).await.unwrap(),
        "it did not know"
    );
    let stands = watch.standing();
    assert!(!watch.learn(&store, &other, (&others, &stands), (&rules, now())).await.unwrap(), "it knew");
}
