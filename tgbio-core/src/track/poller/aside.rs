//! What goes on beside the looks: photos, and the watch over the canaries.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::ProfileId;
use crate::alarm::Alarm;
use crate::store::StoreResult;
use crate::track::Tracker;

use super::outage::Condition;

/// How often the canaries are looked at while all is well, so that what they normally show is known, and while it is not.
const CANARIES_EVERY: Duration = Duration::from_secs(3600);
const BAD_CANARIES_EVERY: Duration = Duration::from_secs(60);
const LEAST_WAIT: Duration = Duration::from_millis(100);
/// So many looks come forward in one transaction.
const FORWARD_AT_ONCE: usize = 10_000;

/// Reads one photo, unless it is stopped.
pub(super) async fn read_photo(tracker: Tracker, id: ProfileId, stop: CancellationToken) {
    let read = stop.run_until_cancelled(tracker.read_photo(id)).await;
    if let Some(Err(error)) = read {
        tracing::warn!(profile = %id, %error, "photo not remembered");
    }
}

/// The source answers again: those whose looks have failed meanwhile wait no longer, and come one by one as all others do.
/// Whoever is not answered yet, or is on its way now, is backed off from anew.
async fn go_on(tracker: &Tracker) -> StoreResult<()> {
    tracker.recovered();
    let mut profiles = 0;
    loop {
        let moved = tracker.store().bring_failed_forward(tracker.clock().now(), FORWARD_AT_ONCE).await?;
        profiles += moved;
        if moved < FORWARD_AT_ONCE as u64 {
            break;
        }
    }
    if profiles > 0 {
        tracing::info!(profiles, "the source answers again: looks that failed are repeated now");
    }
    Ok(())
}

/// Looks at the canaries from the start on: what they show while all is well is the measure when something is lost. When the
/// source is well again after an outage, whoever waits for it is looked at.
pub(super) async fn watch_canaries(tracker: Tracker, stop: CancellationToken) {
    let mut source = Condition::default();
    while !stop.is_cancelled() {
        let report = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            report = tracker.canary_report(tracker.clock().now()) => report,
        };
        let good = report.is_ok_and(|report| report.is_good());
        let calm = !tracker.alarms().iter().any(Alarm::is_open);
        // Without canaries only the looks can tell. While there is an alarm, some answers are not believed.
        let well = good && calm && !(tracker.canaries().is_empty() && tracker.doubts_source());
        let (steady, shortest) = (tracker.clock().steady(), tracker.rules().backoff_min);
        if source.learn(well, steady, shortest)
            && let Err(error) = go_on(&tracker).await
        {
            tracing::warn!(%error, "looks that failed wait for their turn");
        }
        let wait = match (good, calm) {
            // What they have shown just before may be older than the outage.
            (true, true) if !tracker.doubts_source() => CANARIES_EVERY,
            (_, true) => BAD_CANARIES_EVERY,
            // Recovery is noticed as soon as a repeat could be.
            (_, false) => BAD_CANARIES_EVERY.min(tracker.rules().confirm_delay).max(LEAST_WAIT),
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tracker.alarm_raised() => {}
            () = tracker.clock().sleep_until(tracker.clock().now().after(wait)) => {}
        }
    }
}
