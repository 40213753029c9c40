//! Pages that are kept although nothing of them is judged, for whoever mends the reader.

use super::Tracker;
use crate::store::{Claim, StrayPage};
use crate::{FetchError, FetchErrorKind, Observation, Timestamp, UnrecognisedReason};

/// A page whose layout is not known.
const LAYOUT: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);

impl Tracker {
    /// Keeps a page that cannot be read or is not believed; that it is not kept fails nothing.
    pub(super) async fn keep_stray(
        &self,
        claim: &Claim,
        look: &Result<Observation, FetchError>,
        drifts: bool,
        now: Timestamp,
    ) {
        let (fetcher, reason, evidence) = match look {
            Ok(seen) if drifts => (&*seen.fetcher, "drift", seen.evidence.as_ref()),
            Err(error) if error.kind() == LAYOUT => (error.fetcher(), "layout", error.evidence()),
            _ => return,
        };
        let Some(evidence) = evidence
            .filter(|_| self.inner.keep_evidence && self.inner.watch.keeps_stray(claim.record.id, now))
        else {
            return;
        };
        let page = StrayPage::new(claim.record.id, now, fetcher, reason, evidence.clone());
        if let Err(error) = self.inner.store.keep_stray(&page).await {
            tracing::warn!(profile = %claim.record.id, %error, "a page that was not judged could not be kept");
        }
    }
}
