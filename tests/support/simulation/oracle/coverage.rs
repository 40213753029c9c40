//! Whether the coverage claims no more than what was seen.

use tgbio_core::Rules;
use tgbio_core::coverage::Span;

use super::{Evidence, Found};
use crate::simulation::world::Look;

pub(super) fn check(one: &Evidence, rules: &Rules, found: &mut Found<'_>) {
    for span in &one.spans {
        ends_are_looks(one, span, found);
        let _ = rules;
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
