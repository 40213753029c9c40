//! What one connection is doing, and the rules that say when it has done so for too long. No I/O here.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

/// How long a client may keep a connection busy with nothing, and how many connections there may be.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// From the first byte (for a new connection: from the accept) to the end of a request's head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// How long an answer may wait for a client that does not read.
    pub write_stall: Duration,
    /// Bytes of a head before it is refused.
    pub head_bytes: usize,
    /// Open connections. When there are more, those that have waited longest are closed.
    pub connections: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(20),
            idle: Duration::from_secs(60),
            write_stall: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            connections: 10_000,
        }
    }
}

impl ConnectionLimits {
    /// The defaults, with fewer connections where the process may open few files (Linux; elsewhere the
    /// acceptor's answer to "too many open files" has to do).
    pub fn for_this_process() -> Self {
        let limits = Self::default();
        let files = std::fs::read_to_string("/proc/self/limits").ok().and_then(|text| open_files(&text));
        // A quarter stays for the database, outgoing connections and logs.
        let connections = files.map_or(limits.connections, |n| limits.connections.min(n - n / 4));
        Self { connections, ..limits }
    }

    /// How often overdue connections are looked for.
    pub(super) fn sweep_every(&self) -> Duration {
        let shortest = self.head.min(self.idle).min(self.write_stall);
        (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}

fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What a connection does now.
#[derive(Debug)]
struct Activity {
    requests: u32,
    head_bytes: usize,
    in_head: bool,
    since: Instant,
    blocked: Option<Instant>,
    closing: bool,
}

impl Activity {
    fn overdue(&self, now: Instant, limits: &ConnectionLimits) -> bool {
        if let Some(blocked) = self.blocked {
            return now - blocked >= limits.write_stall;
        }
        let limit = if self.in_head { limits.head } else { limits.idle };
        self.requests == 0 && now - self.since >= limit
    }
}

/// The part of a connection that its stream, the request middleware and the acceptor share.
#[derive(Debug)]
pub(super) struct Connection {
    activity: Mutex<Activity>,
    waker: AtomicWaker,
}

impl Connection {
    pub(super) fn accepted() -> Self {
        let activity = Activity {
            requests: 0,
            head_bytes: 0,
            in_head: true,
            since: Instant::now(),
            blocked: None,
            closing: false,
        };
        Self { activity: Mutex::new(activity), waker: AtomicWaker::new() }
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes arrived. Outside a request they begin or continue a head.
    pub(super) fn read(&self, bytes: usize) {
        let mut activity = self.activity();
        if activity.requests > 0 {
            return;
        }
        if !activity.in_head {
            activity.in_head = true;
            activity.since = Instant::now();
        }
        activity.head_bytes += bytes;
    }

    pub(super) fn wrote(&self) {
        let mut activity = self.activity();
        activity.blocked = None;
        activity.since = Instant::now();
    }

    pub(super) fn write_blocked(&self) {
        self.activity().blocked.get_or_insert_with(Instant::now);
    }

    pub(super) fn request_started(&self) {
        let mut activity = self.activity();
        activity.requests += 1;
        activity.in_head = false;
        activity.head_bytes = 0;
    }

    pub(super) fn request_ended(&self) {
        let mut activity = self.activity();
        activity.requests = activity.requests.saturating_sub(1);
        activity.since = Instant::now();
    }

    /// No more bytes are to be read: told to close, or the head is too long.
    pub(super) fn must_not_read(&self, limits: &ConnectionLimits) -> bool {
        let activity = self.activity();
        activity.closing || (activity.in_head && activity.head_bytes >= limits.head_bytes)
    }

    /// An answer on its way is let out even when told to close, unless the client does not take it.
    pub(super) fn must_not_write(&self) -> bool {
        let activity = self.activity();
        activity.closing && activity.blocked.is_some()
    }

    pub(super) fn wake_with(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.activity().closing
    }

    pub(super) fn overdue(&self, now: Instant, limits: &ConnectionLimits) -> bool {
        self.activity().overdue(now, limits)
    }

    /// Since when it waits for its client, if no request is being answered.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let activity = self.activity();
        (activity.requests == 0 && !activity.closing).then_some(activity.since)
    }

    pub(super) fn waits_for_head(&self) -> bool {
        let activity = self.activity();
        activity.requests == 0 && activity.in_head
    }

    pub(super) fn close(&self) {
        self.activity().closing = true;
        self.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_file_limit_of_linux() {
        let text =
            "Limit  Soft  Hard  Units\nMax open files            1024                 1048576    files\n";
        assert_eq!(open_files(text), Some(1024));
        assert_eq!(open_files("Max open files   unlimited  unlimited files"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_own_limit() {
        let limits = ConnectionLimits::default();
        let connection = Connection::accepted();
        let late = |connection: &Connection, secs| {
            connection.overdue(Instant::now() + Duration::from_secs(secs), &limits)
        };
        assert!(!late(&connection, 19) && late(&connection, 20), "head");
        connection.request_started();
        assert!(!late(&connection, 3600), "a slow handler is not the client's fault");
        connection.request_ended();
        assert!(!late(&connection, 59) && late(&connection, 60), "idle");
        connection.read(1);
        assert!(late(&connection, 20), "a half-sent second head");
        connection.request_started();
        connection.write_blocked();
        assert!(!late(&connection, 29) && late(&connection, 30), "stalled answer");
        connection.wrote();
        assert!(!late(&connection, 30));
    }
}
