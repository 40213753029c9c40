//! When a profile is looked at next. Pure: the random part comes in as a number.

use std::time::Duration;

use crate::{Priority, Timestamp};

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

/// How often a profile has changed in which time: what its interval is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Changes in the whole time.
    pub changes: u64,
    /// For how long it has been observed.
    pub observed: Duration,
    /// How long ago the newest change was; as long as it has been observed when there was none.
    pub quiet: Duration,
}

/// A regular look comes after this share of the mean time between two changes.
const SHARE: f64 = 0.01;

/// The expected rate of changes per second: the mean of a Gamma distribution over what was seen.
///
/// The prior is one change in a hundred of the shortest intervals, so that a new profile is looked at as often as may be,
/// and that belief fades with the time that it is observed. As changes come in bursts, the time since the newest change is
/// weighed by itself too, and the larger rate counts: `max((1 + changes) / (prior + observed), 2 / (prior + quiet))`,
/// where the second one needs a change.
pub fn change_rate(activity: &Activity, rules: &Rules) -> f64 {
    let prior = rules.interval_min.as_secs_f64().max(0.001) / SHARE;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let all = (1.0 + activity.changes as f64) / (prior + activity.observed.as_secs_f64());
    let newest = 2.0 / (prior + activity.quiet.as_secs_f64());
    if activity.changes > 0 { all.max(newest) } else { all }
}

/// The regular interval of a profile: a hundredth of the mean time between two of its changes, between floor and ceiling.
///
/// So the expected delay of a change stays about half a per cent of that time, and the request budget goes where changes
/// are likely; with a high priority it is half of that. A fixed interval wins.
pub fn interval(activity: &Activity, fixed: Option<Duration>, priority: Priority, rules: &Rules) -> Duration {
    let ceiling = rules.interval_max.max(rules.interval_min);
    let seconds = || SHARE / change_rate(activity, rules) / priority.looks();
    let adaptive = || Duration::try_from_secs_f64(seconds()).unwrap_or(ceiling);
    fixed.unwrap_or_else(|| adaptive().clamp(rules.interval_min, ceiling))
}

/// With what delay a change is told, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// The regular interval now.
    pub interval: Duration,
    /// How late looks come at present, because the requests that the host allows do not suffice for all or it asked to wait.
    pub late: Duration,
    /// How late a change is seen on average: half an interval, and as much as looks come late.
    pub mean_delay: Duration,
    /// How late it is seen at most, as long as no look fails and no look comes later than now: a whole interval with its
    /// spread, and as much as looks come late, or until the next look where that was planned for later.
    pub longest_delay: Duration,
    /// How much later it is told when it must be confirmed.
    pub confirmation: Duration,
    /// How much later another photo may be seen, where photos have to be read to tell; `None` where every look tells,
    /// or none was ever read.
    pub photo: Option<Duration>,
    /// Requests per day.
    pub requests_per_day: f64,
    /// How many more it would be with half the delay.
    pub more_for_half: f64,
}

/// What to expect of a profile that is looked at in this interval, while looks come so late.
pub fn expectation(interval: Duration, late: Duration, rules: &Rules) -> Expectation {
    let requests_per_day = 86_400.0 / interval.saturating_add(late).as_secs_f64().max(0.001);
    Expectation {
        interval,
        late,
        mean_delay: (interval / 2).saturating_add(late),
        longest_delay: interval.mul_f64(1.1).saturating_add(late),
        confirmation: rules.confirm_delay.saturating_mul(rules.confirm_checks),
        photo: None,
        requests_per_day,
        more_for_half: requests_per_day,
    }
}

/// How late looks of a priority come at most, `next_due` being the time for which the longest due look was planned: one of a
/// high priority passes all that are not due for longer than it may be passed by.
pub fn lateness(next_due: Option<Timestamp>, priority: Priority, now: Timestamp) -> Duration {
    let longest = next_due.map_or(Duration::ZERO, |due| now.since(due));
    longest.saturating_sub(Priority::Normal.waits_behind().saturating_sub(priority.waits_behind()))
}

/// The wait after the `failures`-th failed look in a row: doubles from floor to ceiling and never gives up. What the
/// answer asked for wins when it is longer.
pub fn backoff(failures: u32, asked: Option<Duration>, rules: &Rules) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let wait = rules.backoff_min.saturating_mul(1 << doublings).min(rules.backoff_max.max(rules.backoff_min));
    wait.max(asked.unwrap_or_default())
}

