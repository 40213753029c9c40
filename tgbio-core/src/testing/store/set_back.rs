//! A clock that is set back.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use std::time::Duration;

use super::world::*;
use crate::store::MeasuredBack;
use crate::{FetchErrorKind, ProfileId, Timestamp};

const DAY: i64 = 86_400;

fn seconds(of: i64) -> Duration {
    Duration::from_secs(of.unsigned_abs())
}

fn measured(by: Duration, told: i64) -> Option<MeasuredBack> {
    Some(MeasuredBack { by, told: at(told) })
}

pub(super) async fn what_is_planned_comes_forward_with_the_clock(store: Store) {
    let (seen_once, claimed) = (follow(&store, "someone").await.id, follow(&store, "claimed").await.id);
    see_bio(&store, seen_once, DAY, "a").await;
    fail(&store, seen_once, DAY + 30, FetchErrorKind::NotFound).await;
    store.claim(claimed, at(DAY + 40), seconds(100)).await.unwrap().unwrap();
    assert_eq!(store.tell_time(at(DAY + 60), None).await.unwrap(), Duration::ZERO, "it goes on");
    let (before, held) = (get(&store, seen_once).await, store.held(None, 0, 9).await.unwrap().remove(0));
    // A day and a minute were measured, of which the store would know less.
    let (now, by) = (at(120), seconds(DAY));
    assert_eq!(store.tell_time(now, measured(by, DAY + 60)).await.unwrap(), by);
    assert_eq!(
        store.tell_time(at(119), measured(by, DAY + 60)).await.unwrap(),
        Duration::ZERO,
        "another process tells it too"
    );
    let after = get(&store, seen_once).await;
    let moved = |time: Option<Timestamp>| time.map(|time| time.before(by));
    assert_eq!(after.next_check_at, moved(before.next_check_at));
    assert_eq!(after.last_checked_at, Some(at(30)));
    assert_eq!(after.last_seen_at, Some(at(0)));
    assert_eq!(after.health.as_ref().unwrap().at, at(30));
    assert_eq!(after.presence, before.presence);
    let waits = store.held(None, 0, 9).await.unwrap().remove(0);
    assert_eq!(waits.first_seen, at(30));
    assert_eq!(waits.counted_at, at(30));
    assert_eq!(waits.last_seen_before, moved(held.last_seen_before));
    assert_eq!((waits.id, &waits.changes), (held.id, &held.changes));
    assert!(store.claim(claimed, at(139), LEASE).await.unwrap().is_none(), "it lasts as long as it was to");
    assert!(store.claim(claimed, at(141), LEASE).await.unwrap().is_some());
    assert_eq!(store.revisions(seen_once, 0, 9).await.unwrap()[0].first_seen, at(DAY), "history stays");
}

async fn watched(store: &Store, id: ProfileId) -> Vec<(Timestamp, Timestamp)> {
    let spans = store.coverage(id, at(0), at(200_000)).await.unwrap();
    spans.into_iter().map(|span| (span.from, span.until)).collect()
}

pub(super) async fn hours_that_come_again_are_not_watched_yet(store: Store) {
    let id = follow(&store, "someone").await.id;
    for time in [60, 120, 50_000, 50_060] {
        see_bio(&store, id, time, "a").await;
    }
    store.tell_time(at(50_100), None).await.unwrap();
    let by = seconds(50_000);
    assert_eq!(store.tell_time(at(100), measured(by, 50_100)).await.unwrap(), by);
    assert_eq!(watched(&store, id).await, [(at(60), at(60))], "the last look was at 60 by the new clock");
    see_bio(&store, id, 110, "a").await;
    see_bio(&store, id, 90_000, "a").await;
    assert_eq!(watched(&store, id).await, [(at(60), at(110)), (at(90_000), at(90_000))]);
}

