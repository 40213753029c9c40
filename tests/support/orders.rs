//! Faults on order, for every simulated server: how often they happen, and the book that remembers which are due.

use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// To the next answer.
    Once,
    /// To the next so many answers.
    Count(u32),
    /// For this long.
    For(Duration),
    /// Until it is released or all faults are cleared.
    UntilReleased,
}

/// Names an ordered fault, to release it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

impl FaultId {
    /// Belongs to no order.
    pub(crate) const NONE: Self = Self(u64::MAX);
}

/// What can be ordered.
pub(crate) trait Orderable: Clone {
    /// It keeps an answer back until its order is released.
    fn is_hold(&self) -> bool;
}

#[derive(Debug)]
struct Ordered<On, Fault> {
    id: FaultId,
    on: On,
    fault: Fault,
    left: Option<u32>,
    until: Option<Instant>,
}

/// All ordered faults, oldest first: several `Once` for one and the same happen one after the other.
#[derive(Debug)]
pub(crate) struct FaultBook<On, Fault> {
    ordered: Vec<Ordered<On, Fault>>,
    /// Orders whose held answers wait; they outlive their last use.
    holding: HashSet<FaultId>,
    next: u64,
}

impl<On, Fault> Default for FaultBook<On, Fault> {
    fn default() -> Self {
        Self { ordered: Vec::new(), holding: HashSet::new(), next: 0 }
    }
}

impl<On, Fault: Orderable> FaultBook<On, Fault> {
    pub(crate) fn order(&mut self, on: On, fault: Fault, times: Times) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        let (left, until) = match times {
            Times::Once => (Some(1), None),
            Times::Count(count) => (Some(count), None),
            Times::For(time) => (None, Some(Instant::now() + time)),
            Times::UntilReleased => (None, None),
        };
        self.ordered.push(Ordered { id, on, fault, left, until });
        id
    }

    /// The fault that happens now: of those that `fits` gives a rank, the oldest of the lowest rank.
    pub(crate) fn take(&mut self, fits: impl Fn(&On) -> Option<u8>) -> Option<(FaultId, Fault)> {
        if self.ordered.is_empty() {
            return None;
        }
        let now = Instant::now();
        self.ordered.retain(|o| o.left != Some(0) && o.until.is_none_or(|until| now < until));
        let ranked = self.ordered.iter().enumerate().filter_map(|(at, o)| Some((fits(&o.on)?, at)));
        let (_, at) = ranked.min()?;
        let ordered = &mut self.ordered[at];
        ordered.left = ordered.left.map(|left| left - 1);
        if ordered.fault.is_hold() {
            self.holding.insert(ordered.id);
        }
        Some((ordered.id, ordered.fault.clone()))
    }

    /// Whether an answer held by this order must wait on.
    pub(crate) fn holds(&self, id: FaultId) -> bool {
        self.holding.contains(&id)
    }

    pub(crate) fn release(&mut self, id: FaultId) {
        self.ordered.retain(|o| o.id != id);
        self.holding.remove(&id);
    }

    pub(crate) fn clear(&mut self) {
        self.ordered.clear();
        self.holding.clear();
    }
}
