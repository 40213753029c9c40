//! A checkpoint every day, and another try for those that did not arrive.

use std::time::Duration;

use tgbio_core::Timestamp;
use tgbio_core::store::Actor;
use tgbio_core::store::sqlite::KeptCheckpoint;
use tokio_util::sync::CancellationToken;

use super::{CheckpointError, Checkpoints};

/// A checkpoint is made when the last one is so old.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How often it is looked whether something is to be done.
const LOOK: Duration = Duration::from_secs(600);
/// Checkpoints that are sent again when they did not arrive.
const AGAIN: usize = 31;

impl Checkpoints {
    /// Makes a checkpoint a day until `stop`, also when several servers use one database.
    pub async fn daily(self, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK);
        while stop.run_until_cancelled(look.tick()).await.is_some() {
            // What was erased while somebody was reading is still in the log then.
            if let Err(error) = self.store.database().truncate_log().await {
                tracing::warn!(%error, "the write-ahead log could not be emptied");
            }
            let turn = stop.run_until_cancelled(self.turn(Timestamp::now())).await;
            if let Some(Err(error)) = turn {
                tracing::warn!(%error, "no checkpoint could be made; it is tried again");
            }
        }
    }

    /// Makes a checkpoint if it is time, and sends what has not arrived.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub async fn turn(&self, now: Timestamp) -> Result<(), CheckpointError> {
        if self.is_time(now).await? {
            let made = self.make(now, &Actor::system()).await?;
            tracing::info!(links = made.checkpoint.head.seq, "checkpoint");
        }
        for kept in self.list(u64::MAX, AGAIN).await?.into_iter().rev() {
            if !self.missing(&kept).is_empty() && is_wanted(&kept, now) {
                self.send(kept).await?;
            }
        }
        Ok(())
    }

    /// An empty chain needs no checkpoint.
    async fn is_time(&self, now: Timestamp) -> Result<bool, CheckpointError> {
        let Some(last) = self.last().await? else { return Ok(self.store.chain_head().await?.seq > 0) };
        let made = last.checkpoint.at;
        Ok(now < made || now.since(made) >= EVERY)
    }
}

/// A place that was configured later is not sent what was made long before.
fn is_wanted(kept: &KeptCheckpoint, now: Timestamp) -> bool {
    !kept.deliveries.is_empty() || now.since(kept.checkpoint.at) < EVERY
}
