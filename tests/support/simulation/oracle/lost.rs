//! Whether every true change was recorded that lasted long enough to be seen.

use tgbio_core::coverage::Span;
use tgbio_core::{Field, FieldValue, Rules, Timestamp};

use super::entries::{Entry, of};
use super::{Evidence, Found, drifts};
use crate::simulation::script::Script;
use crate::simulation::truth::Stretch;
use crate::simulation::world::{Look, Spoilt};

pub(super) fn check(
    (one, all): (&Evidence, &[Evidence]),
    script: &Script,
    rules: &Rules,
    end: Timestamp,
    found: &mut Found<'_>,
) {
    every_right_answer_is_used(one, all, script, found);
    let strangers = one.life.strangers();
    for field in [Field::Presence].into_iter().chain(Field::OF_PROFILE) {
        let entries = of(one, field);
        let stretches = one.life.stretches(field, end);
        for stretch in stretches.iter().skip(1) {
            let Some(deadline) = deadline(one, (script, rules), stretch, field, &strangers) else { continue };
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
fn every_right_answer_is_used(one: &Evidence, all: &[Evidence], script: &Script, found: &mut Found<'_>) {
    for look in one.looks.iter().filter(|look| look.spoilt == Spoilt::No && !look.kept && !look.undone) {
        if !script.excuses(look.at) && !drifts::excuse(all, one, look, script) {
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
    (script, rules): (&Script, &Rules),
    stretch: &Stretch,
    field: Field,
    strangers: &[Timestamp],
) -> Option<Timestamp> {
    let first = good(one, stretch.from).next()?.at;
    let surges = surges(script, field, stretch.value.as_ref());
    let waits = |at: Timestamp| surges.iter().any(|span| span.from <= at && at <= span.until);
    let suspicious = is_suspicious(field, stretch.value.as_ref()) || waits(first);
    let mut settled = if suspicious { confirmed(one, rules, stretch.from, &surges)? } else { first };
    for since in strangers {
        // A second one who comes while the first is confirmed is confirmed after it.
        let over =
            stranger_confirmed(one, rules, *since).and_then(|first| stranger_confirmed(one, rules, first));
        if *since <= settled && over.is_none_or(|over| over >= first) {
            settled = settled.max(if suspicious { confirmed(one, rules, over?, &surges)? } else { over? });
        }
    }
    Some(settled)
}

/// When the first sight and its repeats, each far enough from the one before, have been seen; repeats count for nothing while
/// there are `surges` of that kind.
pub(super) fn confirmed(
    one: &Evidence,
    rules: &Rules,
    from: Timestamp,
    surges: &[Span],
) -> Option<Timestamp> {
    let mut looks = good(one, from);
    let (mut counted, mut times) = (looks.next()?, 0);
    while times < rules.confirm_checks {
        counted = looks.find(|look| look.wall.since(counted.wall) >= rules.confirm_delay)?;
        times += u32::from(!surges.iter().any(|span| span.from <= counted.at && counted.at <= span.until));
    }
    Some(counted.at)
}

/// When changes to this value waited as a surge.
pub(super) fn surges(script: &Script, field: Field, value: Option<&FieldValue>) -> Vec<Span> {
    let way = match (field, is_suspicious(field, value)) {
        (Field::Presence, true) => "disappeared",
        (_, true) => "emptied",
        _ => "changed",
    };
    // Links go with their text.
    let with = Some(Field::Bio).filter(|_| field == Field::Links);
    let fields = std::iter::once(field).chain(with);
    fields.flat_map(|field| script.surges(&format!("{way}:{field}"))).collect()
}

/// The same for somebody else: any false sight in between begins it anew.
fn stranger_confirmed(one: &Evidence, rules: &Rules, from: Timestamp) -> Option<Timestamp> {
    let after = one.looks.partition_point(|look| look.at < from);
    let mut counted: Option<(Timestamp, u32)> = None;
    for look in one.looks[after..]
        .iter()
        .filter(|look| !look.undone && (look.is_false() || (look.kept && look.tells())))
    {
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
