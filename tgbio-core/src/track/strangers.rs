//! Where one backend follows ids and another one knows names alone, the second may read the page of whoever has a freed
//! name. What looks like another owner there is asked for by the id, and believed as it stands only when no backend
//! that follows ids will answer, or none has for a day.

use std::time::Duration;

use super::Tracker;
use super::ids::{PATIENCE, differs, signs};
use crate::store::{Claim, ProfileRecord};
use crate::{FetchError, FetchErrorKind, Observation, Presence, Retry, UnreachableReason};

/// For so long after its last good look a profile waits for a backend that can tell whose page it is.
const UNTOLD: Duration = Duration::from_secs(24 * 3600);

/// Whether it may be the page of another owner of the name, of a profile whose id is known: of another kind, with another
/// name and not the same bio, back after it was gone, or with two of bio, photo, badge and spelling changed at once.
fn is_perhaps_another(record: &ProfileRecord, seen: &Observation) -> bool {
    let Some(kept) = &record.state else { return false };
    let new = &seen.profile;
    let same_bio = kept.bio.present().is_some() && kept.bio == new.bio;
    kept.telegram_id.present().is_some()
        && new.telegram_id.is_hidden()
        && (differs(&kept.kind, &new.kind)
            || record.presence == Presence::Missing
            || (differs(&kept.display_name, &new.display_name) && !same_bio)
            || signs(kept, new) >= 2)
}

/// Whether a backend has said that it will not answer again, so that nobody can be waited for.
fn is_final(error: &FetchError) -> bool {
    let never = |error: &FetchError| {
        matches!(error.kind(), FetchErrorKind::Denied(_)) && error.retry() == Retry::Never
    };
    never(error) || error.other().is_some_and(never)
}

/// Of what the backends said the wait of the one that is waited for.
fn wait_of(error: FetchError) -> FetchError {
    let other = error.other().filter(|other| other.retry_after().is_some()).cloned();
    if error.retry_after().is_some() { error } else { other.unwrap_or(error) }
}

impl Tracker {
    /// Where a look may show somebody else, what the backend says that follows the id takes its place. While that one cannot
    /// answer the look has failed, but not for ever.
    pub(super) async fn ask_by_id_if_strange(
        &self,
        claim: &Claim,
        seen: &mut Observation,
    ) -> Result<(), FetchError> {
        let (record, fetcher) = (&claim.record, &self.inner.fetcher);
        if !is_perhaps_another(record, seen) || !fetcher.capabilities().follows_renames {
            return Ok(());
        }
        let target = claim.target().only_by_id(true);
        let error = match tokio::time::timeout(PATIENCE, fetcher.fetch(&target)).await {
            Ok(Ok(own)) => {
                *seen = own;
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => {
                let kind = FetchErrorKind::Unreachable(UnreachableReason::Timeout);
                FetchError::new(seen.fetcher.clone(), target.username.clone(), kind)
            }
        };
        let now = self.inner.clock.now();
        let longest = UNTOLD.saturating_add(record.planned(&self.inner.rules, now));
        let untold = record.last_seen_at.is_none_or(|last| now.since(last) >= longest);
        if untold || is_final(&error) { Ok(()) } else { Err(wait_of(error)) }
    }
}
