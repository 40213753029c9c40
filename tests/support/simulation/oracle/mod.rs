//! The oracle: what must hold of a run, told from the truth and from the log of every answer.
//!
//! - Every entry shows what was true when it was first seen, and its interval holds the time of the change.
//! - Everybody is looked at as often as the rules say: between two answers lies no more than the rules' longest wait, what the
//!   host asked for, and what of the scripted outages lies there.
//! - Every right answer is used, unless something that was done to the program excuses it (`Script`), or ten of one kind had lost
//!   a field that it lacks.
//! - So a harmless change is recorded by the first right answer, and a suspicious one by as many as confirm it; while many seem to
//!   change alike, which is checked as well, repeats count for nothing.
//! - The entries of a field stand in the order in which they became true.
//! - What a power cut has undone was not looked at; what people were told and what they did is there after it, and after each
//!   cut the file is sound, the chain whole, and no revision is missing in between.
//! - In the end the kept state is the truth, and nothing waits.
//! - Where the coverage says that a profile was watched, a look was kept as often as it says.

mod coverage;
mod delays;
mod drifts;
mod durable;
mod entries;
mod lost;
mod surges;

use std::fmt;

use tgbio_core::coverage::Span;
use tgbio_core::store::{Held, LoggedChange, ProfileRecord, Revision};
use tgbio_core::{Field, Observed, Presence, Rules, Timestamp};

use super::script::Script;
use super::truth::Life;
use super::world::Look;

/// One profile after a run.
#[derive(Debug)]
pub struct Evidence {
    /// The truth.
    pub life: Life,
    /// Every answer about it.
    pub looks: Vec<Look>,
    /// The record in the end.
    pub record: ProfileRecord,
    /// Its history.
    pub revisions: Vec<Revision>,
    /// What still waits.
    pub held: Vec<Held>,
    /// Its coverage.
    pub spans: Vec<Span>,
}

/// What does not hold of one profile.
struct Found<'a> {
    life: &'a Life,
    words: &'a mut Vec<String>,
}

impl Found<'_> {
    fn add(&mut self, words: impl fmt::Display) {
        self.words.push(format!("profile {} ({}): {words}", self.life.place, self.life.name));
    }
}

/// Everything that does not hold.
pub fn judge(
    all: &[Evidence],
    changes: &[LoggedChange],
    script: &Script,
    rules: &Rules,
    (start, end): (Timestamp, Timestamp),
) -> Vec<String> {
    let mut words = Vec::new();
    surges::check(all, script, rules, &mut words);
    durable::check(all, changes, script, &mut words);
    for one in all {
        let mut found = Found { life: &one.life, words: &mut words };
        entries::check(one, &mut found);
        delays::check(one, script, rules, (start, end), &mut found);
        lost::check((one, all), script, rules, end, &mut found);
        coverage::check(one, script, rules, &mut found);
        in_the_end(one, end, &mut found);
    }
    words
}

/// In the end, after a quiet day, the state is the truth.
fn in_the_end(one: &Evidence, end: Timestamp, found: &mut Found<'_>) {
    let truth = one.life.at(end);
    let presence = if truth.is_some() { Presence::Present } else { Presence::Missing };
    if one.record.presence != presence {
        found.add(format_args!("is {} in the end, kept as {}", presence, one.record.presence));
    }
    for held in &one.held {
        found.add(format_args!("{} still waits in the end, since {}", held.reason, held.first_seen));
    }
    let (Some(truth), Some(state)) = (truth, &one.record.state) else { return };
    for field in Field::OF_PROFILE {
        let (true_value, kept) = (truth.value(field), state.value(field));
        let comparable = true_value.is_known() && kept.is_known() && field != Field::Photo;
        if comparable && true_value != kept {
            found.add(format_args!("{field} is {true_value:?} in the end, kept as {kept:?}"));
        }
        if true_value.is_known() && matches!(kept, Observed::Hidden) && one.life.known {
            found.add(format_args!("{field} is not known in the end"));
        }
    }
}
