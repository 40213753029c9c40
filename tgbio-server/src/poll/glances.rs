//! Between the poller's looks: a round of glances with the Telegram account, now and then.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::Tracker;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::state::AccountWatch;

/// Makes a round so often until `stop`; the first one after that time, since looks that are due come first. A round that
/// takes longer puts the next one off.
pub async fn glances(
    account: Arc<dyn AccountWatch>,
    tracker: Tracker,
    every: Duration,
    stop: CancellationToken,
) {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let rounds = async {
        loop {
            ticks.tick().await;
            account.glance(&tracker).await;
        }
    };
    stop.run_until_cancelled(rounds).await;
}
