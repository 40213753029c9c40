//! Photos that are read beside the looks.

use std::sync::Arc;

use tgbio_core::{Checked, Field, Tracker};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::cli::error::{CliError, CliResult};

/// As many as `serve` reads.
const AT_ONCE: usize = 2;
/// What is due beyond these is read with later looks, and that is said.
const MOST_READ: usize = 4_096;

/// Photos that are being read, or wait for their turn; those that are left when it is dropped are not read.
pub(super) struct Photos {
    tracker: Tracker,
    turns: Arc<Semaphore>,
    reading: JoinSet<CliResult<Option<Checked>>>,
    passed_over: usize,
}

impl Photos {
    pub(super) fn new(tracker: &Tracker) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { tracker: tracker.clone(), turns, reading: JoinSet::new(), passed_over: 0 }
    }

    pub(super) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Has the photo of a finished look read, if it is due.
    pub(super) fn begin(&mut self, checked: &Checked) {
        if !checked.photo_due {
            return;
        }
        if self.reading.len() < MOST_READ {
            self.reading.spawn(read(self.tracker.clone(), self.turns.clone(), checked.clone()));
        } else {
            self.passed_over += 1;
        }
    }

    /// The next one that was read; `None` when none is left.
    pub(super) async fn next(&mut self) -> Option<CliResult<Option<Checked>>> {
        let read = self.reading.join_next().await?;
        Some(read.unwrap_or_else(|error| Err(CliError::failed(error))))
    }

    /// So many are not read yet.
    pub(super) fn left(&self) -> usize {
        self.reading.len() + self.passed_over
    }
}

/// The look again with what its photo has changed; `None` when that is nothing.
async fn read(tracker: Tracker, turns: Arc<Semaphore>, looked: Checked) -> CliResult<Option<Checked>> {
    let _turn = turns.acquire_owned().await.map_err(CliError::failed)?;
    let committed = tracker.read_photo(looked.id).await?;
    let mut changed = looked;
    changed.changed = vec![Field::Photo];
    changed.revisions = committed.numbers;
    Ok((!changed.revisions.is_empty()).then_some(changed))
}
