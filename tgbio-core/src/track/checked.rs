//! What a look came to, for whoever asked for it.

use std::time::Duration;

use crate::store::{CheckRecord, Claim, Committed, StoreError};
use crate::{FetchError, Field, Outcome, ProfileId, Timestamp, Username, WaitScope};

/// A finished look.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Whose.
    pub id: ProfileId,
    /// The name that was asked for.
    pub username: Username,
    /// How it ended.
    pub outcome: Outcome,
    /// The reason code.
    pub reason: Option<&'static str>,
    /// The failure in words.
    pub message: Option<String>,
    /// How long the answer asked to wait.
    pub retry_after: Option<Duration>,
    /// What must wait, where it was a wait.
    pub wait_scope: Option<WaitScope>,
    /// The fields that changed in history, all known ones at the first look.
    pub changed: Vec<Field>,
    /// It was the first look that saw the profile: what it saw is a baseline and no change.
    pub first: bool,
    /// It said something suspicious and no canary vouched for the source.
    pub doubted: bool,
    /// The numbers of the new revisions.
    pub revisions: Vec<u64>,
    /// It failed, and the look before it had not.
    pub began_to_fail: bool,
    /// When it is looked at next.
    pub next_check_at: Timestamp,
    /// A photo waits to be read.
    pub photo_due: bool,
}

impl Checked {
    pub(super) fn new(claim: &Claim, error: Option<&FetchError>, check: &CheckRecord) -> Self {
        Self {
            id: claim.record.id,
            username: claim.record.username.clone(),
            outcome: error.map_or(check.health.outcome, |error| error.kind().into()),
            reason: error.and_then(FetchError::reason),
            message: error.map(ToString::to_string),
            retry_after: error.and_then(FetchError::retry_after),
            wait_scope: error.and_then(FetchError::wait_scope),
            changed: check.revisions.iter().flat_map(|revision| revision.changed()).collect(),
            first: claim.record.state.is_none(),
            doubted: check.health.doubted && error.is_none_or(|error| error.not_asked_for().is_none()),
            revisions: Vec::new(),
            began_to_fail: claim.record.failures == 0 && check.failures > 0,
            next_check_at: check.next_check_at,
            photo_due: false,
        }
    }

    pub(super) fn committed(mut self, committed: Committed) -> Self {
        self.revisions = committed.numbers;
        self
    }
}

/// Why a look on demand did not happen.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Somebody else looks at the profile just now.
    #[error("this profile is being checked just now: try again in a moment")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a profile was not followed. Nothing was stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It could not be read; [`FetchError::kind`] says whether it does not exist or cannot be asked for.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It was not found, and neither was a profile that surely exists: the source cannot be believed now.
    #[error(
        "@{username} was not found, but neither was a profile that surely exists: the source is not to be believed now, try again later"
    )]
    Doubtful {
        /// The name as asked.
        username: Username,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
