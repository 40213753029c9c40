//! What becomes of the bookkeeping when the clock is set back. Pure.
//!
//! What is planned, what lasts and what was seen last are moved back by as much as the clock, as if the new clock had shown
//! those times: then no look, no wait and no confirmation comes later than it was meant to, and an interval of the history
//! that begins with the last look before the jump begins when that look was. Revisions stay as they were written.
//!
//! A clock that is found far behind at a start was most likely never set (many small machines have none of their own): then
//! nothing is moved, and nothing is looked at until it is right. One that was measured to be set back by far was wrong
//! before: then only what was written meanwhile is moved, which lies ahead.

use std::time::Duration;

use crate::Timestamp;
use crate::coverage::Span;
use crate::store::{Held, ProfileRecord};

/// A clock that is set back by less than this delays looks by as much; by more it moves the bookkeeping, see
/// [`ProfileStore::tell_time`](crate::store::ProfileStore::tell_time).
pub const SET_BACK: Duration = Duration::from_secs(60);
/// Several processes tell the time one after the other, and may overtake each other by less than this.
const OVERTAKEN: Duration = Duration::from_secs(5);
/// This is far.
const FAR: Duration = Duration::from_secs(31 * 86_400);

/// Whether a clock that is so much behind was perhaps never set.
pub fn is_far(by: Duration) -> bool {
    by > FAR
}

/// By how much a process has measured, on a clock that nobody sets, that the clock was set back since it told the time last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasuredBack {
    /// By how much.
    pub by: Duration,
    /// The time that it told last.
    pub told: Timestamp,
}

/// A clock that was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SetBack {
    pub now: Timestamp,
    pub by: Duration,
}

impl SetBack {
    /// What was written after this is moved.
    pub fn moves_after(self) -> Timestamp {
        if self.is_far() { self.now } else { Timestamp::from_millis(i64::MIN) }
    }

    /// Whether only a part is moved.
    pub fn is_far(self) -> bool {
        is_far(self.by)
    }

    fn moves(self, written: Option<Timestamp>) -> bool {
        written.is_some_and(|written| written > self.moves_after())
    }
}

/// Whether the clock was set back, and by how much. `latest` is the latest time that anybody told, `back` what the caller
/// has measured; without that, what is known to have been shown is the least that it can be.
///
/// When the clock has passed `latest` again by now, that does not tell anything: but nobody else can have noticed when the
/// caller itself told that time.
pub(crate) fn was_set_back(
    latest: Option<Timestamp>,
    now: Timestamp,
    back: Option<MeasuredBack>,
) -> Option<SetBack> {
    let latest = latest?;
    let ahead = latest.since(now);
    let by = ahead.max(back.map_or(Duration::ZERO, |back| back.by));
    let unnoticed = back.is_some_and(|back| back.told == latest);
    let never_set = back.is_none() && is_far(ahead);
    if never_set {
        tracing::warn!(
            days = by.as_secs() / 86_400,
            "the clock is far behind; nothing is looked at until it is right"
        );
    }
    ((ahead > OVERTAKEN || unnoticed) && by > SET_BACK && !never_set).then_some(SetBack { now, by })
}

impl Span {
    /// The open span after the clock was set back: it ends when the last look was by the new clock. The hours after that come
    /// again, and nobody has watched them yet.
    #[must_use]
    pub(crate) fn set_back(self, by: Duration) -> Self {
        let until = self.until.before(by);
        Self { from: self.from.min(until), until, ..self }
    }

    /// Whether an open span that was set back lies in a gap before it, because it is younger than that: nobody has looked
    /// at that time by either clock, and the gap would get shorter.
    pub(crate) fn is_in_gap(self, closed: &[Self]) -> bool {
        let holds = |span: &Self| span.from <= self.from && self.from <= span.until;
        self.length().is_zero() && !closed.iter().any(holds)
    }

    /// What is left of a closed span before the open one, after that was set back.
    #[must_use]
    pub(crate) fn before_set_back(self, open: Option<Self>) -> Option<Self> {
        let end = open.map_or(self.until, |open| open.from);
        (self.from < end).then(|| Self { until: self.until.min(end), ..self })
    }
}

