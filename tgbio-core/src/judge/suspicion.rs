//! Which changes are suspicious: what is gone, and what is somebody else.

use super::{Context, surging};
use crate::diff::adds_nothing;
use crate::store::{Held, HoldReason, ProfileRecord};
use crate::{Change, Field, FieldValue, Observation, Presence, Profile, diff, links, overlay};

/// Changes that belong together and are not believed at first sight; the deciding one first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suspicion {
    pub reason: HoldReason,
    pub changes: Vec<Change>,
}

impl Suspicion {
    /// The row of the same suspicion, if it is held already.
    pub fn known<'a>(&self, held: &'a [Held]) -> Option<&'a Held> {
        held.iter().find(|row| row.is_same(self.reason, &self.changes))
    }

    /// Whether a held change is a part of this.
    pub fn includes(&self, held: &Held) -> bool {
        held.changes.first().is_some_and(|deciding| self.changes.contains(deciding))
    }

    /// What a canary must show for this to be believed.
    pub fn vouched_field(&self) -> Field {
        match self.reason {
            HoldReason::Emptied => self.changes.first().map_or(Field::Presence, |change| change.field),
            _ => Field::Presence,
        }
    }

    /// It is perhaps somebody else: nothing of the look is believed.
    pub fn is_stranger(&self) -> bool {
        self.reason == HoldReason::KindChanged
    }
}

/// Whether the look shows exactly the kept state: the usual case, told without copying anything.
pub(super) fn nothing_new(record: &ProfileRecord, observation: &Observation) -> bool {
    record.presence != Presence::Missing
        && record
            .state
            .as_ref()
            .is_some_and(|state| adds_nothing(state, &observation.profile, same_source(record, observation)))
}

/// The fields that this look shows to be empty: also what a page looks like that lost them.
pub(super) fn empties(profile: &Profile) -> impl Iterator<Item = Field> + '_ {
    LOSABLE.into_iter().filter(|field| profile.shows(*field) == Some(false))
}

const LOSABLE: [Field; 8] = [
    Field::Bio,
    Field::Links,
    Field::Usernames,
    Field::HasPhoto,
    Field::Verified,
    Field::Scam,
    Field::Fake,
    Field::Premium,
];

fn same_source(record: &ProfileRecord, observation: &Observation) -> bool {
    record.state_fetcher.as_deref() == Some(&*observation.fetcher)
}

/// The state after a look, in which every field that it saw is new.
pub(super) fn merged(record: &ProfileRecord, observation: &Observation) -> Profile {
    match &record.state {
        Some(state) => overlay(state, &observation.profile, same_source(record, observation)),
        None => observation.profile.clone(),
    }
}

/// What differs between the kept state and the look, presence included.
pub(super) fn changes(record: &ProfileRecord, observation: &Observation, merged: &Profile) -> Vec<Change> {
    let mut changes = record.state.as_ref().map_or_else(Vec::new, |state| diff(state, merged));
    let other_source = !same_source(record, observation);
    if other_source && record.state.as_ref().is_some_and(|state| links::one_says_more(state, merged)) {
        changes.retain(|change| change.field != Field::Links);
    }
    if record.presence == Presence::Missing && record.state.is_some() {
        changes.insert(0, presence_change(Presence::Missing, Presence::Present));
    }
    changes
}

pub(super) fn presence_change(before: Presence, after: Presence) -> Change {
    Change::new(Field::Presence, Some(before.as_str().into()), Some(after.as_str().into()))
}

/// The suspicious changes of a recognised profile.
pub(super) fn suspicions(context: &Context<'_>, observation: &Observation) -> Vec<Suspicion> {
    let record = context.record;
    if nothing_new(record, observation) {
        return Vec::new();
    }
    let merged = merged(record, observation);
    surging::restrain(context, split(changes(record, observation, &merged))).0
}

/// Divides changes into suspicious ones, in groups, and harmless ones.
pub(super) fn split(changes: Vec<Change>) -> (Vec<Suspicion>, Vec<Change>) {
    if changes.iter().any(|change| change.field == Field::Kind) {
        return (vec![of_another_kind(changes)], Vec::new());
    }
    divide(changes)
}

/// The same for changes of one and the same profile.
pub(super) fn divide(changes: Vec<Change>) -> (Vec<Suspicion>, Vec<Change>) {
    let bio = changes.iter().find(|change| change.field == Field::Bio);
    let bio_is_emptied = bio.is_some_and(Change::empties);
    // The links of a bio follow its text: without those that the text has, they were lost.
    let follows = bio.is_some_and(|bio| !has_links(bio));
    let (mut suspicious, mut harmless, mut with_bio) = (Vec::new(), Vec::new(), None);
    for change in changes {
        match change.field {
            Field::Links if bio_is_emptied => with_bio = Some(change),
            Field::Links if follows => harmless.push(change),
            // The profile's own id has answered: what it says of its name is no lost part of a page.
            Field::UsernameOwner => harmless.push(change),
            _ if change.empties() => {
                suspicious.push(Suspicion { reason: HoldReason::Emptied, changes: vec![change] });
            }
            _ => harmless.push(change),
        }
    }
    let bio = suspicious.iter_mut().find(|row: &&mut Suspicion| row.changes[0].field == Field::Bio);
    if let (Some(bio), Some(links)) = (bio, with_bio) {
        bio.changes.push(links);
    }
    (suspicious, harmless)
}

fn has_links(bio: &Change) -> bool {
    let text = bio.after.as_ref().and_then(FieldValue::as_text);
    text.is_some_and(|text| !links::derive(text).is_empty())
}

/// Perhaps somebody else: nothing of the look is believed, the deciding field comes first.
fn of_another_kind(mut changes: Vec<Change>) -> Suspicion {
    changes.sort_by_key(|change| change.field != Field::Kind);
    Suspicion { reason: HoldReason::KindChanged, changes }
}

/// The suspicion of a profile that was not found, unless it is known to be missing.
pub(super) fn disappearance(record: &ProfileRecord) -> Vec<Suspicion> {
    if record.presence == Presence::Missing {
        return Vec::new();
    }
    let before = if record.state.is_some() { Presence::Present } else { Presence::Unknown };
    let change = presence_change(before, Presence::Missing);
    vec![Suspicion { reason: HoldReason::Disappeared, changes: vec![change] }]
}
