//! How measurements are thinned with age. Pure.

use std::time::Duration;

use crate::Timestamp;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// After so long one point an hour is kept, and after so long one a day.
const STEPS: [(Duration, i64); 2] =
    [(Duration::from_secs(2 * 24 * 3600), HOUR), (Duration::from_secs(60 * 24 * 3600), DAY)];

/// Points from `from` to before `until`, of which the last in every `bucket` milliseconds is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thinned {
    pub from: Timestamp,
    pub until: Timestamp,
    pub bucket: i64,
}

/// What a point at `now` makes old enough, given the point before it at `last`. Most points make nothing old enough.
pub(crate) fn due(last: Timestamp, now: Timestamp) -> impl Iterator<Item = Thinned> {
    STEPS.into_iter().filter_map(move |(age, bucket)| {
        let start = |time: Timestamp| {
            let ms = time.before(age).as_millis();
            Timestamp::from_millis(ms - ms.rem_euclid(bucket))
        };
        let (from, until) = (start(last), start(now));
        (from < until).then_some(Thinned { from, until, bucket })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_hours_and_days_are_thinned_and_each_once() {
        let at = |hours: i64| Timestamp::from_millis(hours * HOUR + 1);
        assert_eq!(due(at(100), Timestamp::from_millis(100 * HOUR + 9)).count(), 0);
        let steps: Vec<Thinned> = due(at(100), at(101)).collect();
        assert_eq!(steps.len(), 1);
        assert_eq!(
            (steps[0].from, steps[0].until),
            (Timestamp::from_millis(52 * HOUR), Timestamp::from_millis(53 * HOUR))
        );
        assert_eq!(due(at(23), at(24)).count(), 2);
    }
}
