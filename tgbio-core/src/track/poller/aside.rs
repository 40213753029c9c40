//! What goes on beside the looks: photos, and the watch over the canaries.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::ProfileId;
use crate::alarm::Alarm;
use crate::track::Tracker;

/// How often the canaries are looked at while all is well, so that what they normally show is known, and while it is not.
const CANARIES_EVERY: Duration = Duration::from_secs(3600);
const BAD_CANARIES_EVERY: Duration = Duration::from_secs(60);
const LEAST_WAIT: Duration = Duration::from_millis(100);

/// Reads one photo, unless it is stopped.
pub(super) async fn read_photo(tracker: Tracker, id: ProfileId, stop: CancellationToken) {
    let read = stop.run_until_cancelled(tracker.read_photo(id)).await;
    if let Some(Err(error)) = read {
        tracing::warn!(profile = %id, %error, "photo not remembered");
    }
}

/// The source answers again: those whose looks have failed meanwhile wait no longer, and come one by one as all others do.
pub(super) async fn go_on(tracker: Tracker) {
    match tracker.store().bring_failed_forward(tracker.clock().now()).await {
        Ok(0) => {}
        Ok(profiles) => {
            tracing::info!(profiles, "the source answers again: looks that failed are repeated now");
        }
        Err(error) => tracing::warn!(%error, "looks that failed wait for their turn"),
    }
}

/// Looks at the canaries from the start on: what they show while all is well is the measure when something is lost.
pub(super) async fn watch_canaries(tracker: Tracker, stop: CancellationToken) {
    // Looks may have failed before this process began.
    let mut was_good = false;
    while !stop.is_cancelled() {
        let report = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            report = tracker.canary_report(tracker.clock().now()) => report,
        };
        let good = report.is_ok_and(|report| report.is_good());
        if good && !was_good && !tracker.canaries().is_empty() {
            go_on(tracker.clone()).await;
        }
        was_good = good;
        let wait = match (good, !tracker.alarms().iter().any(Alarm::is_open)) {
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
