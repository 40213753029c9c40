//! Stable ids without a log-in: read once for a channel, and again when a change looks like another owner.
//!
//! The id is one more request within the host's budget, for which the look waits at most [`PATIENCE`]. Where a
//! change looks like another owner and the id cannot be read, the look has failed; a source that tells no id is judged as
//! it is.
//!
//! Where one backend follows ids and another one knows names alone, the second may read the page of whoever has a freed
//! name. What looks like another owner there is asked for by the id, and believed as it stands only when no backend
//! that follows ids will answer, or none has for a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Tracker;
use crate::store::{Claim, ProfileRecord};
use crate::{
    FetchError, FetchErrorKind, Observation, Observed, Presence, ProfileId, ProfileKind, Retry, Target,
    Timestamp, UnreachableReason, UnrecognisedReason, judge,
};

/// How long a look waits for the id.
const PATIENCE: Duration = Duration::from_secs(20);
/// An id that could not be read is asked for again after this time.
const ONCE_IN: Duration = Duration::from_secs(24 * 3600);
/// Whether a lost name has come back is asked this often.
const LOST_NAME_EVERY: Duration = Duration::from_secs(3600);
/// For so long after its last good look a profile waits for a backend that can tell whose page it is.
const UNTOLD: Duration = Duration::from_secs(24 * 3600);
/// Attempts that are remembered.
const MOST: usize = 16_384;

/// When the ids were asked for last.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<ProfileId, Timestamp>>);

impl Attempts {
    /// Whether it is time to ask again; then that is remembered.
    fn is_time(&self, id: ProfileId, now: Timestamp, every: Duration) -> bool {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = attempts.get(&id).is_none_or(|last| now.since(*last) >= every || *last > now);
        if due {
            if attempts.len() >= MOST {
                attempts.clear();
            }
            attempts.insert(id, now);
        }
        due
    }
}

/// How long after the last attempt the id is wanted again; `None` when it is not wanted.
fn wanted(record: &ProfileRecord, seen: &Observation) -> Option<Duration> {
    let kept = record.state.as_ref()?;
    let channel = seen.profile.kind == Observed::Present(ProfileKind::Channel);
    if !channel || !seen.profile.telegram_id.is_hidden() {
        return None;
    }
    match kept.telegram_id {
        Observed::Present(_) => looks_like_another(record, seen).then_some(Duration::ZERO),
        _ => Some(ONCE_IN),
    }
}

/// Name and bio change together, it is of another kind, or it comes back after it was gone.
fn looks_like_another(record: &ProfileRecord, seen: &Observation) -> bool {
    let Some(kept) = &record.state else { return false };
    let new = &seen.profile;
    (differs(&kept.display_name, &new.display_name) && differs(&kept.bio, &new.bio))
        || differs(&kept.kind, &new.kind)
        || record.presence == Presence::Missing
}

