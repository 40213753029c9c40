//! Whether every entry is true, and its interval too.

use tgbio_core::store::Revision;
use tgbio_core::{Field, FieldValue, Timestamp};

use super::{Evidence, Found};
use crate::simulation::truth::value_of;
use crate::simulation::world::{Look, VOUCHED_FOR};

/// An entry of one field, with the true time of the look that saw it first.
#[derive(Debug)]
pub(super) struct Entry {
    pub seen: Timestamp,
    pub value: Option<FieldValue>,
    pub number: u64,
}

/// The entries of a field in the order of their numbers.
pub(super) fn of(one: &Evidence, field: Field) -> Vec<Entry> {
    let about = |revision: &&Revision| {
        revision.changed.contains(&field)
            || (field == Field::Photo && revision.changed.contains(&Field::HasPhoto))
            || (field == Field::Presence && revision.number == 1)
    };
    let entry = |revision: &Revision| {
        let value = told(revision, field)?;
        let look = seen_true(one, revision, field, &value)?;
        Some(Entry { seen: look.at, value, number: revision.number })
    };
    one.revisions.iter().filter(about).filter_map(entry).collect()
}

/// What a revision says about a field.
fn told(revision: &Revision, field: Field) -> Option<Option<FieldValue>> {
    if field == Field::Presence {
        return Some(Some(revision.presence.as_str().into()));
    }
    value_of(field, Some(&revision.profile))
}

fn looks_at(one: &Evidence, wall: Timestamp) -> impl Iterator<Item = &Look> {
    one.looks.iter().filter(move |look| look.wall == wall)
}

/// The look that saw it first. Of the sights that confirmed a change the first ones may have been false: then it is the
/// first of them that was true.
fn seen_true<'a>(
    one: &'a Evidence,
    revision: &Revision,
    field: Field,
    value: &Option<FieldValue>,
) -> Option<&'a Look> {
    let first = looks_at(one, revision.first_seen).find(|look| is_true(one, field, value, look));
    let was_held = revision.confirmed_at > revision.first_seen;
    first.or_else(|| {
        let false_sight = looks_at(one, revision.first_seen).find(|look| was_held && look.is_false())?;
        let later = one.looks.iter().filter(|look| look.at > false_sight.at);
        later
            .take_while(|look| look.wall <= revision.confirmed_at)
            .find(|look| is_true(one, field, value, look))
    })
}

fn is_true(one: &Evidence, field: Field, value: &Option<FieldValue>, look: &Look) -> bool {
    one.life.value(field, look.at).as_ref() == Some(value)
}

pub(super) fn check(one: &Evidence, found: &mut Found<'_>) {
    for revision in &one.revisions {
        for field in &revision.changed {
            entry(one, revision, *field, found);
        }
    }
    for field in [Field::Presence].into_iter().chain(Field::OF_PROFILE) {
        let entries = of(one, field);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].seen > pair[1].seen) {
            found.add(format_args!(
                "{field}: revisions {} and {} stand in the wrong order",
                pair[0].number, pair[1].number
            ));
        }
    }
}

fn entry(one: &Evidence, revision: &Revision, field: Field, found: &mut Found<'_>) {
    let Some(value) = told(revision, field) else { return };
    let (number, seen) = (revision.number, revision.first_seen);
    let Some(look) = seen_true(one, revision, field, &value) else {
        return found.add(format_args!("FALSE: revision {number} says at {seen} that {field} is {value:?}"));
    };
    let Some(before) = revision.last_seen_before else {
        if number > 1 {
            found.add(format_args!("revision {number} does not say when {field} was last seen before"));
        }
        return;
    };
    if before > seen {
        return found
            .add(format_args!("revision {number}: the interval ({before}, {seen}] ends before it begins"));
    }
    if !became_true_between(one, field, &value, before, look) {
        found.add(format_args!(
            "INTERVAL: revision {number}: {field} did not become {value:?} in ({before}, {seen}]"
        ));
    }
}

/// Whether the value was another one at some time since the old one was last seen.
fn became_true_between(
    one: &Evidence,
    field: Field,
    value: &Option<FieldValue>,
    before: Timestamp,
    look: &Look,
) -> bool {
    // Several looks may have one time when the clock is set: what came before is told by the order.
    let earlier: Vec<&Look> = one.looks.iter().take_while(|other| !std::ptr::eq(*other, look)).collect();
    let jumped = earlier.iter().any(|other| other.wall >= look.wall);
    let Some(last) = earlier.iter().rev().find(|other| other.wall == before) else {
        // The clock was set back in between: no such look can be told from its time.
        return jumped;
    };
    if last.is_false() {
        // The answer that the interval leans on was spoilt by itself: it may have hidden the change.
        return true;
    }
    let from = last.at.before(VOUCHED_FOR);
    let other = |time: Timestamp| one.life.value(field, time).as_ref() != Some(value);
    other(from)
        || one.life.phases.iter().any(|phase| (from..=look.at).contains(&phase.from) && other(phase.from))
}
