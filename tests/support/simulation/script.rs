//! What was done to the program, as the world did it: all that excuses a late look or one that was not used.

use std::collections::BTreeMap;

use tgbio_core::coverage::Span;
use tgbio_core::store::LoggedChange;
use tgbio_core::{ProfileId, Timestamp};

use super::world::VOUCHED_FOR;

/// What happened to one run, in true time.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The process or the machine was down, or the disk refused everything.
    pub outages: Vec<Span>,
    /// The host asked to be left alone.
    pub waits: Vec<Span>,
    /// Answers about the canary, and whether they were right.
    pub canaries: Vec<(Timestamp, bool)>,
    /// Writes that failed by themselves, and kills.
    pub failures: Vec<Timestamp>,
    /// When the clock was set back while no process could notice.
    pub unnoticed: Vec<Timestamp>,
    /// The keys of alarms, when they were raised and ended.
    pub alarms: Vec<(Timestamp, String, bool)>,
    /// By how much the store has moved what it knows back in all, because the clock was set back: in milliseconds.
    pub moved: u64,
    /// The times of which power cuts have undone what was written: each ends with the cut.
    pub undone: Vec<Span>,
    /// What was found broken in the database after one, in words.
    pub broken: Vec<String>,
    /// What people were told of the change log.
    pub told: Vec<LoggedChange>,
    /// The last note beside each profile that was acknowledged.
    pub notes: BTreeMap<ProfileId, String>,
}

impl Script {
    /// When changes of a kind, like `emptied:bio`, waited as a surge.
    pub fn surges(&self, code: &str) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (at, key, goes_on) in &self.alarms {
            match (key.strip_prefix("surge/") == Some(code), goes_on) {
                (true, true) => spans.push(Span::between(*at, Timestamp::from_millis(i64::MAX))),
                (true, false) => {
                    if let Some(last) = spans.last_mut() {
                        last.until = *at;
                    }
                }
                (false, _) => {}
            }
        }
        spans
    }

    /// Whether something that was done to the program keeps a right answer at this time from being used.
    pub fn excuses(&self, at: Timestamp) -> bool {
        let heard = self.canaries.partition_point(|(asked, _)| *asked <= at);
        let (before, last) = (&self.canaries[..heard], heard.checked_sub(1).map(|last| self.canaries[last]));
        let spoilt = |(asked, right): &&(Timestamp, bool)| !right && at.since(*asked) <= VOUCHED_FOR;
        let unvouched =
            last.is_none_or(|(_, right)| !right) || before.iter().rev().take(8).any(|one| spoilt(&one));
        unvouched
            || self.failures.contains(&at)
            || self.outages.iter().any(|span| span.from <= at && at <= span.until)
    }
}
