//! The endless loop around the tracker: claims what is due, looks, and stops when its caller says so.

mod aside;
mod crew;
mod outage;
mod pace;
mod run;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Tracker;
use crate::{Outcome, Timestamp};
use run::Run;

/// How the loop is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PollerStatus {
    /// It runs.
    pub running: bool,
    /// Last turn of the loop that could reach the store.
    pub turned_at: Option<Timestamp>,
    /// Profiles that are being read from the source.
    pub in_flight: usize,
    /// The whole source asked to wait until then. A wait of single profiles is in their own time of the next look.
    pub paused_until: Option<Timestamp>,
    /// The store's failure, as long as it lasts.
    pub store_error: Option<String>,
    /// Last finished look, and how it ended.
    pub last_look: Option<(Timestamp, Outcome)>,
}

/// Wakes a running [`Poller`] and asks how it is doing.
#[derive(Debug, Clone, Default)]
pub struct PollerHandle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    wake: Notify,
    status: Mutex<PollerStatus>,
}

impl PollerHandle {
    /// There is new work: look for it now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// How it is doing.
    pub fn status(&self) -> PollerStatus {
        self.shared.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut PollerStatus)) {
        change(&mut self.shared.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Looks at every followed profile when it is due, until it is stopped.
///
/// Starting and stopping belong to the caller: [`run`](Poller::run) ends soon after its token is cancelled, gives back
/// what it had claimed, and leaves no task behind. A failing store is reported, waited for, and never ends the loop.
#[derive(Debug)]
pub struct Poller {
    tracker: Tracker,
    at_once: usize,
    handle: PollerHandle,
}

impl Poller {
    /// A poller that reads at most `at_once` profiles at the same time, at least one.
    pub fn new(tracker: Tracker, at_once: usize) -> Self {
        Self { tracker, at_once: at_once.max(1), handle: PollerHandle::default() }
    }

    /// To wake it and to ask how it is doing.
    pub fn handle(&self) -> PollerHandle {
        self.handle.clone()
    }

    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        Run::new(self.tracker, self.at_once, self.handle, stop).until_stopped().await;
    }
}
