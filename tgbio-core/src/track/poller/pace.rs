//! How far ahead due work is claimed: as much as is looked at within a moment or two, so that the store is asked seldom where
//! looks are quick, and nothing is kept from other processes where they are slow.

use std::time::Duration;

/// The moment.
const AHEAD: Duration = Duration::from_millis(60);
/// Of a shorter time it does not tell how quick the source is.
const SHORTEST: Duration = Duration::from_millis(1);
/// Claims at a time at most.
const MOST: usize = 384;

/// Counts the answers of the source between two claims: looks that are only waiting to be written count already.
#[derive(Debug)]
pub(super) struct Pace {
    at_once: usize,
    /// By a clock that nobody sets.
    since: Duration,
    /// Answers until then.
    answers: usize,
    claims: usize,
}

impl Pace {
    pub(super) fn new(at_once: usize, since: Duration) -> Self {
        Self { at_once, since, answers: 0, claims: at_once }
    }

    /// More is claimed when no more than so many are ready.
    pub(super) fn ahead(&self) -> usize {
        self.claims
    }

    /// How many to claim now, given all answers so far.
    pub(super) fn claim(&mut self, now: Duration, answers: usize) -> usize {
        self.claims = self.after(now.saturating_sub(self.since), answers.wrapping_sub(self.answers));
        (self.since, self.answers) = (now, answers);
        self.claims
    }

    fn after(&self, elapsed: Duration, answers: usize) -> usize {
        let share = AHEAD.as_secs_f64() / elapsed.max(SHORTEST).as_secs_f64();
        let ahead = (answers as f64 * share).min(MOST as f64) as usize;
        ahead.max(self.at_once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_looks_are_claimed_many_at_a_time_and_slow_ones_are_not() {
        let after = |answers, elapsed| Pace::new(16, Duration::ZERO).claim(elapsed, answers);
        assert_eq!(after(0, Duration::ZERO), 16);
        assert_eq!(after(100, Duration::from_secs(10)), 16);
        assert_eq!(after(100, AHEAD), 100);
        assert_eq!(after(1, Duration::ZERO), 60);
        assert_eq!(after(100_000, Duration::from_millis(10)), MOST);
    }
}
