//! Alarms: what goes on at the source and keeps changes from being believed. They last over restarts.

use crate::store::Held;
use crate::surge::SurgeKind;
use crate::{Field, Timestamp};

/// Why there is an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlarmCause {
    /// Many profiles change in the same way; see [`crate::surge`].
    Surge(SurgeKind),
    /// A backend cannot be read well any more; see [`crate::drift`].
    Drift {
        /// The backend.
        fetcher: String,
        /// The field that it does not show any more; `None` when it shows nothing.
        field: Option<Field>,
    },
}

/// Something that goes on at the source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alarm {
    /// Why.
    pub cause: AlarmCause,
    /// When it was raised.
    pub since: Timestamp,
    /// Changes of a surge that were first seen from here on belong to it.
    pub from: Timestamp,
    /// When it was last seen to go on.
    pub seen_at: Timestamp,
    /// How many profiles it concerned at most, within a surge's window; 0 where that is not known.
    pub profiles: u64,
    /// What was noticed, in words without any text of a profile.
    pub detail: String,
    /// A person has closed this circuit breaker: what the source shows is right, and is judged all the same. Never in a surge.
    pub accepted: Option<Acceptance>,
}

/// A person's word that a source is well where it seems to have drifted. It holds for what was noticed then, and ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acceptance {
    /// When it was given.
    pub at: Timestamp,
    /// The grounds of the [breach](crate::drift::Breach) that it is about; `None` until the next account is taken: those of then.
    pub grounds: Option<Vec<String>>,
}

impl Acceptance {
    /// A person's word of now.
    pub fn new(at: Timestamp) -> Self {
        Self { at, grounds: None }
    }
}

impl Alarm {
    /// An alarm that is raised now.
    pub fn new(cause: AlarmCause, now: Timestamp, detail: impl Into<String>) -> Self {
        Self {
            cause,
            since: now,
            from: now,
            seen_at: now,
            profiles: 0,
            detail: detail.into(),
            accepted: None,
        }
    }

    /// Whether it keeps anything from being believed: a breaker that a person has closed does not.
    pub fn is_open(&self) -> bool {
        self.accepted.is_none()
    }

    /// What tells it from others, like `surge/emptied:bio`, `drift/scrape/bio` or `drift/scrape`.
    pub fn key(&self) -> String {
        match &self.cause {
            AlarmCause::Surge(kind) => format!("surge/{}", kind.code()),
            AlarmCause::Drift { fetcher, field: Some(field) } => format!("drift/{fetcher}/{field}"),
            AlarmCause::Drift { fetcher, field: None } => format!("drift/{fetcher}"),
        }
    }

    /// What an alarm with this key is about.
    pub fn cause_of(key: &str) -> Option<AlarmCause> {
        match key.split_once('/')? {
            ("surge", code) => SurgeKind::from_code(code).map(AlarmCause::Surge),
            ("drift", rest) => {
                let (fetcher, field) =
                    rest.split_once('/').map_or((rest, None), |(f, field)| (f, Some(field)));
                let field = field.map(|name| Field::from_name(name).ok_or(())).transpose().ok()?;
                Some(AlarmCause::Drift { fetcher: fetcher.to_owned(), field })
            }
            _ => None,
        }
    }

    /// `surge` or `drift`.
    pub fn kind(&self) -> &'static str {
        match self.cause {
            AlarmCause::Surge(_) => "surge",
            AlarmCause::Drift { .. } => "drift",
        }
    }

    /// The surge, if it is one.
    pub fn surge(&self) -> Option<SurgeKind> {
        match self.cause {
            AlarmCause::Surge(kind) => Some(kind),
            AlarmCause::Drift { .. } => None,
        }
    }

    /// Whether a waiting change belongs to this surge.
    pub fn covers(&self, held: &Held) -> bool {
        self.surge().is_some_and(|kind| kind.covers(held)) && held.first_seen >= self.from
    }
}

const ACCEPTED: &str = "a person has said that this is right, and it is judged";

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.cause {
            AlarmCause::Surge(kind) => {
                let many = format!("many profiles change in the same way at once ({})", kind.code());
                write!(f, "surge: {many}: these changes wait")
            }
            AlarmCause::Drift { fetcher, field: Some(field) } => {
                let judged = if self.is_open() { "it is not judged" } else { ACCEPTED };
                write!(f, "drift: {fetcher} does not show the field {field} any more: {judged}")
            }
            AlarmCause::Drift { fetcher, field: None } => {
                let judged = if self.is_open() { "nothing of it is judged" } else { ACCEPTED };
                write!(f, "drift: {fetcher} does not show profiles as it did: {judged}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        for key in ["surge/emptied:bio", "drift/scrape/verified", "drift/scrape"] {
            let alarm = Alarm::new(Alarm::cause_of(key).unwrap(), Timestamp::from_millis(0), "");
            assert_eq!(alarm.key(), key);
        }
        for other in ["", "surge/x", "drift/scrape/no_such_field", "other/x"] {
            assert_eq!(Alarm::cause_of(other), None, "{other}");
        }
    }
}
