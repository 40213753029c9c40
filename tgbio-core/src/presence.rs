//! Whether there is a public profile, and how the last look ended: two facts that are kept apart.

use std::fmt;

use crate::{FetchErrorKind, Timestamp};

/// Whether there is a public profile by the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Presence {
    /// It was never seen.
    #[default]
    Unknown,
    /// It was there when it was last seen.
    Present,
    /// It was not found, and that is not confirmed yet.
    SuspectedMissing,
    /// It is gone, confirmed.
    Missing,
}

impl Presence {
    /// Every presence.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Present, Self::SuspectedMissing, Self::Missing];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Present => "present",
            Self::SuspectedMissing => "suspected_missing",
            Self::Missing => "missing",
        }
    }

    /// The presence with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|presence| presence.as_str() == name)
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a look ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outcome {
    /// A profile was recognised.
    Profile,
    /// There was no public profile by the name, for this client, then.
    NotFound,
    /// The site sent the name away.
    InvalidName,
    /// The answer was no profile page.
    Unrecognised,
    /// Asked too often.
    RateLimited,
    /// Refused.
    Denied,
    /// The network or the server failed.
    Unreachable,
}

impl Outcome {
    /// Every outcome, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Profile,
        Self::NotFound,
        Self::InvalidName,
        Self::Unrecognised,
        Self::RateLimited,
        Self::Denied,
        Self::Unreachable,
    ];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::NotFound => "not_found",
            Self::InvalidName => "invalid_name",
            Self::Unrecognised => "unrecognised",
            Self::RateLimited => "rate_limited",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
        }
    }

    /// The outcome with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

impl From<FetchErrorKind> for Outcome {
    fn from(kind: FetchErrorKind) -> Self {
        match kind {
            FetchErrorKind::NotFound => Self::NotFound,
            FetchErrorKind::InvalidName => Self::InvalidName,
            FetchErrorKind::RateLimited { .. } => Self::RateLimited,
            FetchErrorKind::Denied(_) => Self::Denied,
            FetchErrorKind::Unreachable(_) => Self::Unreachable,
            FetchErrorKind::Unrecognised(_) => Self::Unrecognised,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the last look at a profile ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The outcome.
    pub outcome: Outcome,
    /// Its reason code.
    pub reason: Option<String>,
    /// The look said something suspicious and no canary vouched for the source, so it was not judged.
    pub doubted: bool,
    /// When.
    pub at: Timestamp,
}

impl Health {
    /// The health after a look.
    pub fn new(outcome: Outcome, reason: Option<String>, at: Timestamp) -> Self {
        Self { outcome, reason, doubted: false, at }
    }
}
