//! Whether every entry is true, and its interval too.

use std::time::Duration;

use tgbio_core::store::{Revision, SET_BACK};
use tgbio_core::{Field, FieldValue, Timestamp};

use super::{Evidence, Found};
use crate::simulation::truth::value_of;
use crate::simulation::world::{Look, VOUCHED_FOR};

/// An entry of one field, with the true times of the look that saw it first and of the one that wrote it.
#[derive(Debug)]
pub(super) struct Entry {
    pub seen: Timestamp,
    pub written: Timestamp,
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
        let (look, by) = seen_true(one, revision, field, &value)?;
        Some(Entry { seen: look.at, written: by.at, value, number: revision.number })
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

/// Every look that can have written a revision, and the looks at a time as it was told then.
fn looks_at<'a>(
    one: &'a Evidence,
    revision: &Revision,
    told: Timestamp,
) -> impl Iterator<Item = (&'a Look, &'a Look)> {
    let written = revision.confirmed_at;
    let writers = one.looks.iter().filter(move |look| look.wall == written && !look.undone);
    writers.flat_map(move |by| {
        let earlier = one.looks.iter().take_while(move |look| look.at <= by.at);
        earlier.filter(move |look| look.told(by.moved) == told && !look.undone).map(move |look| (look, by))
    })
}

/// The look that saw it first, and the one that wrote it. Of the sights that confirmed a change the first ones may have
/// been false: then it is the first of them that was true.
fn seen_true<'a>(
    one: &'a Evidence,
    revision: &Revision,
    field: Field,
    value: &Option<FieldValue>,
) -> Option<(&'a Look, &'a Look)> {
    let first =
        looks_at(one, revision, revision.first_seen).find(|(look, _)| is_true(one, field, value, look));
    let was_held = revision.confirmed_at > revision.first_seen;
    first.or_else(|| {
        let mut sights = looks_at(one, revision, revision.first_seen);
        let (false_sight, by) = sights.find(|(look, _)| was_held && look.is_false())?;
        let later =
            one.looks.iter().filter(|look| look.at > false_sight.at && look.at <= by.at && !look.undone);
        later.into_iter().find(|look| is_true(one, field, value, look)).map(|look| (look, by))
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
    let Some((look, by)) = seen_true(one, revision, field, &value) else {
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
    if !became_true_between(one, field, &value, before, (look, by)) {
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
    (look, by): (&Look, &Look),
) -> bool {
    // Several looks may have one time when the clock is set: what came before is told by the order.
    let earlier = one.looks.iter().take_while(|other| !std::ptr::eq(*other, look));
    let told = |other: &&Look| {
        if other.undone {
            return false;
        }
        let ahead = other.told(by.moved).since(before);
        // The clock was set back in between by less than moves anything.
        other.told(by.moved) == before || (ahead > Duration::ZERO && ahead <= SET_BACK)
    };
    let Some(last) = earlier.filter(told).last() else { return false };
    if last.is_false() {
        // The answer that the interval leans on was spoilt by itself: it may have hidden the change.
        return true;
    }
    let from = last.at.before(VOUCHED_FOR);
    let other = |time: Timestamp| one.life.value(field, time).as_ref() != Some(value);
    other(from)
        || one.life.phases.iter().any(|phase| (from..=look.at).contains(&phase.from) && other(phase.from))
}
