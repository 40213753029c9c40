//! When a profile is looked at next. Pure: the random part comes in as a number.

use std::time::Duration;

use crate::Timestamp;

/// The intervals and delays that a judgement follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Shortest regular interval.
    pub interval_min: Duration,
    /// Longest regular interval.
    pub interval_max: Duration,
    /// First wait after a failed look.
    pub backoff_min: Duration,
    /// Longest wait after failed looks, unless the answer asked for more.
    pub backoff_max: Duration,
    /// How far apart the repeats are that confirm a suspicious change.
    pub confirm_delay: Duration,
    /// How many repeats confirm it, after the first sight.
    pub confirm_checks: u32,
    /// A surge is the same kind of change on at least so many profiles; 0 means that there are no surges.
    pub surge_profiles: u32,
    /// It is also at least so many per cent of the profiles that were looked at.
    pub surge_percent: u32,
    /// Both within this time, which is also how long the rate must be lower before the surge is over.
    pub surge_window: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            interval_min: Duration::from_secs(5 * 60),
            interval_max: Duration::from_secs(6 * 3600),
            backoff_min: Duration::from_secs(30),
            backoff_max: Duration::from_secs(3600),
            confirm_delay: Duration::from_secs(30 * 60),
            confirm_checks: 3,
            surge_profiles: 10,
            surge_percent: 20,
            surge_window: Duration::from_secs(3600),
        }
    }
}

/// A profile that has been quiet for a time is looked at again after this share of it.
const SHARE_OF_QUIET: u32 = 100;

/// The regular interval of a profile that has been quiet for `quiet`: a hundredth of it, between floor and ceiling.
///
/// So the expected delay of a change stays about half a per cent of the time that the profile has been quiet, and the
/// request budget goes where changes are likely. A fixed interval wins.
pub fn interval(quiet: Duration, fixed: Option<Duration>, rules: &Rules) -> Duration {
    let ceiling = rules.interval_max.max(rules.interval_min);
    fixed.unwrap_or_else(|| (quiet / SHARE_OF_QUIET).clamp(rules.interval_min, ceiling))
}

/// The wait after the `failures`-th failed look in a row: doubles from floor to ceiling and never gives up. What the
/// answer asked for wins when it is longer.
pub fn backoff(failures: u32, asked: Option<Duration>, rules: &Rules) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let wait = rules.backoff_min.saturating_mul(1 << doublings).min(rules.backoff_max.max(rules.backoff_min));
    wait.max(asked.unwrap_or_default())
}

/// `now` and a wait that is spread by a tenth either way; `random` lies in `0.0..1.0`.
pub fn spread(now: Timestamp, wait: Duration, random: f64) -> Timestamp {
    now.after(wait.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0)))
}

/// `now` and a wait that is made longer by up to a tenth and never shorter.
pub fn spread_later(now: Timestamp, wait: Duration, random: f64) -> Timestamp {
    now.after(wait.mul_f64(1.0 + 0.1 * random.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_interval_grows_with_quiet_between_its_bounds() {
        let rules = Rules::default();
        assert_eq!(interval(Duration::ZERO, None, &rules), rules.interval_min);
        assert_eq!(interval(100 * HOUR, None, &rules), HOUR);
        assert_eq!(interval(100_000 * HOUR, None, &rules), rules.interval_max);
        assert_eq!(interval(100 * HOUR, Some(Duration::from_secs(1)), &rules), Duration::from_secs(1));
        let turned = Rules { interval_min: 10 * HOUR, interval_max: HOUR, ..rules };
        assert_eq!(interval(HOUR, None, &turned), 10 * HOUR);
    }

    #[test]
    fn backing_off_doubles_and_obeys_what_was_asked() {
        let rules = Rules::default();
        assert_eq!(backoff(1, None, &rules), Duration::from_secs(30));
        assert_eq!(backoff(3, None, &rules), Duration::from_secs(120));
        assert_eq!(backoff(u32::MAX, None, &rules), HOUR);
        assert_eq!(backoff(1, Some(9 * HOUR), &rules), 9 * HOUR);
    }

    #[test]
    fn spreading_stays_within_a_tenth() {
        let now = Timestamp::from_millis(0);
        assert_eq!(spread(now, HOUR, 0.0).as_millis(), 3_240_000);
        assert_eq!(spread(now, HOUR, 1.0).as_millis(), 3_960_000);
        assert_eq!(spread_later(now, HOUR, 0.0).as_millis(), 3_600_000);
    }
}
