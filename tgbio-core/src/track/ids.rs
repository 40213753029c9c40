//! Stable ids without a log-in: read once for a channel, and again when a change looks like another owner.
//!
//! The id is one more request within the host's budget, for which the look waits at most [`PATIENCE`]. Where a
//! change looks like another owner and the id cannot be read, the look has failed; a source that tells no id is judged as
//! it is.

use std::time::Duration;

use super::Tracker;
use crate::store::{Claim, HoldReason, ProfileRecord};
use crate::{
    FetchError, FetchErrorKind, Observation, Observed, Presence, Profile, ProfileId, ProfileKind, Target,
    Timestamp, UnreachableReason, UnrecognisedReason,
};

/// How long a look waits for the id.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// An id that could not be read is asked for again by the first look of the next period.
const ONCE_IN: Duration = Duration::from_secs(24 * 3600);
/// Whether a lost name has come back is asked so often.
const LOST_NAME_EVERY: Duration = Duration::from_secs(3600);
/// A channel of at least so many subscribers does not lose most of them from one look to the next.
const FEW_SUBSCRIBERS: u64 = 20;

/// Whether a look is the first in a period that is as long as this and begins at another time for each profile. That needs
/// no memory but the time of the last look, so that a restart asks for nothing again.
pub(super) fn is_first_in(period: Duration, record: &ProfileRecord, now: Timestamp) -> bool {
    let length = i64::try_from(period.as_millis()).unwrap_or(i64::MAX).max(1);
    let shift = i64::from(shift_of(record.id)) % length;
    let number = |at: Timestamp| at.as_millis().saturating_add(shift).div_euclid(length);
    record.last_checked_at.is_none_or(|last| number(last) != number(now))
}

/// Whether the profile was seen only once so far: following it shall not wait for the id, the next look may.
fn is_second(record: &ProfileRecord) -> bool {
    record.first_observed_at.is_some() && record.first_observed_at == record.last_seen_at
}

/// The part of an id that is random.
fn shift_of(id: ProfileId) -> u32 {
    id.as_bytes()[12..].iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
}

/// Whether a look asks for the id, and cannot be judged without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    No,
    /// It completes what is known.
    ForIt,
    /// Whose profile it is is doubtful.
    WhoseItIs,
}

fn asks(record: &ProfileRecord, seen: &Observation, now: Timestamp) -> Asks {
    let Some(kept) = &record.state else { return Asks::No };
    let channel = seen.profile.kind == Observed::Present(ProfileKind::Channel);
    if !channel || !seen.profile.telegram_id.is_hidden() {
        return Asks::No;
    }
    match kept.telegram_id {
        Observed::Present(_) if looks_like_another(record, seen) => Asks::WhoseItIs,
        Observed::Present(_) => Asks::No,
        _ if is_second(record) || is_first_in(ONCE_IN, record, now) => Asks::ForIt,
        _ => Asks::No,
    }
}

/// Whether it may be another owner of the name: it is of another kind or name, it comes back after it was gone, it has lost
/// most subscribers, or two other things have changed at once (one, when it was perhaps gone meanwhile).
///
/// The owner of a channel may do each of these. So they decide nothing: they are worth one more request, whose id does.
fn looks_like_another(record: &ProfileRecord, seen: &Observation) -> bool {
    let Some(kept) = &record.state else { return false };
    let new = &seen.profile;
    let surely = differs(&kept.kind, &new.kind)
        || differs(&kept.display_name, &new.display_name)
        || record.presence == Presence::Missing
        || has_lost_subscribers(record, seen);
    surely || signs(kept, new) >= if record.presence == Presence::SuspectedMissing { 1 } else { 2 }
}

/// How many things have changed that say little each, and more together.
pub(super) fn signs(kept: &Profile, new: &Profile) -> usize {
    let signs = [
        differs(&kept.bio, &new.bio),
        differs(&kept.has_photo(), &new.has_photo()),
        differs(&kept.verified, &new.verified),
        kept.username == new.username && kept.username.as_str() != new.username.as_str(),
    ];
    signs.into_iter().filter(|sign| *sign).count()
}

