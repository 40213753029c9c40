//! How well a profile was watched: spans in which no look failed for long, and what that says about a period.

use std::time::Duration;

use crate::Timestamp;
use crate::store::is_far;

/// A span of time in which a profile was observed without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First good look.
    pub from: Timestamp,
    /// Last good look.
    pub until: Timestamp,
    /// The longest time that has passed between two good looks that follow each other in it; `None` when that was not
    /// counted.
    pub pause: Option<Duration>,
}

impl Span {
    /// A span of one look.
    pub fn at(time: Timestamp) -> Self {
        Self { from: time, until: time, pause: Some(Duration::ZERO) }
    }

    /// A span of looks of which it is not known how far apart they were.
    pub fn between(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until, pause: None }
    }

    /// The same until another good look.
    #[must_use]
    fn until(self, now: Timestamp) -> Self {
        let pause = self.pause.map(|pause| pause.max(now.since(self.until)));
        Self { until: now, pause, ..self }
    }

    /// How long it lasted.
    pub fn length(&self) -> Duration {
        self.until.since(self.from)
    }
}

/// What a good look does to the coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoverageStep {
    /// Nothing: the look told nothing.
    Keep,
    /// The open span reaches until now.
    Extend(Span),
    /// The open span, if any, is closed, and this one is opened.
    Open(Span),
}

impl CoverageStep {
    /// The span that is over when this step is taken while `open` was open. It ends before the new one begins, also when
    /// the clock was set back: hours that pass twice count as they were watched the second time.
    pub fn closes(self, open: Option<Span>) -> Option<Span> {
        let (Self::Open(next), Some(open)) = (self, open) else { return None };
        (open.from < next.from).then(|| Span { until: open.until.min(next.from), ..open })
    }
}

/// Two good looks further apart than this many planned intervals have a gap between them.
const PLANNED_INTERVALS: u32 = 2;
/// Shorter pauses are never a gap, so that a slow answer or a restart is none.
const SHORTEST_GAP: Duration = Duration::from_secs(60);

/// The longest pause between two good looks that is no gap, `planned` being the interval that was meant to pass.
pub fn longest_pause(planned: Duration) -> Duration {
    planned.saturating_mul(PLANNED_INTERVALS).max(SHORTEST_GAP)
}

/// How well a profile was watched from one time to another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Watch {
    /// Start of the period.
    pub from: Timestamp,
    /// End of the period, not included.
    pub until: Timestamp,
    /// The spans in which it was observed, cut to the period, oldest first.
    pub spans: Vec<Span>,
    /// The gaps, the edges of the period among them, oldest first.
    pub gaps: Vec<Span>,
    /// How long it was observed in all.
    pub observed: Duration,
    /// How long a change within the period may have stayed unseen at worst, as far as the spans tell. A canary vouches for
    /// looks of the same minute, so a minute belongs to it.
    pub worst_delay: Duration,
}

impl Watch {
    /// Of the spans that touch the period, oldest first; `pause` is how far two looks lie apart at most in a span that does
    /// not say so itself.
    pub fn over(spans: &[Span], from: Timestamp, until: Timestamp, pause: Duration) -> Self {
        let cut = |span: &Span| Span { from: span.from.max(from), until: span.until.min(until), ..*span };
        let spans: Vec<Span> = spans.iter().map(cut).filter(|span| span.from <= span.until).collect();
        let (mut gaps, mut seen_until) = (Vec::new(), from);
        for next in spans.iter().copied().chain([Span::at(until)]) {
            gaps.push(Span::between(seen_until, next.from));
            seen_until = seen_until.max(next.until);
        }
        gaps.retain(|gap| gap.from < gap.until);
        let observed = spans.iter().map(Span::length).sum();
        let longest = gaps.iter().map(Span::length).max().unwrap_or_default();
        let within = spans.iter().map(|span| span.pause.unwrap_or(pause)).max().unwrap_or_default();
        let worst_delay = longest.saturating_add(within).saturating_add(SHORTEST_GAP);
        Self { from, until, spans, gaps, observed, worst_delay }
    }

    /// The same, when the first good look after the period came at `next`, or is not made yet then: a change in the gap at
    /// the end of the period was not seen before.
    #[must_use]
    pub fn looked_at_next(mut self, next: Timestamp) -> Self {
        let Some(last) = self.gaps.last().filter(|gap| gap.until == self.until) else { return self };
        let beyond = next.since(last.from).saturating_sub(self.longest_gap());
        self.worst_delay = self.worst_delay.saturating_add(beyond);
        self
    }

    /// The share of the period in which it was observed, 0 to 1; `None` when the period has no length.
    pub fn share(&self) -> Option<f64> {
        let length = self.until.since(self.from);
        (!length.is_zero()).then(|| self.observed.as_secs_f64() / length.as_secs_f64())
    }

    /// The longest gap; zero when there is none.
    pub fn longest_gap(&self) -> Duration {
        self.gaps.iter().map(Span::length).max().unwrap_or_default()
    }
}

