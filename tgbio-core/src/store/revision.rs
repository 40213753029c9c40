//! A revision: the state of a profile from one change to the next.

use crate::{Change, Counts, Evidence, Field, FieldValue, Presence, Profile, ProfileId, Timestamp, Username};

/// One entry of a profile's history, never changed once it is written, except that a person removes one.
///
/// Its time is an interval: the old state was last seen at `last_seen_before`, the new one first at `first_seen`, and it
/// was held until `confirmed_at`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Revision {
    /// The number within the profile, from 1; never used again.
    pub number: u64,
    /// The fields that differ from the revision before; for the first one all that are known.
    pub changed: Vec<Field>,
    /// The whole state.
    pub profile: Profile,
    /// Present or missing.
    pub presence: Presence,
    /// The measurements at the time.
    pub counts: Counts,
    /// When the state before was last seen; `None` for the first revision.
    pub last_seen_before: Option<Timestamp>,
    /// When this state was first seen.
    pub first_seen: Timestamp,
    /// Until when it was held; the same as `first_seen` when it was believed at once.
    pub confirmed_at: Timestamp,
    /// The backend that saw it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
    /// SHA-256 of the raw answer, where one was kept.
    pub evidence_sha256: Option<[u8; 32]>,
    /// When a newer reader corrected it; what was written before stays in the chain.
    pub corrected_at: Option<Timestamp>,
}

/// A revision that is to be written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewRevision {
    /// What changed; empty for the first revision, whose `changed` is all that is known.
    pub changes: Vec<Change>,
    /// The whole state.
    pub profile: Profile,
    /// Present or missing.
    pub presence: Presence,
    /// The measurements at the time.
    pub counts: Counts,
    /// When the state before was last seen.
    pub last_seen_before: Option<Timestamp>,
    /// When this state was first seen.
    pub first_seen: Timestamp,
    /// When it was believed.
    pub confirmed_at: Timestamp,
    /// The backend that saw it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
}

impl NewRevision {
    /// The names of the changed fields, or of all known ones in a first revision.
    pub fn changed(&self) -> Vec<Field> {
        if self.changes.is_empty() {
            self.profile.known_fields()
        } else {
            self.changes.iter().map(|change| change.field).collect()
        }
    }

    /// The revision as it is kept.
    pub(crate) fn numbered(&self, number: u64, evidence_sha256: Option<[u8; 32]>) -> Revision {
        Revision {
            number,
            changed: self.changed(),
            profile: self.profile.clone(),
            presence: self.presence,
            counts: self.counts,
            last_seen_before: self.last_seen_before,
            first_seen: self.first_seen,
            confirmed_at: self.confirmed_at,
            fetcher: self.fetcher.clone(),
            parser: self.parser.clone(),
            evidence_sha256,
            corrected_at: None,
        }
    }
}

/// Where the evidence of what is written comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EvidenceSource {
    /// There is none.
    None,
    /// A new answer.
    New(Evidence),
    /// The answer that is kept with a waiting change.
    OfHeld(super::HeldId),
}

/// One entry of the change log: the monotonic feed of everything that changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LoggedChange {
    /// Its place, from 1, never used again.
    pub seq: u64,
    /// Whose.
    pub profile_id: ProfileId,
    /// The name at the time; empty of content when the profile was erased since.
    pub username: Option<Username>,
    /// The revision's number.
    pub revision: u64,
    /// Which field.
    pub field: Field,
    /// The value before.
    pub before: Option<FieldValue>,
    /// The value after.
    pub after: Option<FieldValue>,
    /// When the old value was last seen.
    pub last_seen_before: Option<Timestamp>,
    /// When the new value was first seen.
    pub first_seen: Timestamp,
    /// It was removed later: both values are gone.
    pub removed: bool,
}

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountPoint {
    /// When.
    pub at: Timestamp,
    /// What.
    pub counts: Counts,
}

impl CountPoint {
    /// A measurement at a time.
    pub fn new(at: Timestamp, counts: Counts) -> Self {
        Self { at, counts }
    }
}

/// A kept raw answer with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptEvidence {
    /// The answer.
    pub evidence: Evidence,
    /// SHA-256 of its body.
    pub sha256: [u8; 32],
}

impl KeptEvidence {
    /// An answer and its hash.
    pub fn new(evidence: Evidence, sha256: [u8; 32]) -> Self {
        Self { evidence, sha256 }
    }
}
