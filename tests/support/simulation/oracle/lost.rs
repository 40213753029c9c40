//! Whether every true change was recorded that lasted long enough to be seen.

use tgbio_core::{Field, FieldValue, Rules, Timestamp};

use super::entries::{Entry, of};
use super::{Evidence, Found};
use crate::simulation::truth::Stretch;
use crate::simulation::world::{Look, Spoilt};

pub(super) fn check(one: &Evidence, rules: &Rules, end: Timestamp, found: &mut Found<'_>) {
    let strangers = one.life.strangers();
    for field in [Field::Presence].into_iter().chain(Field::OF_PROFILE) {
        let entries = of(one, field);
        let stretches = one.life.stretches(field, end);
        for stretch in stretches.iter().skip(1) {
            let Some(deadline) = deadline(one, rules, stretch, field, &strangers) else { continue };
            if deadline < stretch.until && !recorded(&entries, stretch, deadline) {
                found.add(format_args!(
                    "LOST: {field} was {:?} from {} until {}, which should have been recorded by {deadline}",
                    stretch.value, stretch.from, stretch.until
                ));
            }
        }
    }
}

/// Looks that the store has and that saw the truth.
fn good(one: &Evidence, from: Timestamp) -> impl Iterator<Item = &Look> {
    let after = one.looks.partition_point(|look| look.at < from);
    one.looks[after..].iter().filter(|look| look.kept && look.spoilt == Spoilt::No)
}

/// When a change has been seen as often as needed.
fn deadline(
    one: &Evidence,
    rules: &Rules,
    stretch: &Stretch,
    field: Field,
    strangers: &[Timestamp],
) -> Option<Timestamp> {
    let confirmed = confirmed(one, rules, stretch.from);
    let stranger = strangers.iter().rev().find(|from| **from <= stretch.from);
    let waits = stranger.is_some_and(|from| self::confirmed(one, rules, *from).is_none_or(|settled| settled >= stretch.from));
    if waits || is_suspicious(field, stretch.value.as_ref()) {
        return confirmed;
    }
    good(one, stretch.from).next().map(|look| look.at)
}

/// When the first sight and its repeats, each far enough from the one before, have been seen.
fn confirmed(one: &Evidence, rules: &Rules, from: Timestamp) -> Option<Timestamp> {
    let mut looks = good(one, from);
    let mut counted = looks.next()?;
    for _ in 0..rules.confirm_checks {
        counted = looks.find(|look| look.wall.since(counted.wall) >= rules.confirm_delay)?;
    }
    Some(counted.at)
}

fn is_suspicious(field: Field, value: Option<&FieldValue>) -> bool {
    match value {
        None => true,
        Some(FieldValue::Flag(on)) => !on,
        Some(value) => field == Field::Presence && value.as_text() == Some("missing"),
    }
}

/// Whether the history says so in the stretch, or said so already.
fn recorded(entries: &[Entry], stretch: &Stretch, deadline: Timestamp) -> bool {
    let within = |entry: &&Entry| entry.seen >= stretch.from && entry.seen <= deadline;
    let told = entries.iter().filter(within).any(|entry| entry.value == stretch.value);
    let before = entries.iter().rev().find(|entry| entry.seen < stretch.from);
    told || before.is_none_or(|entry| entry.value == stretch.value)
}
