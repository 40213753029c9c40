//! Whether the source as a whole has failed for a while, and answers again. Pure.
//!
//! Looks make it doubted, so that the canaries are asked; what these say then decides. Where there are none the looks decide.

use std::time::Duration;

use crate::Outcome;
use crate::track::Checked;

/// Single looks fail for themselves; so many one after the other, each of another profile that was read before, are more than
/// that.
const IN_A_ROW: u32 = 3;
/// After an outage of so many of the shortest waits those whose looks failed wait for long. Before, they come soon by
/// themselves, and one bad answer of a canary is no outage.
const SHORTEST_WAITS: u32 = 4;

/// What a look says about the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing new.
    None,
    /// Nobody gets an answer that tells anything.
    Began,
    /// Somebody gets one again.
    Ended,
}

/// Looks that told nothing, one after the other.
#[derive(Debug, Default)]
pub(super) struct InARow(u32);

impl InARow {
    /// Learns from a finished look. One at a profile that has failed before says nothing about the source.
    pub(super) fn learn(&mut self, checked: &Checked) -> News {
        let told = matches!(checked.outcome, Outcome::Profile | Outcome::NotFound | Outcome::InvalidName);
        if told && !checked.doubted {
            return if std::mem::take(&mut self.0) >= IN_A_ROW { News::Ended } else { News::None };
        }
        if !checked.began_to_fail {
            return News::None;
        }
        self.0 = self.0.saturating_add(1);
        if self.0 == IN_A_ROW { News::Began } else { News::None }
    }

    /// Whether nobody gets an answer now.
    pub(super) fn goes_on(&self) -> bool {
        self.0 >= IN_A_ROW
    }
}

/// How the source is, as far as it is known.
#[derive(Debug, Default)]
pub(super) enum Condition {
    /// Looks may have failed before this process began.
    #[default]
    Unknown,
    Well,
    /// Since then, by a clock that nobody sets.
    Ill(Duration),
}

impl Condition {
    /// Learns how it is now; true when it has recovered from an outage. `shortest` is the shortest wait after a failed look.
    pub(super) fn learn(&mut self, well: bool, steady: Duration, shortest: Duration) -> bool {
        let recovered = match (&*self, well) {
            (Self::Unknown, true) => true,
            (Self::Ill(since), true) => steady.saturating_sub(*since) >= shortest * SHORTEST_WAITS,
            _ => false,
        };
        match (&*self, well) {
            (_, true) => *self = Self::Well,
            (Self::Well, false) => *self = Self::Ill(steady),
            _ => {}
        }
        recovered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_outage_that_has_lasted_is_recovered_from() {
        let seconds = Duration::from_secs;
        let mut source = Condition::default();
        let mut learn = |well, at| source.learn(well, seconds(at), seconds(30));
        assert!(!learn(false, 1), "it is not known since when");
        assert!(learn(true, 2));
        let short = [(true, 100), (false, 200), (false, 260), (true, 319), (true, 400)];
        assert_eq!(short.map(|(well, at)| learn(well, at)), [false; 5]);
        let long = [(false, 500), (false, 560), (true, 620), (true, 621)];
        assert_eq!(long.map(|(well, at)| learn(well, at)), [false, false, true, false]);
    }
}
