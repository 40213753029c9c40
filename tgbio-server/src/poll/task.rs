//! The poller as a task that is always joined.

use std::time::Duration;

use tgbio_core::Poller;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running poller.
#[derive(Debug)]
pub struct PollerTask {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl PollerTask {
    /// Starts the loop.
    pub fn start(poller: Poller) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(poller.run(stop.clone()));
        Self { stop, task }
    }

    /// Stops the loop: its looks give their claims back. One that does not is cut off after `patience`; its claim runs
    /// out by itself.
    pub async fn stop(mut self, patience: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(patience, &mut self.task).await.is_err() {
            tracing::warn!("a look did not end in time and is cut off");
            self.task.abort();
            let _ = self.task.await;
        }
    }
}
