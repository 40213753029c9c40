//! Changes that wait: suspicious until repeats confirm them or a person decides.

use std::fmt;

use crate::{Change, Counts, Profile, ProfileId, Timestamp, Username};

/// The id of a waiting change; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeldId(pub i64);

impl fmt::Display for HeldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a change is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HoldReason {
    /// The profile was not found.
    Disappeared,
    /// Something that was there is gone: a text, a photo, a badge.
    Emptied,
    /// It is of another kind now, so perhaps somebody else.
    KindChanged,
    /// Another id answers to the name: somebody else.
    OwnerChanged,
    /// Many profiles changed like this in a short time; see [`crate::surge`].
    Surge,
}

impl HoldReason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Disappeared, Self::Emptied, Self::KindChanged, Self::OwnerChanged, Self::Surge];

    /// The stable code, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disappeared => "disappeared",
            Self::Emptied => "emptied",
            Self::KindChanged => "kind_changed",
            Self::OwnerChanged => "owner_changed",
            Self::Surge => "surge",
        }
    }

    /// The reason with this code.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

impl fmt::Display for HoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A change that waits, or that a person has rejected and that is still seen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// Its id; zero until the store has given one.
    pub id: HeldId,
    /// Whose.
    pub profile_id: ProfileId,
    /// The name at the time.
    pub username: Username,
    /// Why it is held.
    pub reason: HoldReason,
    /// What would change; the deciding one first.
    pub changes: Vec<Change>,
    /// The state that was seen; `None` when the profile was not found.
    pub after: Option<Profile>,
    /// The measurements that were seen.
    pub counts: Counts,
    /// When the old state was last seen.
    pub last_seen_before: Option<Timestamp>,
    /// When the new one was first seen.
    pub first_seen: Timestamp,
    /// Repeats that agreed.
    pub confirmations: u32,
    /// When it was last seen in a way that counts.
    pub counted_at: Timestamp,
    /// The backend that saw it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
    /// A person said no; it stays so until something else is seen.
    pub rejected: bool,
}

impl Held {
    /// Whether this is the same suspicion: same reason, same deciding field, same new value.
    pub fn is_same(&self, reason: HoldReason, changes: &[Change]) -> bool {
        let key = |changes: &[Change]| changes.first().map(|change| (change.field, change.after.clone()));
        self.reason == reason && key(&self.changes) == key(changes)
    }
}

/// A change that a person has rejected and that the source still shows; with the first look that shows something else it
/// is forgotten, and only the audit log says that it was rejected.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rejected {
    /// What was rejected.
    pub held: Held,
    /// When, as the last lines of the audit log say.
    pub at: Option<Timestamp>,
    /// By whom.
    pub by: Option<String>,
}

impl Rejected {
    /// A rejected change with the line of the audit log, as time and actor.
    pub fn new(held: Held, line: Option<(Timestamp, String)>) -> Self {
        let (at, by) = line.unzip();
        Self { held, at, by }
    }
}

/// What the audit log says of rejecting.
pub(crate) const REJECTED: &str = "held.reject";

/// What a look does to a waiting change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HeldStep {
    /// A new suspicion; the evidence of the look is kept with it.
    New(Box<Held>),
    /// Seen again: so many repeats agree now.
    Counted {
        /// Which.
        id: HeldId,
        /// Repeats that agreed.
        confirmations: u32,
        /// When.
        at: Timestamp,
    },
    /// It is settled: confirmed, or not seen any more.
    Drop(HeldId),
    /// A person rejected it.
    Reject(HeldId),
}

/// What a person decides about a waiting change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is true: write it.
    Accept,
    /// It is not: keep the old state until something else is seen.
    Reject,
}