impl ProfileRecord {
    /// What stands in the record about the looks, by a clock that was set back. Says whether that is another now.
    pub(crate) fn set_back(&mut self, clock: SetBack) -> bool {
        if !clock.moves(self.last_checked_at.or(self.next_check_at)) {
            return false;
        }
        let by = clock.by;
        let moved = |at: Option<Timestamp>| at.map(|at| at.before(by));
        self.next_check_at = moved(self.next_check_at);
        self.last_checked_at = moved(self.last_checked_at);
        self.last_seen_at = moved(self.last_seen_at);
        self.coverage = self.coverage.map(|span| span.set_back(by));
        self.photo.seen_at = moved(self.photo.seen_at);
        self.photo.tried_at = moved(self.photo.tried_at);
        if let Some(health) = &mut self.health {
            health.at = health.at.before(by);
        }
        true
    }
}

impl Held {
    /// The times of a waiting change, by a clock that was set back.
    pub(crate) fn set_back(&mut self, clock: SetBack) {
        if !clock.moves(Some(self.counted_at)) {
            return;
        }
        let by = clock.by;
        self.first_seen = self.first_seen.before(by);
        self.last_seen_before = self.last_seen_before.map(|at| at.before(by));
        self.counted_at = self.counted_at.before(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_of_several_who_tell_it_moves_anything() {
        let (at, seconds) = (|seconds: i64| Timestamp::from_millis(seconds * 1000), Duration::from_secs);
        let day = 86_400;
        let told = at(2 * day);
        let cases = [
            ("the first time", None, at(day), None, None),
            ("it goes on", Some(told), at(2 * day + 20), Some(seconds(0)), None),
            ("measured", Some(told), at(day), Some(seconds(86_410)), Some(seconds(86_410))),
            ("after a restart", Some(told), at(day), None, Some(seconds(86_400))),
            ("told by another process already", Some(at(day + 1)), at(day), Some(seconds(86_410)), None),
            ("it was never set", Some(told), at(-40 * day), None, None),
            ("it was wrong before", Some(told), at(-40 * day), Some(seconds(1)), Some(seconds(42 * 86_400))),
            ("by less than a minute", Some(told), at(2 * day - 50), Some(seconds(55)), None),
            ("passed again", Some(told), at(2 * day + 600), Some(seconds(900)), Some(seconds(900))),
            ("passed again by little", Some(told), at(2 * day + 600), Some(seconds(50)), None),
            ("told and passed again", Some(at(2 * day + 1)), at(2 * day + 600), Some(seconds(900)), None),
        ];
        for (what, latest, now, back, by) in cases {
            let back = back.map(|by| MeasuredBack { by, told });
            assert_eq!(was_set_back(latest, now, back).map(|clock| clock.by), by, "{what}");
        }
    }

    #[test]
    fn what_a_right_clock_wrote_stays_when_a_wrong_one_is_set_back_by_far() {
        let at = |days: i64| Timestamp::from_millis(days * 86_400_000);
        let record = |checked| {
            let name = crate::Username::parse("someone").unwrap();
            let mut record = ProfileRecord::new(crate::ProfileId::new(), name, at(0));
            (record.last_checked_at, record.next_check_at) = (Some(checked), Some(checked));
            record
        };
        let moved = |checked, days: u32| {
            let mut record = record(checked);
            record.set_back(SetBack { now: at(100), by: days * Duration::from_secs(86_400) });
            (record.last_checked_at.unwrap(), record.next_check_at.unwrap())
        };
        assert_eq!(moved(at(465), 365), (at(100), at(100)));
        assert_eq!(moved(at(99), 365), (at(99), at(99)));
        assert_eq!(moved(at(99), 1), (at(98), at(98)));
    }

    #[test]
    fn hours_that_come_again_are_not_watched_yet() {
        let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
        let span = |from, until| Span::between(at(from), at(until));
        let by = Duration::from_secs(4 * 3600);
        assert_eq!(span(1, 10).set_back(by), span(1, 6));
        assert_eq!(span(8, 10).set_back(by), span(6, 6));
        assert_eq!(span(1, 7).before_set_back(Some(span(6, 6))), Some(span(1, 6)));
        assert_eq!(span(6, 7).before_set_back(Some(span(6, 6))), None);
        assert_eq!(span(1, 7).before_set_back(Some(span(8, 9))), Some(span(1, 7)));
        let in_gap = |from, until, closed: &[Span]| span(from, until).set_back(by).is_in_gap(closed);
        assert!(in_gap(8, 10, &[span(0, 1), span(2, 5)]), "it would be moved to 6");
        assert!(!in_gap(8, 10, &[span(0, 6), span(7, 7)]), "all of that gap comes again");
        assert!(!in_gap(5, 10, &[span(0, 1)]), "it was watched until 6 by the old clock as well");
        assert!(in_gap(8, 10, &[]));
        assert!(in_gap(8, 10, &[span(0, 1), span(7, 7)]), "it would be moved before another one");
    }
}
