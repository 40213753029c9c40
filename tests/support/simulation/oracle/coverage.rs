//! Whether the coverage claims no more than what was seen.

use tgbio_core::coverage::{Span, Watch, longest_pause};
use tgbio_core::{Rules, Timestamp};

use super::{Evidence, Found};
use crate::simulation::script::Script;
use crate::simulation::world::Look;

pub(super) fn check(one: &Evidence, script: &Script, rules: &Rules, found: &mut Found<'_>) {
    let moved = moved_back(one, script);
    for span in &one.spans {
        ends_are_looks(one, &moved, span, found);
    }
    for pair in one.life.phases.windows(2) {
        seen_in_time(one, (script, rules, &moved), pair[1].from, found);
    }
}

/// A look told something about a change as soon as the coverage of the time in between says.
fn seen_in_time(
    one: &Evidence,
    (script, rules, moved): (&Script, &Rules, &[u64]),
    changed: Timestamp,
    found: &mut Found<'_>,
) {
    let after = one.looks.partition_point(|look| look.at < changed);
    let (before, later) = one.looks.split_at(after);
    let Some(look) = later.iter().find(|look| look.kept && look.tells()) else { return };
    let Some(last) = before.iter().rfind(|look| !look.undone) else { return };
    let unnoticed = script.unnoticed.iter().any(|set| (last.at..=look.at).contains(set));
    // The clock was set back to before this look, whether or not anybody looked before it had passed it again.
    let back_before = |pair: &[Look]| {
        pair[0].at > look.at && pair[1].moved > pair[0].moved && pair[0].told(pair[1].moved) < look.wall
    };
    let comes_again = later.iter().any(|next| next.wall < look.wall) || later.windows(2).any(back_before);
    if unnoticed || comes_again {
        // Nobody knows how long ago the look before was; or the hours pass twice, and count as they were watched then.
        return;
    }
    let delay = look.at.since(changed);
    let pause = longest_pause(rules.interval_max);
    let worst = |seen: Timestamp| Watch::over(&one.spans, seen.before(delay), seen, pause).worst_delay;
    // By the clock of the look that saw it, or with what that was set back by while the look was the last one.
    let next = later.iter().find(|next| next.at > look.at && next.kept && next.tells());
    let moved_last = next.map_or(script.moved, |next| next.moved);
    let while_last: Vec<u64> = moved.iter().copied().filter(|moved| *moved <= moved_last).collect();
    if told(look, &while_last).all(|seen| delay > worst(seen)) {
        found.add(format_args!(
            "COVERAGE: a change of {changed} was seen after {delay:?}, and the coverage says {:?}",
            worst(look.wall)
        ));
    }
}

/// A span begins and ends with looks that told something while the host as a whole was right; or where the last of them was
/// by a clock that was set back after it.
fn ends_are_looks(one: &Evidence, moved: &[u64], span: &Span, found: &mut Found<'_>) {
    let proven = |look: &&Look| look.kept && look.tells();
    for end in [span.from, span.until] {
        let is_end = |look: &Look| told(look, moved).any(|at| at == end);
        if !one.looks.iter().filter(proven).any(is_end) {
            found.add(format_args!("COVERAGE: nothing true was seen at {end}, an end of a span"));
        }
    }
}

/// By how much the store has moved what it knows back, in all, whenever that grew.
fn moved_back(one: &Evidence, script: &Script) -> Vec<u64> {
    let mut moved: Vec<u64> = one.looks.iter().map(|look| look.moved).chain([script.moved]).collect();
    moved.dedup();
    moved
}

/// The times of a look as the store may tell them: by the clock of then, and as it was moved back since.
fn told<'a>(look: &'a Look, moved: &'a [u64]) -> impl Iterator<Item = Timestamp> + 'a {
    moved.iter().filter(|moved| **moved >= look.moved).map(|moved| look.told(*moved))
}
