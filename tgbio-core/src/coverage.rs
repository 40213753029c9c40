//! How well a profile was watched: spans in which no look failed for long.

use std::time::Duration;

use crate::Timestamp;

/// A span of time in which a profile was observed without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First good look.
    pub from: Timestamp,
    /// Last good look.
    pub until: Timestamp,
}

impl Span {
    /// A span of one look.
    pub fn at(time: Timestamp) -> Self {
        Self { from: time, until: time }
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

/// Two good looks further apart than this many planned intervals have a gap between them.
const PLANNED_INTERVALS: u32 = 2;
/// Shorter pauses are never a gap, so that a slow answer or a restart is none.
const SHORTEST_GAP: Duration = Duration::from_secs(60);

/// The step after a good look at `now`, `planned` being the interval that was meant to pass since the last.
pub fn step(open: Option<Span>, planned: Duration, now: Timestamp) -> CoverageStep {
    let allowed = planned.saturating_mul(PLANNED_INTERVALS).max(SHORTEST_GAP);
    match open {
        Some(span) if now < span.until => CoverageStep::Keep,
        Some(span) if now.since(span.until) <= allowed => {
            CoverageStep::Extend(Span { from: span.from, until: now })
        }
        _ => CoverageStep::Open(Span::at(now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_opens_a_new_span() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let minute = Duration::from_secs(60);
        assert_eq!(step(None, minute, at(0)), CoverageStep::Open(Span::at(at(0))));
        let open = Span { from: at(0), until: at(60) };
        assert_eq!(
            step(Some(open), minute, at(180)),
            CoverageStep::Extend(Span { from: at(0), until: at(180) })
        );
        assert_eq!(step(Some(open), minute, at(181)), CoverageStep::Open(Span::at(at(181))));
        assert_eq!(step(Some(open), minute, at(30)), CoverageStep::Keep);
    }
}
