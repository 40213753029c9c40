//! Flood limits: how many calls are too many, and who does not wait.

use super::account::AccountId;
use super::fault::{About, Fault, On};
use super::refusal::Refusal;
use crate::orders::FaultId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tgbio_core::{Clock, SystemClock, Timestamp};

/// So many calls within this time; refused ones count too.
#[derive(Debug)]
struct Limit {
    on: On,
    calls: usize,
    within: Duration,
    seen: VecDeque<Instant>,
}

impl Limit {
    /// The seconds to wait, if this call is one too many.
    fn spend(&mut self, now: Instant) -> Option<u32> {
        while self.seen.front().is_some_and(|seen| now.duration_since(*seen) >= self.within) {
            self.seen.pop_front();
        }
        self.seen.push_back(now);
        let first = self.seen.get(self.seen.len().checked_sub(self.calls + 1)? + 1).unwrap_or(&now);
        let left = self.within.saturating_sub(now.duration_since(*first));
        Some(left.as_secs_f64().ceil().max(1.0) as u32)
    }
}

/// The limits, and the waits that clients were told.
#[derive(Debug)]
pub(super) struct Limits {
    limits: Vec<Limit>,
    waits: HashMap<(Option<AccountId>, String), Timestamp>,
    /// What the waits are measured by.
    pub(super) clock: Arc<dyn Clock>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { limits: Vec::new(), waits: HashMap::new(), clock: Arc::new(SystemClock) }
    }
}

impl Limits {
    pub(super) fn add(&mut self, on: On, calls: usize, within: Duration) {
        self.limits.push(Limit { on, calls, within, seen: VecDeque::new() });
    }

    pub(super) fn clear(&mut self) {
        self.limits.clear();
    }

    /// The wait that this call runs into.
    pub(super) fn take(&mut self, about: &About<'_>) -> Option<(FaultId, Fault)> {
        let now = Instant::now();
        let fitting = self.limits.iter_mut().filter(|limit| limit.on.matches(about));
        let wait = fitting.filter_map(|limit| limit.spend(now)).max()?;
        Some((FaultId::NONE, Refusal::flood_wait(wait).into()))
    }

    /// Whether a call comes before the end of a wait that this account was told for the method.
    pub(super) fn is_early(&self, about: &About<'_>) -> bool {
        let key = about.method.map(|method| (about.account, method.to_owned()));
        key.and_then(|key| self.waits.get(&key)).is_some_and(|until| self.clock.now() < *until)
    }

    /// Remembers the wait that an answer tells.
    pub(super) fn told(&mut self, about: &About<'_>, fault: Option<&Fault>) {
        let (Some(method), Some(Fault::Rpc(refusal))) = (about.method, fault) else { return };
        if let Some(seconds) = refusal.wait() {
            let until = self.clock.now().after(Duration::from_secs(seconds.into()));
            self.waits.insert((about.account, method.to_owned()), until);
        }
    }
}
