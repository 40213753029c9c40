//! Who has the name now that a profile has lost, where it has no other one and is followed by its id.
//!
//! A source that knows ids tells that for a look-up of the name, of which it allows few in a day. So nobody is asked
//! before [`FIRST`] has passed since the loss, then once in a [`DAY`] for a [`WEEK`], and once in a week from then on or as
//! soon as the owner is known. Where other sources read pages, they are asked first: one that tells the owner's id saves
//! the look-up, and as long as none shows anybody a name is looked up once in a week only. The look-up is made from what
//! others leave of the source's budget ([`Target::unhurried`]). A name that is not lost is never asked for.

use std::time::Duration;

use super::Tracker;
use super::ids::{PATIENCE, is_first_in};
use crate::store::{Claim, ProfileRecord};
use crate::{FetchErrorKind, Observation, Observed, Profile, ProfileKind, Target, Timestamp};

/// For so long after the last change a name that was lost is not asked for.
const FIRST: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// What was told of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Is(u64),
    /// The source that knows ids says so.
    Nobody,
    Untold,
}

/// Why it is asked for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It was lost lately: whoever takes it may show soon.
    Lately,
    /// The turn of the week.
    Weekly,
}

fn turn(record: &ProfileRecord, known: bool, now: Timestamp) -> Option<Turn> {
    let lost_at = record.last_changed_at.filter(|_| !record.holds_name())?;
    let since = now.since(lost_at);
    let first = record.last_checked_at.is_some_and(|last| last.since(lost_at) < FIRST);
    if since < FIRST {
        None
    } else if is_first_in(WEEK, record, now) {
        Some(Turn::Weekly)
    } else {
        let lately = !known && (first || (since < WEEK && is_first_in(DAY, record, now)));
        lately.then_some(Turn::Lately)
    }
}

/// Who was told before to have got the name that the look says is lost.
fn known_owner(kept: &Profile, seen: &Profile) -> Option<u64> {
    let other = kept.username == seen.username && kept.has_lost_name();
    kept.username_owner.present().copied().filter(|_| other)
}

impl Tracker {
    /// Tells the owner of the name that what was seen has lost: as it was known, until somebody says otherwise.
    pub(super) async fn find_owner_of_lost_name(&self, claim: &Claim, seen: &mut Observation) {
        let Some(kept) = &claim.record.state else { return };
        let its_own = seen.profile.telegram_id == kept.telegram_id;
        let by_id = its_own && self.inner.fetcher.capabilities().follows_renames;
        if !seen.profile.has_lost_name() || !by_id {
            return;
        }
        let remembered = seen.profile.username_owner.present().copied();
        let known = remembered.or_else(|| known_owner(kept, &seen.profile));
        let owner = match turn(&claim.record, known.is_some(), seen.at) {
            Some(turn) => {
                let asked = tokio::time::timeout(PATIENCE, self.who_took_the_name(seen, turn)).await;
                asked.unwrap_or(Owner::Untold)
            }
            None => Owner::Untold,
        };
        tracing::debug!(profile = %claim.record.id, ?owner, "the owner of a lost name");
        seen.profile.username_owner = match owner {
            Owner::Is(id) => Observed::Present(id),
            Owner::Nobody => Observed::Absent,
            Owner::Untold => Observed::from_option(known),
        };
    }

    async fn who_took_the_name(&self, seen: &Observation, turn: Turn) -> Owner {
        let told = match self.shown_by_others(seen).await {
            None if turn == Turn::Lately && self.others(seen).next().is_some() => Owner::Untold,
            Some(Observed::Present(id)) => Owner::Is(id),
            _ => self.told_by_id(seen).await,
        };
        if Observed::from_option(told.id()) == seen.profile.telegram_id { Owner::Untold } else { told }
    }

    /// The backends beside the one that follows the id.
    fn others<'a>(&'a self, seen: &'a Observation) -> impl Iterator<Item = &'a str> {
        self.inner.fetcher.name().split('+').filter(|name| *name != &*seen.fetcher)
    }

    /// The id of whoever others show under the name, hidden where they cannot tell; `None` where they show nobody.
    async fn shown_by_others(&self, seen: &Observation) -> Option<Observed<u64>> {
        for backend in self.others(seen) {
            let target = Target::new(seen.profile.username.clone()).through(backend).unhurried(true);
            let Ok(shown) = self.inner.fetcher.fetch(&target).await else { continue };
            let mut id = shown.profile.telegram_id;
            if id.is_hidden() && shown.profile.kind == Observed::Present(ProfileKind::Channel) {
                let told = self.inner.fetcher.stable_id(&target).await;
                id = told.ok().flatten().map_or(Observed::Hidden, Observed::Present);
            }
            return Some(id);
        }
        None
    }

    async fn told_by_id(&self, seen: &Observation) -> Owner {
        let target = Target::new(seen.profile.username.clone()).through(&*seen.fetcher).unhurried(true);
        match self.inner.fetcher.fetch(&target).await {
            Ok(other) => other.profile.telegram_id.present().map_or(Owner::Untold, |id| Owner::Is(*id)),
            Err(error) if error.not_asked_for().is_some() => Owner::Untold,
            Err(error) if error.kind() == FetchErrorKind::NotFound => Owner::Nobody,
            Err(_) => Owner::Untold,
        }
    }
}

impl Owner {
    fn id(self) -> Option<u64> {
        match self {
            Self::Is(id) => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProfileId, Username};

    /// Since when a profile has no name, as it was last looked at.
    fn nameless(lost_at: Timestamp, checked_at: Timestamp) -> ProfileRecord {
        let name = Username::parse("wanted_name").unwrap();
        let mut record = ProfileRecord::new(ProfileId::new(), name.clone(), lost_at);
        let mut state = Profile::new(name);
        (state.telegram_id, state.username_owner) = (Observed::Present(1), Observed::Absent);
        record.state = Some(state);
        (record.last_changed_at, record.last_checked_at) = (Some(lost_at), Some(checked_at));
        record
    }

    /// How often it is asked in so many days, with a look every quarter of an hour.
    fn asked(days: u32, known: bool) -> usize {
        let lost_at = Timestamp::from_millis(1_800_000_000_000);
        let mut record = nameless(lost_at, lost_at);
        let looks = (1..=days * 96).map(|look| lost_at.after(FIRST / 4 * look));
        looks
            .filter(|now| {
                let turn = turn(&record, known, *now);
                assert!(turn.is_none() || now.since(lost_at) >= FIRST, "{now}");
                record.last_checked_at = Some(*now);
                turn.is_some()
            })
            .count()
    }

    #[test]
    fn a_lost_name_is_asked_for_seldom_and_ever_more_rarely() {
        // Days and weeks begin at another time for each profile.
        for _ in 0..50 {
            assert!((1..=3).contains(&asked(1, false)));
            assert!((7..=9).contains(&asked(7, false)));
            assert!((7 + 51..=9 + 53).contains(&asked(7 * 53, false)));
            assert!((52..=53).contains(&asked(7 * 53, true)), "{}", asked(7 * 53, true));
        }
    }

    #[test]
    fn a_name_that_is_not_lost_is_never_asked_for() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let mut record = nameless(at, at);
        assert!(turn(&record, false, at.after(FIRST)).is_some());
        record.state.as_mut().unwrap().username_owner = Observed::Present(1);
        for days in 0..100 {
            assert_eq!(turn(&record, false, at.after(DAY * days)), None);
        }
    }
}
