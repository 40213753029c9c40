//! Measurements and observation over a period of time, in JSON.

use std::time::Duration;

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::{Timestamp, coverage, store};

use super::Time;

/// A measurement.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "CountPoint")]
pub struct CountPoint {
    /// When.
    pub at: Time,
    /// Subscribers of a channel.
    #[oai(nullable)]
    pub subscribers: Option<u64>,
    /// Members of a group.
    #[oai(nullable)]
    pub members: Option<u64>,
    /// Members of a group who were online.
    #[oai(nullable)]
    pub online: Option<u64>,
    /// Monthly users of a bot.
    #[oai(nullable)]
    pub monthly_users: Option<u64>,
}

/// A page of measurements, oldest first; the newest page comes first.
#[derive(Debug, Clone, Object)]
#[oai(rename = "CountPage")]
pub struct CountPage {
    /// The measurements.
    pub items: Vec<CountPoint>,
    /// Where the page of older ones starts; `null` at the end.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

/// A stretch of time in which no look failed for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Span")]
pub struct Span {
    /// First good look.
    pub from: Time,
    /// Last good look.
    pub until: Time,
}

/// How well a profile was watched in a period.
#[derive(Debug, Clone, PartialEq, Object, Serialize)]
#[oai(rename = "Coverage")]
pub struct Coverage {
    /// Start of the period; `null` when the profile was never seen.
    #[oai(nullable)]
    pub from: Option<Time>,
    /// End of the period.
    pub until: Time,
    /// The spans in which it was observed, cut to the period, oldest first.
    pub spans: Vec<Span>,
    /// Seconds of the period in which it was observed.
    pub observed_seconds: f64,
    /// Share of the period in which it was observed, 0 to 1; `null` when the period has no length.
    #[oai(nullable)]
    pub share: Option<f64>,
    /// The longest gap in seconds, at the edges of the period as well.
    pub longest_gap_seconds: f64,
}

impl From<&store::CountPoint> for CountPoint {
    fn from(point: &store::CountPoint) -> Self {
        let counts = point.counts;
        Self {
            at: point.at.into(),
            subscribers: counts.subscribers.present().copied(),
            members: counts.members.present().copied(),
            online: counts.online.present().copied(),
            monthly_users: counts.monthly_users.present().copied(),
        }
    }
}

impl Coverage {
    /// Of a profile that was never seen.
    pub fn none(until: Timestamp) -> Self {
        let spans = Vec::new();
        Self {
            from: None,
            until: until.into(),
            spans,
            observed_seconds: 0.0,
            share: None,
            longest_gap_seconds: 0.0,
        }
    }

    /// Of the spans that touch the period, oldest first.
    pub fn of(from: Timestamp, until: Timestamp, spans: &[coverage::Span]) -> Self {
        let (mut observed, mut longest_gap, mut seen_until) = (Duration::ZERO, Duration::ZERO, from);
        let mut cut = Vec::new();
        for span in spans {
            let (start, end) = (span.from.max(from), span.until.min(until));
            if start > end {
                continue;
            }
            observed += end.since(start);
            longest_gap = longest_gap.max(start.since(seen_until));
            seen_until = end;
            cut.push(Span { from: start.into(), until: end.into() });
        }
        let length = until.since(from);
        Self {
            from: Some(from.into()),
            until: until.into(),
            spans: cut,
            observed_seconds: observed.as_secs_f64(),
            share: (!length.is_zero()).then(|| observed.as_secs_f64() / length.as_secs_f64()),
            longest_gap_seconds: longest_gap.max(until.since(seen_until)).as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_the_period_count_as_gaps() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let span = |from, until| coverage::Span { from: at(from), until: at(until) };
        let coverage = Coverage::of(at(0), at(100), &[span(-50, 20), span(60, 80)]);
        assert_eq!((coverage.observed_seconds, coverage.longest_gap_seconds), (40.0, 40.0));
        assert_eq!(coverage.share, Some(0.4));
        assert_eq!(coverage.spans[0].from, at(0).into());
        assert_eq!(Coverage::of(at(0), at(100), &[]).longest_gap_seconds, 100.0);
        assert_eq!(Coverage::of(at(5), at(5), &[]).share, None);
    }
}
