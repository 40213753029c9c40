//! Whether the source as a whole has failed for a while, and answers again.

use std::time::Duration;

use crate::Outcome;
use crate::track::Checked;

/// Single looks fail for themselves; so many one after the other, none of which told anything, are more than that.
const IN_A_ROW: u32 = 3;

/// What a look says about the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing new.
    None,
    /// Nobody gets an answer that tells anything.
    Began,
    /// Somebody gets one again, after that was so for a while.
    Ended,
}

/// Looks that told nothing, one after the other.
#[derive(Debug, Default)]
pub(super) struct Outage {
    in_a_row: u32,
    /// When the first of them ended, by a clock that nobody sets.
    since: Duration,
}

impl Outage {
    /// Learns from a finished look; an outage of less than `least` is none.
    pub(super) fn learn(&mut self, checked: &Checked, steady: Duration, least: Duration) -> News {
        self.ended(tells(checked), steady, least)
    }

    /// Whether nobody gets an answer now.
    pub(super) fn goes_on(&self) -> bool {
        self.in_a_row >= IN_A_ROW
    }

    fn ended(&mut self, tells: bool, steady: Duration, least: Duration) -> News {
        if tells {
            let failed = std::mem::take(&mut self.in_a_row);
            let lasted = steady.saturating_sub(self.since);
            return if failed >= IN_A_ROW && lasted >= least { News::Ended } else { News::None };
        }
        if self.in_a_row == 0 {
            self.since = steady;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.in_a_row == IN_A_ROW { News::Began } else { News::None }
    }
}

fn tells(checked: &Checked) -> bool {
    let told = matches!(checked.outcome, Outcome::Profile | Outcome::NotFound | Outcome::InvalidName);
    told && !checked.doubted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_failures_and_short_ones_are_no_outage() {
        let seconds = Duration::from_secs;
        let mut outage = Outage::default();
        let mut look = |tells, at| outage.ended(tells, seconds(at), seconds(30));
        let looks = [(true, 0), (false, 1), (false, 40), (true, 80)].map(|(tells, at)| look(tells, at));
        assert_eq!(looks, [News::None; 4], "two in a row");
        let looks = [(false, 100), (false, 101), (false, 102), (false, 103), (true, 104)];
        let looks = looks.map(|(tells, at)| look(tells, at));
        assert_eq!(looks, [News::None, News::None, News::Began, News::None, News::None], "four seconds");
        let looks = [(false, 200), (false, 210), (false, 220), (true, 230), (true, 231)];
        let looks = looks.map(|(tells, at)| look(tells, at));
        assert_eq!(looks, [News::None, News::None, News::Began, News::Ended, News::None]);
    }
}