fn has_lost_subscribers(record: &ProfileRecord, seen: &Observation) -> bool {
    let (before, now) = (record.counts.subscribers, seen.counts.subscribers);
    let lost = |(before, now): (&u64, &u64)| *before >= FEW_SUBSCRIBERS && *now < before / 2;
    before.present().zip(now.present()).is_some_and(lost)
}

pub(super) fn differs<T: PartialEq>(old: &Observed<T>, new: &Observed<T>) -> bool {
    !old.is_hidden() && !new.is_hidden() && old != new
}

impl Tracker {
    /// Completes a look by the stable id, where that is wanted and can be read.
    pub(super) async fn identify(&self, claim: &Claim, look: &mut Result<Observation, FetchError>) {
        let failed = match look {
            Ok(seen) => self.identify_seen(claim, seen).await.err(),
            Err(error) if self.is_anothers_name(claim, error) && self.asks_for_the_owner(claim) => {
                if let Some(seen) = self.whoever_has_the_name(claim).await {
                    *look = Ok(seen);
                }
                None
            }
            Err(_) => None,
        };
        if let Some(error) = failed {
            *look = Err(error);
        }
    }

    async fn identify_seen(&self, claim: &Claim, seen: &mut Observation) -> Result<(), FetchError> {
        self.take_id_of_page(claim, seen).await?;
        self.ask_by_id_if_strange(claim, seen).await?;
        self.find_owner_of_lost_name(claim, seen).await;
        Ok(())
    }

    /// Takes the id that the page's source tells where that is wanted.
    async fn take_id_of_page(&self, claim: &Claim, seen: &mut Observation) -> Result<(), FetchError> {
        match asks(&claim.record, seen, seen.at) {
            Asks::No => Ok(()),
            // Whose profile it is cannot be told without: the look is made again.
            Asks::WhoseItIs => self.take_id(seen, claim).await,
            Asks::ForIt => {
                if let Err(error) = self.take_id(seen, claim).await {
                    tracing::debug!(profile = %claim.record.id, outcome = error.outcome(), "the id was not read");
                }
                Ok(())
            }
        }
    }

    /// Whether it is time to ask who has the name: for the next repeat that counts while that waits for confirmation, and
    /// every hour once it is known to be lost.
    fn asks_for_the_owner(&self, claim: &Claim) -> bool {
        let (now, delay) = (self.inner.clock.now(), self.inner.rules.confirm_delay);
        let mut waiting =
            claim.held.iter().filter(|held| held.reason == HoldReason::OwnerChanged && !held.rejected);
        waiting.next().map_or_else(
            || is_first_in(LOST_NAME_EVERY, &claim.record, now),
            |held| now.since(held.counted_at) >= delay || held.counted_at > now,
        )
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

    /// Whether the name may be somebody else's, whom a source can tell by an id: one that follows ids and can ask for the
    /// profile's no more, or pages of a channel.
    fn is_anothers_name(&self, claim: &Claim, error: &FetchError) -> bool {
        let Some(kept) = &claim.record.state else { return false };
        let by_ids = self.inner.fetcher.capabilities().follows_renames;
        let by_page = claim.target().only_by_id && kept.kind == Observed::Present(ProfileKind::Channel);
        kept.telegram_id.present().is_some()
            && (by_ids || by_page)
            && error.kind() == FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile)
    }

    /// Who has the name now, where a source can tell by its id.
    async fn whoever_has_the_name(&self, claim: &Claim) -> Option<Observation> {
        let target = Target::new(claim.record.username.clone()).unhurried(true);
        let look = tokio::time::timeout(PATIENCE, self.inner.fetcher.fetch(&target)).await.ok()?;
        let mut seen = look.ok()?;
        let channel = seen.profile.kind == Observed::Present(ProfileKind::Channel);
        if seen.profile.telegram_id.is_hidden() && channel {
            self.take_id(&mut seen, claim).await.ok()?;
        }
        seen.profile.telegram_id.present().is_some().then_some(seen)
    }
}
