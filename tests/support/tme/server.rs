//! What the connections share, and where they begin.

use super::log::Gauge;
use super::state::State;
use crate::listening;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the connections share.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// Told of every request and of every change of the faults.
    pub(super) noticed: Notify,
    pub(super) connections: Gauge,
    pub(super) requests: Gauge,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            state: Mutex::new(State::new(format!("http://{address}"))),
            noticed: Notify::new(),
            connections: Gauge::default(),
            requests: Gauge::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` sees something in the state.
    pub(super) async fn until<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        listening::until(&self.noticed, || look(&mut self.lock())).await
    }
}

/// Accepts connections until the simulator stops.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let serve = |stream| {
        let shared = shared.clone();
        async move { super::http::serve(stream, &shared).await }
    };
    listening::accept(listener, &shared.tasks, &shared.stop, serve).await;
}
