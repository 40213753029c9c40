//! What the connections share, and the loop that accepts them.

use super::log::Gauge;
use super::state::State;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
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
        loop {
            let mut noticed = pin!(self.noticed.notified());
            noticed.as_mut().enable();
            if let Some(seen) = look(&mut self.lock()) {
                return seen;
            }
            noticed.await;
        }
    }
}

/// Accepts connections until the simulator stops.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => _ = shared.tasks.spawn(connection(stream, shared.clone())),
                // Too many open files: others must close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = accepting => {}
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = super::http::serve(stream, &shared) => {}
    }
}
