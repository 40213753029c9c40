//! What was asked for, when, and how many asked at once.

use super::fault::Fault;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Requests that are kept; older ones are counted only.
const KEPT: usize = 50_000;

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its head was complete.
    pub at: Instant,
    /// `GET`.
    pub method: String,
    /// The path with its query, as it came.
    pub path: String,
    /// The name whose card was asked for, in lower case.
    pub name: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// All headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What went wrong with the answer, on order.
    pub fault: Option<Fault>,
}

/// Everything that was asked for so far.
#[derive(Debug, Default)]
pub struct Log {
    requests: VecDeque<Request>,
    per_name: HashMap<String, u64>,
    total: u64,
    photos: u64,
    pub(super) counting_only: bool,
}

impl Log {
    /// The kept requests, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// How often the card of `name` was asked for, in any spelling.
    pub fn count(&self, name: &str) -> u64 {
        self.per_name.get(&name.trim_start_matches('@').to_ascii_lowercase()).copied().unwrap_or_default()
    }

    /// How many photos were asked for.
    pub fn photos(&self) -> u64 {
        self.photos
    }

    /// How many requests came in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn tally(&mut self, name: Option<&str>, photo: bool) {
        self.total += 1;
        self.photos += u64::from(photo);
        let Some(name) = name else { return };
        match self.per_name.get_mut(name) {
            Some(count) => *count += 1,
            None => _ = self.per_name.insert(name.into(), 1),
        }
    }

    pub(super) fn keep(&mut self, request: Request) {
        if self.requests.len() == KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    pub(super) fn clear(&mut self) {
        *self = Self { counting_only: self.counting_only, ..Self::default() };
    }
}

/// How many connections and requests there are and were at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Connections open now.
    pub connections: usize,
    /// Most connections that were open at once.
    pub most_connections: usize,
    /// Requests being answered now.
    pub requests: usize,
    /// Most requests that were being answered at once.
    pub most_requests: usize,
}

/// A number that remembers its highest value.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    /// One more until the guard is dropped.
    pub(super) fn enter(&self) -> impl Drop + '_ {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Leave(self)
    }

    pub(super) fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Forgets the highest value but the present one.
    pub(super) fn restart(&self) {
        self.most.store(self.now(), Ordering::SeqCst);
    }
}

struct Leave<'a>(&'a Gauge);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