/// The same of a profile whose id is known, where the look does not say whose it is. A name that changes beside the same
/// bio is no sign of another owner.
fn is_perhaps_another(record: &ProfileRecord, seen: &Observation) -> bool {
    let Some(kept) = &record.state else { return false };
    let new = &seen.profile;
    let same_bio = kept.bio.present().is_some() && kept.bio == new.bio;
    kept.telegram_id.present().is_some()
        && new.telegram_id.is_hidden()
        && (looks_like_another(record, seen) || (differs(&kept.display_name, &new.display_name) && !same_bio))
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

fn differs<T: PartialEq>(old: &Observed<T>, new: &Observed<T>) -> bool {
    !old.is_hidden() && !new.is_hidden() && old != new
}

impl Tracker {
    /// The look with the stable id, where that is wanted and can be read.
    pub(super) async fn identified(
        &self,
        claim: &Claim,
        look: Result<Observation, FetchError>,
    ) -> Result<Observation, FetchError> {
        let now = self.inner.clock.now();
        match look {
            Ok(seen) => {
                let seen = self.with_id_of_page(claim, seen).await?;
                if self.asks_by_id(&claim.record, &seen) {
                    self.by_its_id(claim, seen).await
                } else {
                    Ok(seen)
                }
            }
            Err(error) if asks_nobody(claim, &error) => {
                let doubted = judge::is_doubted(&claim.held);
                let every = if doubted { self.inner.rules.confirm_delay } else { LOST_NAME_EVERY };
                if !self.inner.attempts.is_time(claim.record.id, now, every) {
                    return Err(error);
                }
                self.whoever_has_the_name(claim).await.ok_or(error)
            }
            failed => failed,
        }
    }

    /// What was seen, with the id that the page's source tells where that is wanted.
    async fn with_id_of_page(&self, claim: &Claim, mut seen: Observation) -> Result<Observation, FetchError> {
        let (now, id) = (self.inner.clock.now(), claim.record.id);
        let every = wanted(&claim.record, &seen);
        if every.is_some_and(|every| self.inner.attempts.is_time(id, now, every)) {
            match self.take_id(&mut seen, claim).await {
                // Whose profile it is cannot be told now: the look is made again.
                Err(error) if every == Some(Duration::ZERO) => return Err(error),
                _ => {}
            }
        }
        Ok(seen)
    }

    /// Whether somebody is to be asked whose page it is.
    fn asks_by_id(&self, record: &ProfileRecord, seen: &Observation) -> bool {
        is_perhaps_another(record, seen) && self.inner.fetcher.capabilities().follows_renames
    }

    /// What the backend says that follows the id. While it cannot answer the look has failed, but not for ever.
    async fn by_its_id(&self, claim: &Claim, seen: Observation) -> Result<Observation, FetchError> {
        let target = claim.target().only_by_id(true);
        let asked = tokio::time::timeout(PATIENCE, self.inner.fetcher.fetch(&target)).await;
        let error = match asked {
            Ok(Ok(own)) => return Ok(own),
            Ok(Err(error)) => error,
            Err(_) => {
                let kind = FetchErrorKind::Unreachable(UnreachableReason::Timeout);
                FetchError::new(seen.fetcher.clone(), target.username.clone(), kind)
            }
        };
        let (record, now) = (&claim.record, self.inner.clock.now());
        let longest = UNTOLD.saturating_add(record.planned(&self.inner.rules, now));
        let untold = record.last_seen_at.is_none_or(|last| now.since(last) >= longest);
        if untold || is_final(&error) { Ok(seen) } else { Err(wait_of(error)) }
    }

    /// Completes what was seen by its id; a source that has none to tell changes nothing.
    async fn take_id(&self, seen: &mut Observation, claim: &Claim) -> Result<(), FetchError> {
        let target = Target::new(claim.record.username.clone());
        let late = |_| {
            let kind = FetchErrorKind::Unreachable(UnreachableReason::Timeout);
            Err(FetchError::new(seen.fetcher.clone(), target.username.clone(), kind))
        };
        let asked = tokio::time::timeout(PATIENCE, self.inner.fetcher.stable_id(&target)).await;
        if let Some(id) = asked.unwrap_or_else(late)? {
            seen.profile.telegram_id = Observed::Present(id);
        }
        Ok(())
    }

    /// Who has the name now, where a source can tell by its id.
    async fn whoever_has_the_name(&self, claim: &Claim) -> Option<Observation> {
        let kept = claim.record.state.as_ref()?;
        let channel = kept.kind == Observed::Present(ProfileKind::Channel);
        kept.telegram_id.present().filter(|_| channel)?;
        let target = Target::new(claim.record.username.clone());
        let look = tokio::time::timeout(PATIENCE, self.inner.fetcher.fetch(&target)).await.ok()?;
        let mut seen = look.ok()?;
        if seen.profile.telegram_id.is_hidden() {
            self.take_id(&mut seen, claim).await.ok()?;
        }
        seen.profile.telegram_id.present().is_some().then_some(seen)
    }
}

/// The name may be somebody else's, and the source knows no ids.
fn asks_nobody(claim: &Claim, error: &FetchError) -> bool {
    claim.target().only_by_id
        && error.kind() == FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile)
}
