//! Whether the coverage claims no more than what was seen.

use tgbio_core::coverage::{Span, Watch, longest_pause};
use tgbio_core::{Rules, Timestamp};

use super::{Evidence, Found};
use crate::simulation::script::Script;
use crate::simulation::world::Look;

pub(super) fn check(one: &Evidence, script: &Script, rules: &Rules, found: &mut Found<'_>) {
    for span in &one.spans {
        ends_are_looks(one, script, span, found);
    }
    for pair in one.life.phases.windows(2) {
        seen_in_time(one, (script, rules), pair[1].from, found);
    }
}

/// A look told something about a change as soon as the coverage of the time in between says.
fn seen_in_time(
    one: &Evidence,
    (script, rules): (&Script, &Rules),
    changed: Timestamp,
    found: &mut Found<'_>,
) {
    let after = one.looks.partition_point(|look| look.at < changed);
    let (before, later) = one.looks.split_at(after);
    let Some(look) = later.iter().find(|look| look.kept && look.tells()) else { return };
    let Some(last) = before.last() else { return };
    let unnoticed = script.unnoticed.iter().any(|set| (last.at..=look.at).contains(set));
    let comes_again = later.iter().any(|next| next.wall < look.wall);
    if unnoticed || comes_again {
        // Nobody knows how long ago the look before was; or the hours pass twice, and count as they were watched then.
        return;
    }
    // By the clock of the look that saw it.
    let wall = look.wall.before(look.at.since(changed));
    let pause = longest_pause(rules.interval_max);
    let watch = Watch::over(&one.spans, wall, look.wall, pause);
    let delay = look.at.since(changed);
    if delay > watch.worst_delay {
        found.add(format_args!(
            "COVERAGE: a change of {changed} was seen after {delay:?}, and the coverage says {:?}",
            watch.worst_delay
        ));
    }
}

/// A span begins and ends with looks that told something while the host as a whole was right; or where the last of them was
/// by a clock that was set back after it.
fn ends_are_looks(one: &Evidence, script: &Script, span: &Span, found: &mut Found<'_>) {
    let proven = |look: &&Look| look.kept && look.tells();
    let mut moved: Vec<u64> = one.looks.iter().map(|look| look.moved).chain([script.moved]).collect();
    moved.dedup();
    for end in [span.from, span.until] {
        let is_end = |look: &Look| moved.iter().any(|moved| *moved >= look.moved && look.told(*moved) == end);
        if !one.looks.iter().filter(proven).any(is_end) {
            found.add(format_args!("COVERAGE: nothing true was seen at {end}, an end of a span"));
        }
    }
}
