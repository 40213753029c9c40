//! One fetch or one saved page in JSON: a line of `fetch --json` and `parse --json`.

use std::time::Duration;

use serde::Serialize;
use tgbio_core::{FetchError, FetchErrorKind, Observation, Outcome, Username};

use super::ProfileFields;

/// How a look ended, with the profile if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeLine {
    /// The outcome's name.
    pub outcome: &'static str,
    /// The name as it was asked for.
    pub username: String,
    /// The profile.
    pub profile: Option<ProfileFields>,
    /// The reason code.
    pub reason: Option<&'static str>,
    /// The failure in words.
    pub message: Option<String>,
    /// How many seconds the answer asked to wait.
    pub retry_after: Option<u64>,
}

impl OutcomeLine {
    /// A profile that was read.
    pub fn profile(username: &Username, profile: ProfileFields) -> Self {
        Self {
            outcome: Outcome::Profile.as_str(),
            username: username.to_string(),
            profile: Some(profile),
            reason: None,
            message: None,
            retry_after: None,
        }
    }

    /// A failure of this kind.
    pub fn failed(username: &Username, kind: FetchErrorKind, message: String) -> Self {
        let retry_after = match kind {
            FetchErrorKind::RateLimited { retry_after, .. } => retry_after.map(seconds),
            _ => None,
        };
        Self {
            outcome: kind.outcome(),
            username: username.to_string(),
            profile: None,
            reason: kind.reason(),
            message: Some(message),
            retry_after,
        }
    }

    /// A text that cannot be a public username.
    pub fn impossible(text: &str, message: String) -> Self {
        Self {
            outcome: Outcome::InvalidName.as_str(),
            username: text.to_owned(),
            profile: None,
            reason: None,
            message: Some(message),
            retry_after: None,
        }
    }

    /// What came of a fetch.
    pub fn of(username: &Username, look: &Result<Observation, FetchError>) -> Self {
        match look {
            Ok(seen) => Self::profile(username, ProfileFields::new(&seen.profile, &seen.counts)),
            Err(error) => Self::failed(username, error.kind(), error.to_string()),
        }
    }
}

/// Whole seconds, rounded up, so that nobody asks too early.
pub fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tgbio_core::{Counts, Profile, RateLimitReason};

    #[test]
    fn every_key_is_always_there() {
        let name = Username::parse("someone").unwrap();
        let profile = ProfileFields::new(&Profile::new(name.clone()), &Counts::default());
        let wait = Some(Duration::from_millis(1_500));
        let kind = FetchErrorKind::RateLimited { retry_after: wait, reason: RateLimitReason::Http429 };
        for line in [
            OutcomeLine::profile(&name, profile),
            OutcomeLine::failed(&name, kind, "wait".to_owned()),
            OutcomeLine::impossible("a b", "no".to_owned()),
        ] {
            let json = serde_json::to_value(&line).unwrap();
            let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
            keys.sort_unstable();
            assert_eq!(keys, ["message", "outcome", "profile", "reason", "retry_after", "username"]);
        }
        let line = OutcomeLine::failed(&name, kind, "wait".to_owned());
        assert_eq!((line.reason, line.retry_after), (Some("http_429"), Some(2)));
    }
}
