//! Measurements, coverage, canaries.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use std::time::Duration;

use super::world::*;
use crate::canary::CanaryRecord;
use crate::coverage::Span;
use crate::{Field, Observed, Outcome};

async fn see_count(store: &Store, id: crate::ProfileId, seconds: i64, members: u64) {
    let mut look = seen(user(&name("someone"), Some("a")), seconds);
    look.counts.members = Observed::Present(members);
    see(store, id, &look).await;
}

async fn members(store: &Store, id: crate::ProfileId, limit: usize) -> Vec<u64> {
    let points = store.counts(id, at(-999), at(i64::from(i32::MAX)), limit).await.unwrap();
    points.iter().filter_map(|point| point.counts.members.present().copied()).collect()
}

pub(super) async fn counts_are_points_that_change(store: Store) {
    let id = follow(&store, "someone").await.id;
    for (seconds, count) in [(60, 5), (120, 5), (180, 6), (240, 7)] {
        see_count(&store, id, seconds, count).await;
    }
    assert_eq!(members(&store, id, 99).await, [5, 6, 7]);
    assert_eq!(members(&store, id, 2).await, [6, 7], "the newest, oldest first");
    let part = store.counts(id, at(100), at(180), 9).await.unwrap();
    assert_eq!((part.len(), part[0].at), (1, at(180)));
    assert_eq!(get(&store, id).await.counts.members, Observed::Present(7));
    assert_eq!(get(&store, id).await.revisions, 1, "a measurement is no change");
}

pub(super) async fn old_counts_are_thinned(store: Store) {
    let id = follow(&store, "someone").await.id;
    let hour = 3600;
    for step in 0..24 {
        see_count(&store, id, step * 600, step.unsigned_abs()).await;
    }
    assert_eq!(members(&store, id, 999).await.len(), 24);
    see_count(&store, id, 72 * hour, 100).await;
    let hourly = members(&store, id, 999).await.len();
    assert!((5..=7).contains(&hourly), "one an hour after two days: {hourly}");
    see_count(&store, id, 90 * 24 * hour, 101).await;
    let daily = members(&store, id, 999).await;
    assert!((3..=4).contains(&daily.len()), "one a day after two months: {daily:?}");
    assert_eq!(daily.last(), Some(&101));
}

pub(super) async fn coverage_has_gaps(store: Store) {
    let id = follow(&store, "someone").await.id;
    for seconds in [60, 120, 150, 100_000, 100_060] {
        see_bio(&store, id, seconds, "a").await;
    }
    let spans = store.coverage(id, at(0), at(200_000)).await.unwrap();
    let span =
        |from, until| Span { pause: Some(Duration::from_secs(60)), ..Span::between(at(from), at(until)) };
    assert_eq!(spans, [span(60, 150), span(100_000, 100_060)]);
    assert_eq!(store.coverage(id, at(0), at(90)).await.unwrap(), [span(60, 150)]);
    assert!(store.coverage(id, at(200), at(300)).await.unwrap().is_empty());
}

pub(super) async fn a_canary_is_remembered(store: Store) {
    assert_eq!(store.canary(&name("telegram")).await.unwrap(), None);
    let mut record = CanaryRecord::new(name("telegram"), at(1));
    record.fields = vec![Field::Bio, Field::Verified];
    record.outcome = Outcome::Profile;
    record.kind = Some(crate::ProfileKind::Channel);
    store.set_canary(&record).await.unwrap();
    assert_eq!(store.canary(&name("Telegram")).await.unwrap(), Some(record.clone()));
    record.reason = Some("http_429".into());
    record.lost = vec![Field::Bio];
    record.lost_since = Some(at(2));
    record.good_at = Some(at(1));
    store.set_canary(&record).await.unwrap();
    assert_eq!(store.canary(&name("telegram")).await.unwrap(), Some(record));
}
