//! Alarms and hit rates as metrics.

use std::collections::BTreeSet;
use std::time::Duration;

use tgbio_core::Tracker;
use tokio_util::sync::CancellationToken;

/// How often they are looked up.
const EVERY: Duration = Duration::from_secs(1);

/// Sets the gauges until `stop`; an alarm that is over, or that a person has closed, stands at zero.
pub async fn follow_alarms(tracker: Tracker, stop: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    let mut known: BTreeSet<(&'static str, String)> = BTreeSet::new();
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        if let Err(error) = tracker.reread_alarms().await {
            tracing::debug!(%error, "the alarms could not be read");
        }
        let alarms = tracker.alarms();
        known.extend(alarms.iter().map(|alarm| (alarm.kind(), alarm.key())));
        let open = alarms.iter().filter(|alarm| alarm.is_open());
        let now: BTreeSet<_> = open.map(|alarm| (alarm.kind(), alarm.key())).collect();
        for alarm in &known {
            let lasts = if now.contains(alarm) { 1.0 } else { 0.0 };
            metrics::gauge!("tgbio_alarm", "kind" => alarm.0, "key" => alarm.1.clone()).set(lasts);
        }
        for rate in tracker.selectors().into_iter().filter(|rate| !rate.is_of_profiles()) {
            #[expect(clippy::cast_precision_loss, reason = "a share of a few thousand pages")]
            let share = if rate.pages == 0 { f64::NAN } else { rate.hits as f64 / rate.pages as f64 };
            let labels = [("backend", rate.fetcher), ("selector", rate.selector.into_owned())];
            metrics::gauge!("tgbio_selector_hit_ratio", &labels).set(share);
        }
    }
}

/// Names and explains the gauges.
pub fn describe() {
    metrics::describe_gauge!(
        "tgbio_alarm",
        "1 while a surge or drift of the source goes on and keeps changes from being believed."
    );
    metrics::describe_gauge!(
        "tgbio_selector_hit_ratio",
        "Share of pages on which a selector finds something."
    );
}
