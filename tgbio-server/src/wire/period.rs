//! Measurements and observation over a period of time, in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::store::PhotoSight;
use tgbio_core::{PHOTO_ONCE_IN, Timestamp, coverage, store};

use super::Time;
use crate::watched::Watched;

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
    /// The gaps between the spans and at the edges of the period, oldest first.
    pub gaps: Vec<Span>,
    /// The longest gap in seconds, at the edges of the period as well.
    pub longest_gap_seconds: f64,
    /// How long a change within the period may have stayed unseen at worst, in seconds, until the look after the period or,
    /// where there was none yet, until now; `null` when the profile was first seen after the period began or never: a change
    /// before that is never seen.
    #[oai(nullable)]
    pub worst_delay_seconds: Option<f64>,
    /// How many revisions tell of a change that happened, or may have happened, within the period.
    pub changes: u64,
    /// Until when it can be said that nothing has changed since the start of the period: the same state was seen whole then, and
    /// no photo was shown that was not read. `null` when something changed or that was not seen.
    #[oai(nullable)]
    pub unchanged_until: Option<Time>,
    /// Whether the photo that is shown now was read: `false` while it may be another one than the one that is kept. `null`
    /// where there is nothing to read.
    #[oai(nullable)]
    pub photo_read: Option<bool>,
    /// When the photo that was read last was shown last, where another address is shown now that was not read yet.
    #[oai(nullable)]
    pub photo_known_until: Option<Time>,
    /// How much later than `worst_delay_seconds` another photo may be seen, because photos are read at most once in this time;
    /// one that is shown for a shorter time may be missed. `null` where there is nothing to read, or none was ever read.
    #[oai(nullable)]
    pub photo_delay_seconds: Option<f64>,
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
        Self {
            from: None,
            until: until.into(),
            spans: Vec::new(),
            observed_seconds: 0.0,
            share: None,
            gaps: Vec::new(),
            longest_gap_seconds: 0.0,
            worst_delay_seconds: None,
            changes: 0,
            unchanged_until: None,
            photo_read: None,
            photo_known_until: None,
            photo_delay_seconds: None,
        }
    }
}

impl From<&Watched> for Coverage {
    fn from(watched: &Watched) -> Self {
        let watch = &watched.watch;
        let (photo_read, photo_known_until) = match watched.photo {
            PhotoSight::ByLooks => (None, None),
            PhotoSight::Read => (Some(true), None),
            PhotoSight::Unread { known_until } => (Some(false), known_until),
        };
        let was_read = photo_read == Some(true) || photo_known_until.is_some();
        let spans = |spans: &[coverage::Span]| -> Vec<Span> {
            spans.iter().map(|span| Span { from: span.from.into(), until: span.until.into() }).collect()
        };
        Self {
            from: Some(watch.from.into()),
            until: watch.until.into(),
            spans: spans(&watch.spans),
            observed_seconds: watch.observed.as_secs_f64(),
            share: watch.share(),
            gaps: spans(&watch.gaps),
            longest_gap_seconds: watch.longest_gap().as_secs_f64(),
            worst_delay_seconds: watched.from_the_start.then_some(watch.worst_delay.as_secs_f64()),
            changes: watched.changes,
            unchanged_until: watched.unchanged_until.map(Time::from),
            photo_read,
            photo_known_until: photo_known_until.map(Time::from),
            photo_delay_seconds: was_read.then_some(PHOTO_ONCE_IN.as_secs_f64()),
        }
    }
}
