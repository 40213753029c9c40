//! What the commands give to programs: the API's own objects, with the names that tell lines apart.

use serde::Serialize;
use tgbio_core::alarm::Alarm;
use tgbio_core::store::{Held, ProfileRecord, Revision, SearchHit};
use tgbio_core::{Checked, Timestamp};

use crate::auth::TokenInfo;
use crate::wire;

/// One look.
#[derive(Debug, Serialize)]
pub struct CheckLine {
    id: String,
    username: String,
    #[serde(flatten)]
    answer: wire::CheckAnswer,
    revisions: Vec<u64>,
    next_check_at: wire::Time,
}

impl CheckLine {
    /// A look with what waits afterwards.
    pub fn new(checked: &Checked, held: &[Held], alarms: &[Alarm]) -> Self {
        Self {
            id: checked.id.to_string(),
            username: checked.username.to_string(),
            answer: wire::CheckAnswer::new(checked, held, alarms),
            revisions: checked.revisions.clone(),
            next_check_at: checked.next_check_at.into(),
        }
    }
}

/// A place where a text was found.
#[derive(Debug, Serialize)]
pub struct HitLine {
    profile_id: String,
    username: String,
    revision: u64,
    field: &'static str,
    text: String,
    first_seen: wire::Time,
}

impl From<&SearchHit> for HitLine {
    fn from(hit: &SearchHit) -> Self {
        Self {
            profile_id: hit.profile_id.to_string(),
            username: hit.username.to_string(),
            revision: hit.revision,
            field: hit.field.as_str(),
            text: hit.text.clone(),
            first_seen: hit.first_seen.into(),
        }
    }
}

/// A token; not its secret.
#[derive(Debug, Serialize)]
pub struct TokenLine {
    name: String,
    scope: &'static str,
    created_at: wire::Time,
    last_used_at: Option<wire::Time>,
}

impl From<&TokenInfo> for TokenLine {
    fn from(token: &TokenInfo) -> Self {
        let time = |millis| Timestamp::from_millis(millis).into();
        Self {
            name: token.name.clone(),
            scope: token.scope.as_str(),
            created_at: time(token.created_at),
            last_used_at: token.last_used_at.map(time),
        }
    }
}

/// A line of an export.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExportLine {
    /// A followed profile.
    Profile(Box<wire::FollowedProfile>),
    /// One of its revisions.
    Revision {
        /// Whose.
        profile_id: String,
        /// The revision.
        #[serde(flatten)]
        revision: Box<wire::Revision>,
    },
}

impl ExportLine {
    /// The line of a profile.
    pub fn profile(record: &ProfileRecord) -> Self {
        Self::Profile(Box::new(wire::FollowedProfile::new(record)))
    }

    /// The line of a revision.
    pub fn revision(record: &ProfileRecord, revision: &Revision) -> Self {
        Self::Revision { profile_id: record.id.to_string(), revision: Box::new(revision.into()) }
    }
}
