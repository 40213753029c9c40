//! Whether every true change was recorded that lasted long enough to be seen.

use tgbio_core::{Field, FieldValue, Rules, Timestamp};

use super::entries::{Entry, of};
use super::{Evidence, Found};
use crate::simulation::script::Script;
use crate::simulation::truth::Stretch;
use crate::simulation::world::{Look, Spoilt};

pub(super) fn check(one: &Evidence, script: &Script, rules: &Rules, end: Timestamp, found: &mut Found<'_>) {
    every_right_answer_is_used(one, script, found);
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

/// An answer that was right and was not used needs an excuse.
fn every_right_answer_is_used(one: &Evidence, script: &Script, found: &mut Found<'_>) {
    for look in one.looks.iter().filter(|look| look.spoilt == Spoilt::No && !look.kept) {
        if !script.excuses(look.at) {
            found.add(format_args!("UNUSED: the answer of {} was right, and nothing excuses that", look.at));
        }
    }
}

/// Looks that the store has and that saw the truth.
pub(super) fn good(one: &Evidence, from: Timestamp) -> impl Iterator<Item = &Look> {
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
    let first = good(one, stretch.from).next()?.at;
    let suspicious = is_suspicious(field, stretch.value.as_ref());
    let mut settled = if suspicious { confirmed(one, rules, stretch.from)? } else { first };
    for since in strangers {
        // A second one who comes while the first is confirmed is confirmed after it.
        let over =
            stranger_confirmed(one, rules, *since).and_then(|first| stranger_confirmed(one, rules, first));
        if *since <= settled && over.is_none_or(|over| over >= first) {
            settled = settled.max(if suspicious { confirmed(one, rules, over?)? } else { over? });
        }
    }
    Some(settled)
}

/// When the first sight and its repeats, each far enough from the one before, have been seen.
pub(super) fn confirmed(one: &Evidence, rules: &Rules, from: Timestamp) -> Option<Timestamp> {
    let mut looks = good(one, from);
    let mut counted = looks.next()?;
    for _ in 0..rules.confirm_checks {
        counted = looks.find(|look| look.wall.since(counted.wall) >= rules.confirm_delay)?;
    }
    Some(counted.at)
}

/// The same for somebody else: any false sight in between begins it anew.
fn stranger_confirmed(one: &Evidence, rules: &Rules, from: Timestamp) -> Option<Timestamp> {
    let after = one.looks.partition_point(|look| look.at < from);
    let mut counted: Option<(Timestamp, u32)> = None;
    for look in one.looks[after..].iter().filter(|look| look.is_false() || (look.kept && look.tells())) {
        counted = match counted {
            _ if look.is_false() => None,
            None => Some((look.wall, 0)),
            Some((wall, times)) if look.wall.since(wall) >= rules.confirm_delay => {
                Some((look.wall, times + 1))
            }
            waiting => waiting,
        };
        if counted.is_some_and(|(_, times)| times >= rules.confirm_checks) {
            return Some(look.at);
        }
    }
    None
}

pub(super) fn is_suspicious(field: Field, value: Option<&FieldValue>) -> bool {
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
