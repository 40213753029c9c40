//! What goes on at the source and keeps changes from being believed, and with what delay changes are told, in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::alarm::{self, AlarmCause};
use tgbio_core::drift::SelectorRate;
use tgbio_core::schedule::Expectation;

use super::Time;

/// Something that goes on at the source: while it lasts, what it concerns is held or not judged.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Alarm")]
pub struct Alarm {
    /// What tells it from others, like `surge/emptied:bio` or `drift/scrape/bio`.
    pub key: String,
    /// `surge`: many profiles change in the same way; `drift`: a backend does not show what it showed.
    pub kind: String,
    /// The kind of change of a surge, like `emptied:bio`, for deciding about it.
    #[oai(nullable)]
    pub surge: Option<String>,
    /// The backend that has drifted.
    #[oai(nullable)]
    pub fetcher: Option<String>,
    /// The field that it does not show any more; `null` when nothing of it is judged, and for surges.
    #[oai(nullable)]
    pub field: Option<String>,
    /// The circuit breaker of a drift, like `scrape:bio` or `scrape`, for deciding about it.
    #[oai(nullable)]
    pub drift: Option<String>,
    /// When a person has closed this breaker although its cause lasts: it is judged since then.
    #[oai(nullable)]
    pub accepted_at: Option<Time>,
    /// Since when.
    pub since: Time,
    /// When it was last seen to go on.
    pub seen_at: Time,
    /// How many profiles a surge has concerned at most within its window; `null` for a drift, whose `detail` says what it is
    /// known by.
    #[oai(nullable)]
    pub profiles: Option<u64>,
    /// What it is and what it means, in words.
    pub message: String,
    /// What was noticed, in words.
    pub detail: String,
}

impl From<&alarm::Alarm> for Alarm {
    fn from(alarm: &alarm::Alarm) -> Self {
        let (fetcher, field) = match &alarm.cause {
            AlarmCause::Drift { fetcher, field } => {
                (Some(fetcher.clone()), field.map(|field| field.to_string()))
            }
            _ => (None, None),
        };
        Self {
            key: alarm.key(),
            kind: alarm.kind().to_owned(),
            surge: alarm.surge().map(|kind| kind.code()),
            fetcher,
            field,
            drift: drift_code(alarm),
            accepted_at: alarm.accepted.as_ref().map(|word| word.at.into()),
            since: alarm.since.into(),
            seen_at: alarm.seen_at.into(),
            profiles: alarm.surge().map(|_| alarm.profiles),
            message: alarm.to_string(),
            detail: alarm.detail.clone(),
        }
    }
}

/// What a circuit breaker is decided about by, like `scrape:bio`; `None` for a surge.
pub fn drift_code(alarm: &alarm::Alarm) -> Option<String> {
    alarm.key().strip_prefix("drift/").map(|rest| rest.replace('/', ":"))
}

/// The key of the alarm with this code.
pub fn drift_key(code: &str) -> String {
    format!("drift/{}", code.replace(':', "/"))
}

/// What a decision about a surge came to.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "SettledSurge")]
pub struct SettledSurge {
    /// Waiting changes that were decided.
    pub settled: u64,
}

/// How often a selector of a backend finds something on pages; by a name like `profiles/channel`, how often profiles of that
/// kind show a field.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Selector")]
pub struct Selector {
    /// The backend.
    pub fetcher: String,
    /// The selector.
    pub selector: String,
    /// The field that is read by it.
    #[oai(nullable)]
    pub field: Option<String>,
    /// Pages over all runs; beyond a few thousand the older ones fade.
    pub pages: u64,
    /// Of them with a hit.
    pub hits: u64,
    /// Pages without a hit since the last one with it.
    pub missed: u64,
    /// The last hit.
    #[oai(nullable)]
    pub last_hit_at: Option<Time>,
    /// Of profiles: how many followed ones have shown the field and were read without it since the last hit.
    pub lost: u64,
}

impl From<SelectorRate> for Selector {
    fn from(rate: SelectorRate) -> Self {
        Self {
            selector: rate.selector.into_owned(),
            field: rate.field.map(|field| field.to_string()),
            pages: rate.pages,
            hits: rate.hits,
            missed: rate.missed,
            last_hit_at: rate.last_hit_at.map(Time),
            lost: rate.lost,
            fetcher: rate.fetcher,
        }
    }
}

/// With what delay a change of a profile is told, and what it would cost to halve that.
#[derive(Debug, Clone, PartialEq, Object, Serialize)]
#[oai(rename = "Delay")]
pub struct Delay {
    /// Seconds between two regular looks now.
    pub interval_seconds: f64,
    /// How late looks come at present, because the requests that the host allows do not suffice for all, or because it
    /// asked to wait.
    pub late_seconds: f64,
    /// How late a change is seen on average, with that.
    pub mean_seconds: f64,
    /// How late it is seen at most, with that and as long as no look fails.
    pub longest_seconds: f64,
    /// How much later it is told when it must be confirmed.
    pub confirmation_seconds: f64,
    /// How much later another photo may be seen: photos are read at most once in this time. `null` where there is nothing to
    /// read.
    #[oai(nullable)]
    pub photo_seconds: Option<f64>,
    /// Requests per day for this profile.
    pub requests_per_day: f64,
    /// How many more requests per day half the delay would cost.
    pub more_requests_for_half: f64,
}

impl From<Expectation> for Delay {
    fn from(expected: Expectation) -> Self {
        Self {
            interval_seconds: expected.interval.as_secs_f64(),
            late_seconds: expected.late.as_secs_f64(),
            mean_seconds: expected.mean_delay.as_secs_f64(),
            longest_seconds: expected.longest_delay.as_secs_f64(),
            confirmation_seconds: expected.confirmation.as_secs_f64(),
            photo_seconds: expected.photo.map(|photo| photo.as_secs_f64()),
            requests_per_day: expected.requests_per_day,
            more_requests_for_half: expected.more_for_half,
        }
    }
}