/// The step after a good look at `now`, `planned` being the interval that was meant to pass since the last.
pub fn step(open: Option<Span>, planned: Duration, now: Timestamp) -> CoverageStep {
    let allowed = longest_pause(planned);
    match open {
        Some(span) if now < span.until && span.until.since(now) <= SHORTEST_GAP => CoverageStep::Keep,
        // The clock is behind and spans were not moved back with it, as when it is too far behind to have been set. Nobody
        // knows which time is right, and spans must not contradict each other.
        Some(span) if now < span.from || is_far(span.until.since(now)) => CoverageStep::Keep,
        // The clock was set back.
        Some(span) if now < span.until => CoverageStep::Open(Span::at(now)),
        Some(span) if now.since(span.until) <= allowed => CoverageStep::Extend(span.until(now)),
        _ => CoverageStep::Open(Span::at(now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_by_a_clock_that_is_far_behind_is_no_part_of_the_coverage() {
        let at = |days: i64| Timestamp::from_millis(days * 86_400_000);
        let (day, open) = (Duration::from_secs(86_400), Some(Span::between(at(100), at(150))));
        let step = |now| step(open, day, now);
        assert_eq!(step(at(99)), CoverageStep::Keep);
        assert_eq!(step(at(101)), CoverageStep::Keep);
        assert_eq!(step(at(140)), CoverageStep::Open(Span::at(at(140))));
        assert_eq!(step(at(151)), CoverageStep::Extend(Span::between(at(100), at(151))));
    }

    #[test]
    fn the_edges_of_a_period_and_the_pauses_in_it_make_the_worst_delay() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let span = |from, until| Span::between(at(from), at(until));
        let (seconds, pause) = (Duration::from_secs, Duration::from_secs(10));
        let watch = Watch::over(&[span(-500, 200), span(600, 800)], at(0), at(1_000), pause);
        assert_eq!(watch.spans, [span(0, 200), span(600, 800)]);
        assert_eq!(watch.gaps, [span(200, 600), span(800, 1_000)]);
        assert_eq!((watch.observed, watch.longest_gap()), (seconds(400), seconds(400)));
        assert_eq!((watch.share(), watch.worst_delay), (Some(0.4), seconds(470)));
        let whole = Watch::over(&[span(-5, 2_000)], at(0), at(1_000), pause);
        assert_eq!((whole.gaps.len(), whole.share(), whole.worst_delay), (0, Some(1.0), seconds(70)));
        let never = Watch::over(&[], at(0), at(100), pause);
        assert_eq!((never.share(), never.gaps), (Some(0.0), vec![span(0, 100)]));
        assert_eq!(Watch::over(&[], at(5), at(5), pause).share(), None);
    }

    #[test]
    fn a_change_in_a_short_period_is_seen_by_the_look_after_it() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let (seconds, hour) = (Duration::from_secs, Duration::from_secs(3600));
        let span = |from, until| Span::between(at(from), at(until));
        // Ten minutes of an outage of three hours.
        let outage = Watch::over(&[span(0, 600)], at(1_200), at(1_800), hour);
        assert_eq!((outage.share(), outage.worst_delay), (Some(0.0), seconds(660)));
        assert_eq!(outage.looked_at_next(at(11_400)).worst_delay, seconds(10_260));
        // A longer gap in the period itself.
        let two = Watch::over(&[span(0, 10), span(9_000, 9_100)], at(0), at(9_200), seconds(5));
        assert_eq!(two.clone().looked_at_next(at(9_400)).worst_delay, two.worst_delay);
        assert_eq!(two.looked_at_next(at(19_100)).worst_delay, seconds(10_065));
        // Ten seconds between two looks that lie an hour apart.
        let paused = Span { pause: Some(hour), ..span(0, 9_000) };
        let between = Watch::over(&[paused], at(100), at(110), seconds(1));
        assert_eq!((between.share(), between.worst_delay), (Some(1.0), hour + seconds(60)));
        assert_eq!(between.clone().looked_at_next(at(99_999)), between, "it was watched to its end");
    }

    #[test]
    fn the_worst_delay_is_that_of_the_looks_that_were_made_and_not_of_later_settings() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
        let mut open = None;
        for (planned, now) in [(hour, 0), (hour, 3_000), (hour, 9_000), (minute, 9_060)] {
            open = match step(open, planned, at(now)) {
                CoverageStep::Extend(span) | CoverageStep::Open(span) => Some(span),
                CoverageStep::Keep => open,
            };
        }
        let span = open.unwrap();
        assert_eq!((span.from, span.pause), (at(0), Some(Duration::from_secs(6_000))));
        // Today's interval is a minute, or a day: what was seen then is what was seen then.
        for today in [minute, 24 * hour] {
            let watch = Watch::over(&[span], at(0), at(9_060), today);
            assert_eq!(watch.worst_delay, Duration::from_secs(6_060));
        }
        assert_eq!(step(Some(span), minute, at(99_999)).closes(Some(span)), Some(span));
    }

    #[test]
    fn a_long_silence_opens_a_new_span() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let minute = Duration::from_secs(60);
        assert_eq!(step(None, minute, at(0)), CoverageStep::Open(Span::at(at(0))));
        let open = Span::between(at(0), at(60));
        assert_eq!(step(Some(open), minute, at(180)), CoverageStep::Extend(Span::between(at(0), at(180))));
        assert_eq!(step(Some(open), minute, at(181)), CoverageStep::Open(Span::at(at(181))));
        assert_eq!(step(Some(open), minute, at(30)), CoverageStep::Keep);
    }

    #[test]
    fn hours_that_pass_twice_count_as_they_were_watched_the_second_time() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let (minute, open) = (Duration::from_secs(60), Span::between(at(0), at(9_000)));
        let back = step(Some(open), minute, at(5_000));
        assert_eq!(back, CoverageStep::Open(Span::at(at(5_000))));
        assert_eq!(back.closes(Some(open)), Some(Span::between(at(0), at(5_000))));
        assert_eq!(CoverageStep::Open(Span::at(at(9_500))).closes(Some(open)), Some(open));
        // Before the whole span: nothing of it is left.
        assert_eq!(CoverageStep::Open(Span::at(at(-5))).closes(Some(open)), None);
        assert_eq!(CoverageStep::Keep.closes(Some(open)), None);
    }
}
