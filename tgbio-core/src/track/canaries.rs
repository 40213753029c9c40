//! Asks the canaries, not more often than needed, and remembers what they have shown.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::canary::{self, CanaryRecord, CanaryReport};
use crate::store::{ProfileStore, StoreResult};
use crate::{Clock, ProfileFetcher, Target, Timestamp, Username};

/// A report vouches for looks of the same minute.
const SAME_MINUTE: Duration = Duration::from_secs(60);
/// A report that is not good is asked again sooner.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// The canaries of one tracker.
#[derive(Debug)]
pub(super) struct Canaries {
    names: Vec<Username>,
    /// How old a good report may be.
    lasts: Duration,
    /// By the name of the backend that was asked, since one vouches for nobody else.
    latest: Mutex<HashMap<String, Latest>>,
    looks: AtomicU64,
}

#[derive(Debug, Clone)]
struct Latest {
    at: Timestamp,
    /// The same on a clock that nobody sets.
    steady: Duration,
    good: bool,
    report: CanaryReport,
}

impl Canaries {
    /// `confirm_delay` bounds the age of a report too: no two repeats lean on one look.
    pub fn new(names: Vec<Username>, confirm_delay: Duration) -> Self {
        Self {
            names,
            lasts: SAME_MINUTE.min(confirm_delay),
            latest: Mutex::default(),
            looks: AtomicU64::new(0),
        }
    }

    /// How often they were looked at.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }

    pub fn names(&self) -> &[Username] {
        &self.names
    }

    /// What the canaries say around `at` about a backend, if that is known without asking or waiting.
    pub fn known(&self, clock: &dyn Clock, backend: &str, at: Timestamp) -> Option<CanaryReport> {
        if self.names.is_empty() {
            return Some(CanaryReport::unwatched());
        }
        let latest = self.latest.try_lock().ok()?;
        let known = latest.get(backend).filter(|known| self.is_fresh(known, at, clock.steady()))?;
        Some(known.report.clone())
    }

    /// What the canaries say around `at` about the source, or about one of its backends. Callers that come at once share
    /// one look, and with `in_any_case` a look that was taken just before counts for nothing.
    pub async fn report(
        &self,
        fetcher: &dyn ProfileFetcher,
        store: &dyn ProfileStore,
        clock: &dyn Clock,
        through: Option<&str>,
        (at, in_any_case): (Timestamp, bool),
    ) -> StoreResult<CanaryReport> {
        if self.names.is_empty() {
            return Ok(CanaryReport::unwatched());
        }
        let mut latest = self.latest.lock().await;
        let fresh = |known: &&Latest| !in_any_case && self.is_fresh(known, at, clock.steady());
        let known = match through {
            Some(backend) => latest.get(backend).filter(fresh),
            None => latest.values().filter(fresh).max_by_key(|known| (known.good, known.at)),
        };
        if let Some(known) = known {
            return Ok(known.report.clone());
        }
        let mut records = Vec::new();
        for name in &self.names {
            records.push(look(name, through, fetcher, store, clock).await?);
        }
        let report = CanaryReport::of(&records);
        let good = records.iter().all(CanaryRecord::is_good);
        self.looks.fetch_add(1, Ordering::Relaxed);
        let taken = Latest { at: clock.now(), steady: clock.steady(), good, report: report.clone() };
        latest.insert(asked(through, &records).unwrap_or(fetcher.name()).to_owned(), taken);
        Ok(report)
    }

    /// Old by either clock is old: the wall clock may have been set.
    fn is_fresh(&self, known: &Latest, at: Timestamp, steady: Duration) -> bool {
        let by_wall = at.since(known.at).max(known.at.since(at));
        let distance = by_wall.max(steady.saturating_sub(known.steady));
        distance < if known.good { self.lasts } else { self.lasts.min(ASK_AGAIN) }
    }
}

/// The backend that was asked: the one that has read them all, where any might have done so.
fn asked<'a>(through: Option<&'a str>, records: &'a [CanaryRecord]) -> Option<&'a str> {
    let read_by = |record: &'a CanaryRecord| {
        record.fetcher.as_deref().filter(|_| record.outcome == crate::Outcome::Profile)
    };
    let first = records.first().and_then(read_by).filter(|_| through.is_none());
    through.or(first.filter(|_| records.iter().all(|record| read_by(record) == first)))
}

async fn look(
    name: &Username,
    through: Option<&str>,
    fetcher: &dyn ProfileFetcher,
    store: &dyn ProfileStore,
    clock: &dyn Clock,
) -> StoreResult<CanaryRecord> {
    let before = store.canary(name).await?.unwrap_or_else(|| CanaryRecord::new(name.clone(), clock.now()));
    let look = fetcher.fetch(&Target::new(name.clone()).through(through)).await;
    let ended = match &look {
        Ok(observation) => Ok(observation),
        Err(error) => Err((error.kind().into(), error.reason().map(str::to_owned))),
    };
    let after = canary::after_look(&before, ended, clock.now());
    tell(&before, &after);
    store.set_canary(&after).await?;
    Ok(after)
}

/// Tells when a canary turns bad, and when it is good again.
fn tell(before: &CanaryRecord, after: &CanaryRecord) {
    let (name, outcome, lost) = (&after.username, after.outcome, &after.lost);
    match (before.is_good(), after.is_good()) {
        (true, false) => tracing::warn!(canary = %name, %outcome, ?lost, "a canary is not read well"),
        (false, true) if before.good_at.is_some() => {
            tracing::info!(canary = %name, "a canary is read well again");
        }
        _ => {}
    }
}
