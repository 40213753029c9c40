//! When what a change replaces was last seen.

use super::Context;
use crate::drift::with_dependants;
use crate::store::{Held, HoldReason};
use crate::{Change, Field, Presence, Timestamp};

impl Context<'_> {
    /// When what these changes replace was last seen, be it that the profile was missing; not after this look, should the
    /// clock have been set back.
    ///
    /// That is when the present state was last seen whole. While something of it waits or is rejected, other fields were
    /// seen by every good look since.
    pub(super) fn last_seen_before(&self, changes: &[Change]) -> Option<Timestamp> {
        let whole = self.record.state_seen_at();
        let good = self.record.coverage.filter(|_| self.all_but_others_seen(changes));
        whole.max(good.map(|span| span.until)).map(|seen| seen.min(self.now))
    }

    /// Whether good looks have shown these fields as they are kept, although something waits or is rejected.
    fn all_but_others_seen(&self, changes: &[Change]) -> bool {
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
