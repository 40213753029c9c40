//! All open connections of a server: how many there are, which are overdue, and which have to go first.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use poem::web::RemoteAddr;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, ConnectionLimits};

/// The connections of one server. Its acceptor and its request middleware share one.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: ConnectionLimits,
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Debug)]
struct Open {
    by_client: HashMap<SocketAddr, Arc<Connection>>,
    next_sweep: Instant,
}

impl Gate {
    /// A gate without connections.
    pub fn new(limits: ConnectionLimits) -> Self {
        let open = Open { by_client: HashMap::new(), next_sweep: Instant::now() };
        Self(Arc::new(Shared { limits, open: Mutex::new(open), left: Notify::new() }))
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.0.limits
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.open().by_client.len()
    }

    pub(super) fn enter(&self, client: SocketAddr) -> Arc<Connection> {
        let connection = Arc::new(Connection::accepted());
        self.open().by_client.insert(client, Arc::clone(&connection));
        connection
    }

    pub(super) fn leave(&self, client: SocketAddr, connection: &Arc<Connection>) {
        let mut open = self.open();
        if open.by_client.get(&client).is_some_and(|current| Arc::ptr_eq(current, connection)) {
            open.by_client.remove(&client);
        }
        drop(open);
        self.0.left.notify_one();
    }

    /// Marks the client's connection as answering a request until the guard is dropped.
    pub(super) fn request(&self, client: &RemoteAddr) -> Option<Busy> {
        let connection = self.open().by_client.get(client.as_socket_addr()?).cloned()?;
        connection.request_started();
        Some(Busy(connection))
    }

    /// Closes overdue connections when it is time to look, and says when to look next.
    pub(super) fn sweep(&self) -> Instant {
        let now = Instant::now();
        let mut open = self.open();
        if now >= open.next_sweep {
            let overdue = open.by_client.values().filter(|connection| connection.overdue(now, self.limits()));
            overdue.for_each(|connection| connection.close());
            open.next_sweep = now + self.limits().sweep_every();
        }
        open.next_sweep
    }

    /// Closes some of the connections that have waited longest, a batch at a time so that a flood of new
    /// ones does not cost a search each. Nothing happens while earlier ones are still on their way out.
    pub(super) fn make_room(&self) {
        let open = self.open();
        if open.by_client.values().any(|connection| connection.is_closing()) {
            return;
        }
        let mut waiting: Vec<_> = open
            .by_client
            .values()
            .filter_map(|connection| connection.waiting_since().map(|since| (since, connection)))
            .collect();
        waiting.sort_unstable_by_key(|(since, _)| *since);
        let batch = (open.by_client.len() / 50).max(1);
        waiting.iter().take(batch).for_each(|(_, connection)| connection.close());
    }

    /// Waits until one more connection may be accepted.
    pub(super) async fn room(&self) {
        while self.connections() >= self.limits().connections {
            self.make_room();
            let next_sweep = self.sweep();
            // Either a connection left, or it is time to look again.
            let _ = timeout_at(next_sweep, self.0.left.notified()).await;
        }
    }

    /// Ends connections that have no complete request: nothing is lost, and a stop need not wait for them.
    pub(super) fn close_unstarted(&self) {
        let open = self.open();
        open.by_client.values().filter(|c| c.waits_for_head()).for_each(|c| c.close());
    }
}

/// A request is being answered as long as this lives.
#[derive(Debug)]
pub(super) struct Busy(Arc<Connection>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}
