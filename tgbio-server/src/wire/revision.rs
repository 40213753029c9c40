//! A revision in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::store;

use super::{ProfileFields, Time};

/// The state of a profile from one change to the next. The old state was last seen at `last_seen_before`, the new one
/// first at `first_seen`, and it was held until `confirmed_at`.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Revision")]
pub struct Revision {
    /// The number within the profile, from 1; never used again.
    pub number: u64,
    /// The names of the fields that differ from the revision before; for the first one all that are known.
    pub changed: Vec<String>,
    /// When the state before was last seen; `null` for the first revision.
    #[oai(nullable)]
    pub last_seen_before: Option<Time>,
    /// When this state was first seen.
    pub first_seen: Time,
    /// Until when it was held; the same as `first_seen` when it was believed at once.
    pub confirmed_at: Time,
    /// The backend that saw it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
    /// SHA-256 of the raw answer, in hexadecimal; `null` where none was kept.
    #[oai(nullable)]
    pub evidence_sha256: Option<String>,
    /// When a newer reader corrected it from the kept raw answer; `null` when it stands as it was written first.
    #[oai(nullable)]
    pub corrected_at: Option<Time>,
    /// `present` or `missing`.
    pub presence: String,
    /// Which photo it is, like `sha256:...`; `null` until its bytes have been read.
    #[oai(nullable)]
    pub photo: Option<String>,
    /// What the profile said about itself.
    #[oai(flatten)]
    #[serde(flatten)]
    pub profile: ProfileFields,
}

/// A page of revisions, oldest first.
#[derive(Debug, Clone, Object)]
#[oai(rename = "RevisionPage")]
pub struct RevisionPage {
    /// The revisions.
    pub items: Vec<Revision>,
    /// Where the next page starts; `null` at the end.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

impl From<&store::Revision> for Revision {
    fn from(revision: &store::Revision) -> Self {
        Self {
            number: revision.number,
            changed: revision.changed.iter().map(ToString::to_string).collect(),
            last_seen_before: revision.last_seen_before.map(Time),
            first_seen: revision.first_seen.into(),
            confirmed_at: revision.confirmed_at.into(),
            fetcher: revision.fetcher.clone(),
            parser: revision.parser.clone(),
            evidence_sha256: revision.evidence_sha256.map(hex::encode),
            corrected_at: revision.corrected_at.map(Time),
            presence: revision.presence.to_string(),
            photo: revision.profile.photo_id().map(|id| id.as_str().to_owned()),
            profile: ProfileFields::new(&revision.profile, &revision.counts),
        }
    }
}
