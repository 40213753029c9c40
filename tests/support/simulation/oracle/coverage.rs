//! Whether the coverage claims no more than what was seen.

use tgbio_core::coverage::{Span, Watch, longest_pause};
use tgbio_core::{Rules, Timestamp};

use super::{Evidence, Found};
use crate::simulation::world::Look;

pub(super) fn check(one: &Evidence, rules: &Rules, found: &mut Found<'_>) {
    for span in &one.spans {
        ends_are_looks(one, span, found);
    }
    for pair in one.life.phases.windows(2) {
        seen_in_time(one, rules, pair[1].from, found);
    }
}

/// A look told something about a change as soon as the coverage of the time in between says.
fn seen_in_time(one: &Evidence, rules: &Rules, changed: Timestamp, found: &mut Found<'_>) {
    let after = one.looks.partition_point(|look| look.at < changed);
    let (before, later) = one.looks.split_at(after);
    let Some(look) = later.iter().find(|look| look.kept && look.tells()) else { return };
    let Some(last) = before.last() else { return };
    let was_set = look.at.since(last.at) != look.wall.since(last.wall);
    if was_set {
        // Two clocks: a time in between cannot be told on the one that was set.
        return;
    }
    let wall = last.wall.after(changed.since(last.at));
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

/// A span begins and ends with looks that told something while the host as a whole was right.
fn ends_are_looks(one: &Evidence, span: &Span, found: &mut Found<'_>) {
    let proven = |look: &&Look| look.kept && look.tells();
    for end in [span.from, span.until] {
        if !one.looks.iter().filter(proven).any(|look| look.wall == end) {
            found.add(format_args!("COVERAGE: nothing true was seen at {end}, an end of a span"));
        }
    }
}
