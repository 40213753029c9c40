//! A request budget, so that haste is answered as the real site answers it.

use super::fault::Fault;
use crate::orders::FaultId;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So many requests within so much time; what goes beyond gets `over`.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    within: Duration,
    over: Fault,
    id: FaultId,
    spent: VecDeque<Instant>,
}

impl Budget {
    pub(super) fn new(limit: usize, within: Duration, over: Fault) -> Self {
        Self { limit, within, over, id: FaultId::NONE, spent: VecDeque::new() }
    }

    /// Counts a request, and says what happens to it if it is one too many.
    pub(super) fn spend(&mut self, now: Instant) -> Option<(FaultId, Fault)> {
        while self.spent.front().is_some_and(|at| now.saturating_duration_since(*at) >= self.within) {
            self.spent.pop_front();
        }
        if self.spent.len() >= self.limit {
            return Some((self.id, self.over.clone()));
        }
        self.spent.push_back(now);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haste_is_answered_until_time_has_passed() {
        let mut budget = Budget::new(2, Duration::from_secs(10), Fault::NotFoundShell);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(budget.spend(at(0)).is_none() && budget.spend(at(1)).is_none());
        assert!(budget.spend(at(9)).is_some());
        assert!(budget.spend(at(10)).is_none());
    }
}
