//! Pages that could not be judged, kept for whoever mends the reader.

use crate::{Evidence, ProfileId, Timestamp};

/// How many are kept.
pub const STRAY_PAGES: usize = 1_000;

/// A page of a followed profile that was not read, or not believed because its source has drifted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrayPage {
    /// Whose page was asked for.
    pub profile_id: ProfileId,
    /// When.
    pub at: Timestamp,
    /// The backend.
    pub fetcher: String,
    /// Why it was not judged, as a reason code: `layout`, or `drift`.
    pub reason: String,
    /// The raw answer.
    pub evidence: Evidence,
}

impl StrayPage {
    /// A page that was asked for a profile.
    pub fn new(
        profile_id: ProfileId,
        at: Timestamp,
        fetcher: &str,
        reason: &str,
        evidence: Evidence,
    ) -> Self {
        Self { profile_id, at, fetcher: fetcher.to_owned(), reason: reason.to_owned(), evidence }
    }
}
