//! Whether everybody was looked at as often as the rules say, whatever was done to the clock and to the program.

use std::time::Duration;

use tgbio_core::coverage::Span;
use tgbio_core::{FetchErrorKind, Field, Rules, Timestamp, schedule};

use super::entries::{Entry, of};
use super::lost::{confirmed, is_suspicious, surges};
use super::{Evidence, Found};
use crate::simulation::script::Script;
use crate::simulation::world::{Look, Spoilt};

/// Claims of a killed process run out, a failed store is asked again, a clock that is set back by little is not noticed.
const SLACK: Duration = Duration::from_secs(5 * 60);

pub(super) fn check(
    one: &Evidence,
    script: &Script,
    rules: &Rules,
    (start, end): (Timestamp, Timestamp),
    found: &mut Found<'_>,
) {
    let waiting = waiting(one, (script, rules), end);
    let mut failures = 0;
    let (mut last, mut planned) = (start, Duration::ZERO);
    for look in &one.looks {
        in_time(script, Span::between(last, look.at), planned, found);
        let is_good = look.spoilt == Spoilt::No && look.kept;
        failures = if is_good { 0 } else { failures + 1 };
        let confirms = is_good && waiting.iter().any(|span| span.from <= look.at && look.at < span.until);
        let wait = longest_wait(look, rules, failures, confirms);
        // What was planned after a look that a power cut has undone is undone with it: the plan before it counts again. That
        // is over by then, but for a clock that was set back meanwhile.
        planned = if look.undone { wait.max(planned) } else { wait };
        last = look.at;
    }
    in_time(script, Span::between(last, end), planned, found);
}

/// How long the rules let it wait at most after an answer, with what chance adds.
fn longest_wait(look: &Look, rules: &Rules, failures: u32, confirms: bool) -> Duration {
    let wait = match &look.spoilt {
        Spoilt::No if look.kept && confirms => rules.confirm_delay,
        Spoilt::No if look.kept => rules.interval_max,
        Spoilt::Fails(FetchErrorKind::RateLimited { retry_after, .. }) => {
            schedule::backoff(failures, *retry_after, rules)
        }
        Spoilt::Fails(kind) if !says_gone(*kind) => schedule::backoff(failures, None, rules),
        _ => rules.interval_max.max(rules.backoff_max),
    };
    wait.mul_f64(1.1)
}

fn says_gone(kind: FetchErrorKind) -> bool {
    matches!(kind, FetchErrorKind::NotFound | FetchErrorKind::InvalidName)
}

/// Between two answers lies no more than was planned, and what the host or an outage took of it.
fn in_time(script: &Script, between: Span, planned: Duration, found: &mut Found<'_>) {
    let within = |span: &Span| span.until.min(between.until).since(span.from.max(between.from));
    // Of the time that a power cut has undone nobody knows that it has passed when the clock was set back since.
    let set_back =
        |undone: &&Span| script.unnoticed.iter().any(|at| undone.from <= *at && *at <= between.until);
    let undone = script.undone.iter().filter(set_back);
    let taken: Duration = script.outages.iter().chain(&script.waits).chain(undone).map(within).sum();
    let (waited, allowed) = (between.length(), planned + taken + SLACK);
    if waited > allowed {
        found.add(format_args!(
            "DELAY: nobody asked from {} for {waited:?}, of which {taken:?} were taken; {planned:?} were planned",
            between.from
        ));
    }
}

/// Fields that wait for a confirmation of their own when they are emptied.
const WAITING: [Field; 5] = [Field::Presence, Field::Bio, Field::HasPhoto, Field::Verified, Field::Premium];

/// The times in which a suspicious change that the history does not know yet waits for its confirmation.
fn waiting(one: &Evidence, (script, rules): (&Script, &Rules), end: Timestamp) -> Vec<Span> {
    let strangers = one.life.strangers();
    let mut spans = Vec::new();
    for field in WAITING {
        let entries = of(one, field);
        for stretch in one.life.stretches(field, end).iter().skip(1) {
            let before = entries.iter().rev().find(|entry| entry.seen < stretch.from);
            let is_news = before.is_some_and(|entry| entry.value != stretch.value);
            let of_itself = strangers.iter().all(|since| *since > stretch.until);
            if is_news && of_itself && is_suspicious(field, stretch.value.as_ref()) {
                // False sights of the same kind may have helped to confirm it earlier.
                let tells = |entry: &&Entry| entry.written >= stretch.from && entry.value == stretch.value;
                let written = entries.iter().find(tells).map_or(end, |entry| entry.written);
                let surges = surges(script, field, stretch.value.as_ref());
                let confirmed = confirmed(one, rules, stretch.from, &surges).unwrap_or(end);
                let until = confirmed.min(written).min(stretch.until);
                spans.push(Span::between(stretch.from, until));
            }
        }
    }
    spans
}