pub(super) async fn nothing_was_seen_in_a_gap_after_the_clock_was_set_back(store: Store) {
    let (young, old) = (follow(&store, "young").await.id, follow(&store, "old").await.id);
    for time in [0, 600, 1_200, 10_000] {
        see_bio(&store, young, time, "a").await;
    }
    for time in [0, 600, 9_000, 9_500, 10_000] {
        see_bio(&store, old, time, "a").await;
    }
    store.tell_time(at(10_100), None).await.unwrap();
    assert_eq!(store.tell_time(at(9_200), measured(seconds(900), 10_100)).await.unwrap(), seconds(900));
    // The look at 10000 was at 9100 by the new clock, and nobody looked then by the old one.
    assert_eq!(watched(&store, young).await, [(at(0), at(1_200))]);
    assert_eq!(watched(&store, old).await, [(at(0), at(600)), (at(9_000), at(9_100))]);
    assert_eq!(get(&store, young).await.coverage, None);
    see_bio(&store, young, 9_300, "a").await;
    assert_eq!(watched(&store, young).await, [(at(0), at(1_200)), (at(9_300), at(9_300))]);
    // Moved before another span, it lies in the gap before that one.
    let last = follow(&store, "last").await.id;
    for time in [20_000, 20_600, 30_000, 40_000] {
        see_bio(&store, last, time, "a").await;
    }
    store.tell_time(at(40_100), None).await.unwrap();
    assert_eq!(
        store.tell_time(at(25_100), measured(seconds(15_000), 40_100)).await.unwrap(),
        seconds(15_000)
    );
    assert_eq!(watched(&store, last).await, [(at(20_000), at(20_600))]);
    assert_eq!(get(&store, last).await.coverage, None);
}

pub(super) async fn a_set_back_counts_that_nobody_could_tell_before_the_clock_had_passed_it_again(
    store: Store,
) {
    let id = follow(&store, "someone").await.id;
    for time in [0, 600, 1_200] {
        see_bio(&store, id, time, "a").await;
    }
    store.tell_time(at(1_300), None).await.unwrap();
    // Forty minutes later the clock has been set back by a quarter of an hour.
    let (now, by) = (2_800, seconds(900));
    assert_eq!(
        store.tell_time(at(now), measured(by, 1_200)).await.unwrap(),
        Duration::ZERO,
        "told by others since"
    );
    assert_eq!(store.tell_time(at(now), measured(by, now)).await.unwrap(), by);
    assert_eq!(store.tell_time(at(now + 1), measured(by, now - 1)).await.unwrap(), Duration::ZERO, "once");
    assert_eq!(get(&store, id).await.last_checked_at, Some(at(300)));
    see_bio(&store, id, now, "a").await;
    let spans = [(at(0), at(300)), (at(now), at(now))];
    assert_eq!(watched(&store, id).await, spans, "the gap is as long as it really was");
}

pub(super) async fn a_clock_that_was_never_set_moves_nothing(store: Store) {
    let id = follow(&store, "someone").await.id;
    see_bio(&store, id, 60 * DAY, "a").await;
    store.tell_time(at(60 * DAY), None).await.unwrap();
    let before = get(&store, id).await;
    assert_eq!(store.tell_time(at(0), None).await.unwrap(), Duration::ZERO);
    assert_eq!(get(&store, id).await, before);
    let version = store.version(&crate::store::ProfileKey::Id(id)).await.unwrap();
    // It is right again, and was wrong for a while: what it wrote then lies ahead, and nothing else is moved.
    let other = follow(&store, "other").await.id;
    see_bio(&store, other, 500 * DAY, "b").await;
    store.tell_time(at(500 * DAY), None).await.unwrap();
    let by = seconds(439 * DAY);
    assert_eq!(store.tell_time(at(61 * DAY), measured(by, 500 * DAY)).await.unwrap(), by);
    assert_eq!(get(&store, id).await, before);
    assert_eq!(store.version(&crate::store::ProfileKey::Id(id)).await.unwrap(), version);
    assert_eq!(get(&store, other).await.last_checked_at, Some(at(61 * DAY)));
}
