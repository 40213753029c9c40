//! A followed profile in JSON: what it says about itself, and what is known about the following.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::store::{Page, ProfileRecord};
use uuid::Uuid;

use super::{Interval, ProfileFields, Time};

/// A followed profile. Before the first good look all fields of the profile but `username` are hidden.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Profile")]
pub struct FollowedProfile {
    /// The stable id; it stays when the username changes.
    pub id: Uuid,
    /// Since when it is followed.
    pub followed_at: Time,
    /// Whether it is looked at; `false` is paused.
    pub monitored: bool,
    /// `unknown`, `present`, `suspected_missing` or `missing`.
    pub presence: String,
    /// How the last look ended: `profile`, `not_found`, `invalid_name`, `unrecognised`, `rate_limited`, `denied` or
    /// `unreachable`. `null` before the first look.
    #[oai(nullable)]
    pub health: Option<String>,
    /// The reason code of a failed look.
    #[oai(nullable)]
    pub health_reason: Option<String>,
    /// The last look said something suspicious while the source could not be believed.
    pub health_doubted: bool,
    /// How many revisions there are.
    pub revisions: u64,
    /// First good look.
    #[oai(nullable)]
    pub first_observed_at: Option<Time>,
    /// Last look, good or failed.
    #[oai(nullable)]
    pub last_checked_at: Option<Time>,
    /// When the newest change was first seen; the first revision is no change.
    #[oai(nullable)]
    pub last_changed_at: Option<Time>,
    /// When it is looked at next; `null` while it is paused.
    #[oai(nullable)]
    pub next_check_at: Option<Time>,
    /// The fixed interval, like `5m`; `null` is the default, which adapts to how often the profile changes.
    #[oai(nullable)]
    pub interval: Option<String>,
    /// `low`, `normal` or `high`: what it gets of a request budget that is too small for all.
    pub priority: String,
    /// The note of purpose; strangers on a public server see none.
    #[oai(nullable)]
    pub note: Option<String>,
    /// Tags, sorted; strangers on a public server see none.
    pub tags: Vec<String>,
    /// Which photo it is, like `sha256:...`; `null` until its bytes have been read.
    #[oai(nullable)]
    pub photo: Option<String>,
    /// What the profile says about itself.
    #[oai(flatten)]
    #[serde(flatten)]
    pub profile: ProfileFields,
}

/// A page of followed profiles.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ProfilePage")]
pub struct FollowedPage {
    /// The profiles.
    pub items: Vec<FollowedProfile>,
    /// Where the next page starts; `null` at the end.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

impl FollowedProfile {
    /// A record as its followers see it.
    pub fn new(record: &ProfileRecord) -> Self {
        let health = record.health.as_ref();
        let time = |time: Option<tgbio_core::Timestamp>| time.map(Time);
        let unknown = || ProfileFields::unknown(&record.username);
        Self {
            id: record.id.uuid(),
            followed_at: record.followed_at.into(),
            monitored: record.monitored,
            presence: record.presence.to_string(),
            health: health.map(|health| health.outcome.to_string()),
            health_reason: health.and_then(|health| health.reason.clone()),
            health_doubted: health.is_some_and(|health| health.doubted),
            revisions: record.revisions,
            first_observed_at: time(record.first_observed_at),
            last_checked_at: time(record.last_checked_at),
            last_changed_at: time(record.last_changed_at),
            next_check_at: time(record.next_check_at),
            interval: record.interval.map(|interval| Interval(interval).to_string()),
            priority: record.priority.to_string(),
            note: record.note.clone(),
            tags: record.tags.clone(),
            photo: record.state.as_ref().and_then(|state| state.photo_id()).map(|id| id.as_str().to_owned()),
            profile: record
                .state
                .as_ref()
                .map_or_else(unknown, |state| ProfileFields::new(state, &record.counts)),
        }
    }

    /// Without what is only for those who keep the list.
    #[must_use]
    pub fn for_strangers(self) -> Self {
        Self { note: None, tags: Vec::new(), ..self }
    }
}

impl FollowedPage {
    /// A page of records.
    pub fn new(page: &Page<ProfileRecord>) -> Self {
        let items = page.items.iter().map(FollowedProfile::new).collect();
        Self { items, next_cursor: page.next_cursor.clone() }
    }
}
