//! When what a change replaces was last seen.

use super::Context;
use crate::drift::with_dependants;
use crate::store::{Held, HoldReason};
use crate::{Change, Field, Outcome, Presence, Timestamp};

impl Context<'_> {
    /// When what these changes replace was last seen, be it that the profile was missing; not after this look, should the
    /// clock have been set back.
    ///
    /// That is when the present state was last seen whole. While something of it waits or is rejected, other fields were
    /// seen by the last look as well, if that was a good one.
    pub(super) fn last_seen_before(&self, changes: &[Change]) -> Option<Timestamp> {
        let whole = self.record.state_seen_at();
        let last = self.last_good_look().filter(|_| self.was_seen_beside_others(changes));
        whole.max(last).map(|seen| seen.min(self.now))
    }

    /// When the last look was, if all that it showed was judged: what differs from what is kept waits or is rejected.
    fn last_good_look(&self) -> Option<Timestamp> {
        let health = self.record.health.as_ref()?;
        let judged = health.outcome == Outcome::Profile && !health.doubted;
        self.record.coverage.map(|span| span.until).filter(|until| judged && *until == health.at)
    }

    /// Whether such a look has shown these fields as they are kept.
    fn was_seen_beside_others(&self, changes: &[Change]) -> bool {
        let apart = |held: &Held| is_of_fields(held) && !touches(&held.changes, changes);
        // After a revision was removed nobody has seen the state that is kept now.
        let is_as_seen = self.record.presence == Presence::Present && self.record.seen_by.is_some();
        is_as_seen && !self.held.is_empty() && self.held.iter().all(apart)
    }
}

/// Whether a held change is one of fields of this profile: it may not be somebody else, and it was there.
fn is_of_fields(held: &Held) -> bool {
    let whole =
        |change: &Change| matches!(change.field, Field::Presence | Field::UsernameOwner | Field::Kind);
    matches!(held.reason, HoldReason::Emptied | HoldReason::Surge) && !held.changes.iter().any(whole)
}

/// Whether some fields are the same, or go with each other.
fn touches(some: &[Change], others: &[Change]) -> bool {
    let goes_with = |one: Field, other: Field| one == other || with_dependants(one).contains(&other);
    let pairs = some.iter().flat_map(|one| others.iter().map(|other| (one.field, other.field)));
    pairs.into_iter().any(|(one, other)| goes_with(one, other) || goes_with(other, one))
}
