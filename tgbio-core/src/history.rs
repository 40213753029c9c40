//! What the removal of a revision does to its neighbours. Pure.

use crate::store::Revision;
use crate::{Change, Field, Presence, Timestamp, diff, links};

/// What becomes of the history when one revision is removed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Removal {
    /// Only the revision goes; it was the newest, and the one before is the present state again.
    Newest,
    /// The revision after it is equal to the one before: it goes too.
    Merge,
    /// The revision after it now follows the one before.
    Rewrite {
        /// What changed from the one before; empty when there is none before, so that all known fields count.
        changes: Vec<Change>,
        /// The fields that changed.
        changed: Vec<Field>,
        /// When the state before was last seen: before any of these changes.
        last_seen_before: Option<Timestamp>,
        /// When the last of these changes was first seen.
        first_seen: Timestamp,
    },
}

/// Decides what the removal of `removed` does, given its neighbours.
pub fn remove(before: Option<&Revision>, removed: &Revision, after: Option<&Revision>) -> Removal {
    match (before, after) {
        (_, None) => Removal::Newest,
        (None, Some(after)) => Removal::Rewrite {
            changes: Vec::new(),
            changed: after.profile.known_fields(),
            last_seen_before: None,
            first_seen: after.first_seen,
        },
        (Some(before), Some(after)) => match changes_between(before, after) {
            changes if changes.is_empty() => Removal::Merge,
            changes => Removal::Rewrite {
                changed: changes.iter().map(|change| change.field).collect(),
                changes,
                // What waited was seen before the removed one was, and the states before both may be of other times.
                last_seen_before: removed
                    .last_seen_before
                    .map(|last| last.min(after.last_seen_before.unwrap_or(last)).min(after.first_seen)),
                first_seen: removed.first_seen.max(after.first_seen),
            },
        },
    }
}

/// What differs between two revisions, presence included.
pub fn changes_between(before: &Revision, after: &Revision) -> Vec<Change> {
    let mut changes = diff(&before.profile, &after.profile);
    if before.fetcher != after.fetcher && links::one_says_more(&before.profile, &after.profile) {
        changes.retain(|change| change.field != Field::Links);
    }
    if before.presence != after.presence {
        let name = |presence: Presence| Some(presence.as_str().into());
        changes.insert(0, Change::new(Field::Presence, name(before.presence), name(after.presence)));
    }
    changes
}