/// The wait after a failed look at a source that has recovered from an outage so long ago: not longer than that, so that it
/// grows anew from the floor. Who is not answered at once does not wait for what had grown during the outage.
pub fn backoff_anew(
    failures: u32,
    asked: Option<Duration>,
    since_recovery: Duration,
    rules: &Rules,
) -> Duration {
    backoff(failures, asked, &Rules { backoff_max: since_recovery.min(rules.backoff_max), ..rules.clone() })
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

    fn seen(changes: u64, observed: Duration, quiet: Duration) -> Activity {
        Activity { changes, observed, quiet }
    }

    #[test]
    fn the_interval_follows_the_rate_of_changes_between_its_bounds() {
        let (rules, day) = (Rules::default(), 24 * HOUR);
        let minutes = |changes, observed, quiet| {
            let interval = interval(&seen(changes, observed, quiet), None, Priority::Normal, &rules);
            (interval.as_secs_f64() / 60.0).round()
        };
        assert_eq!(minutes(0, Duration::ZERO, Duration::ZERO), 5.0, "new: the floor");
        assert_eq!(minutes(0, 10 * day, 10 * day), 149.0, "quiet from the start");
        assert_eq!(minutes(0, 1000 * day, 1000 * day), 360.0, "the ceiling");
        assert_eq!(minutes(29, 30 * day, 30 * day), 15.0, "one change a day");
        assert_eq!(minutes(1, 1000 * day, HOUR), 5.0, "it has just changed");
        assert_eq!(minutes(1, 1000 * day, 10 * day), 75.0, "and it may again");
        let fixed = Some(Duration::from_secs(1));
        assert_eq!(interval(&Activity::default(), fixed, Priority::High, &rules), Duration::from_secs(1));
        let quiet = seen(0, 10 * day, 10 * day);
        let [high, normal, low] = Priority::ALL.map(|priority| interval(&quiet, None, priority, &rules));
        assert_eq!((high * 2, low), (normal, normal));
        let turned = Rules { interval_min: 10 * HOUR, interval_max: HOUR, ..rules };
        assert_eq!(interval(&Activity::default(), None, Priority::Normal, &turned), 10 * HOUR);
    }

    #[test]
    fn half_the_delay_costs_as_many_requests_again() {
        let expected = expectation(HOUR, Duration::ZERO, &Rules::default());
        assert_eq!((expected.mean_delay, expected.longest_delay), (HOUR / 2, 66 * HOUR / 60));
        assert_eq!((expected.requests_per_day, expected.more_for_half), (24.0, 24.0));
        assert_eq!(expected.confirmation, 90 * HOUR / 60);
    }

    #[test]
    fn what_the_requests_do_not_suffice_for_comes_later() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let late = |due: Option<Timestamp>, priority| lateness(due, priority, now);
        let eight = Some(now.before(8 * HOUR));
        for (due, priority, hours) in [
            (None, Priority::Normal, 0),
            (Some(now.after(HOUR)), Priority::Normal, 0),
            (eight, Priority::Normal, 8),
            (eight, Priority::Low, 8),
            (eight, Priority::High, 2),
            (Some(now.before(HOUR)), Priority::High, 0),
        ] {
            assert_eq!(late(due, priority), hours * HOUR, "{due:?} {priority}");
        }
        let expected = expectation(HOUR, 2 * HOUR, &Rules::default());
        assert_eq!((expected.mean_delay, expected.longest_delay), (5 * HOUR / 2, 186 * HOUR / 60));
        assert!((expected.requests_per_day - 8.0).abs() < 1e-9, "no more than are made");
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
    fn after_a_recovery_nobody_is_backed_off_from_for_longer_than_that() {
        let (rules, seconds) = (Rules::default(), Duration::from_secs);
        let wait = |failures, since| backoff_anew(failures, None, seconds(since), &rules).as_secs();
        assert_eq!(
            [0, 10, 30, 95, 3_600, u64::MAX].map(|since| wait(9, since)),
            [30, 30, 30, 95, 3_600, 3_600]
        );
        assert_eq!(wait(2, 600), 60, "what has not grown for as long stays as it is");
        assert_eq!(backoff_anew(9, Some(9 * HOUR), seconds(10), &rules), 9 * HOUR);
        let mut at = Duration::ZERO;
        let looks = (9..100).take_while(|failures| {
            at += backoff_anew(*failures, None, at, &rules);
            at < HOUR
        });
        assert_eq!(looks.count(), 7, "so many more than without an outage");
    }

    #[test]
    fn spreading_stays_within_a_tenth() {
        let now = Timestamp::from_millis(0);
        assert_eq!(spread(now, HOUR, 0.0).as_millis(), 3_240_000);
        assert_eq!(spread(now, HOUR, 1.0).as_millis(), 3_960_000);
        assert_eq!(spread_later(now, HOUR, 0.0).as_millis(), 3_600_000);
    }
}
