//! Waiting changes, and what a look on demand came to, in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::alarm::Alarm;
use tgbio_core::{Checked, store};
use uuid::Uuid;

use super::outcome::seconds;
use super::{Change, Time};

/// A change that waits until repeats confirm it or a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Held")]
pub struct Held {
    /// Its id, for accepting and rejecting.
    pub id: i64,
    /// Whose.
    pub profile_id: Uuid,
    /// The username at the time.
    pub username: String,
    /// Why it is held: `disappeared`, `emptied`, `kind_changed`, `owner_changed` or `surge`.
    pub reason: String,
    /// The surge that it belongs to, like `emptied:bio`: it is not confirmed before that is over.
    #[oai(nullable)]
    pub surge: Option<String>,
    /// What would change; the deciding one first.
    pub changes: Vec<Change>,
    /// When the old state was last seen.
    #[oai(nullable)]
    pub last_seen_before: Option<Time>,
    /// When the new one was first seen.
    pub first_seen: Time,
    /// Repeats that agreed.
    pub confirmations: u32,
    /// When it was last seen in a way that counts.
    pub counted_at: Time,
    /// The backend that saw it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
}

/// A page of waiting changes, oldest first.
#[derive(Debug, Clone, Object)]
#[oai(rename = "HeldPage")]
pub struct HeldPage {
    /// The changes.
    pub items: Vec<Held>,
    /// Where the next page starts; `null` at the end.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

/// A change that a person has rejected and that the source still shows.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "RejectedChange")]
pub struct Rejected {
    /// When it was rejected; who did it stands in the audit log.
    #[oai(nullable)]
    pub rejected_at: Option<Time>,
    /// What was rejected.
    pub change: Held,
}

/// Rejected changes of a profile, oldest first.
#[derive(Debug, Clone, Object)]
#[oai(rename = "RejectedChanges")]
pub struct RejectedChanges {
    /// The changes.
    pub items: Vec<Rejected>,
    /// Always `null`: so few are kept that there is one list of them.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

impl From<&store::Rejected> for Rejected {
    fn from(rejected: &store::Rejected) -> Self {
        Self { rejected_at: rejected.at.map(Time), change: Held::from(&rejected.held) }
    }
}

/// What a look came to. A look that failed is an answer as well: see `outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "CheckAnswer")]
pub struct CheckAnswer {
    /// `profile`, `not_found`, `invalid_name`, `unrecognised`, `rate_limited`, `denied` or `unreachable`.
    pub outcome: String,
    /// The reason code of a failed look.
    #[oai(nullable)]
    pub reason: Option<String>,
    /// The failure in words.
    #[oai(nullable)]
    pub message: Option<String>,
    /// How many seconds the source asked to wait.
    #[oai(nullable)]
    pub retry_after: Option<u64>,
    /// The look said something suspicious while the source could not be believed: nothing was written of it.
    pub doubted: bool,
    /// The names of the fields that changed in the history; all known ones at the first look.
    pub changed: Vec<String>,
    /// The profile's waiting changes, oldest first.
    pub held: Vec<Held>,
}

impl From<&store::Held> for Held {
    fn from(held: &store::Held) -> Self {
        Self {
            id: held.id.0,
            profile_id: held.profile_id.uuid(),
            username: held.username.to_string(),
            reason: held.reason.to_string(),
            surge: None,
            changes: held.changes.iter().map(Change::from).collect(),
            last_seen_before: held.last_seen_before.map(Time),
            first_seen: held.first_seen.into(),
            confirmations: held.confirmations,
            counted_at: held.counted_at.into(),
            fetcher: held.fetcher.clone(),
            parser: held.parser.clone(),
        }
    }
}

impl Held {
    /// A waiting change with the surge that it belongs to.
    pub fn among(held: &store::Held, alarms: &[Alarm]) -> Self {
        let surge = alarms.iter().find(|alarm| alarm.covers(held)).and_then(Alarm::surge);
        Self { surge: surge.map(|kind| kind.code()), ..Self::from(held) }
    }
}

impl CheckAnswer {
    /// A finished look and the profile's waiting changes after it, with the alarms that go on.
    pub fn new(checked: &Checked, held: &[store::Held], alarms: &[Alarm]) -> Self {
        Self {
            outcome: checked.outcome.to_string(),
            reason: checked.reason.map(str::to_owned),
            message: checked.message.clone(),
            retry_after: checked.retry_after.map(seconds),
            doubted: checked.doubted,
            changed: checked.changed.iter().map(ToString::to_string).collect(),
            held: held.iter().map(|held| Held::among(held, alarms)).collect(),
        }
    }
}
