//! What may be believed of a look, and what it writes. Pure: no I/O, no clock, no chance of its own.
//!
//! Before a look comes here its source is asked what goes on ([`crate::alarm`]): a field whose selector has died and that
//! looks empty counts as not seen, and of a backend that shows no canary any more nothing new is judged ([`crate::drift`]).
//!
//! ```text
//!   a look
//!     |
//!     +-- it failed ----------------------------------------------> health and next look only
//!     +-- its whole backend has drifted, and it tells something --> doubted: health only
//!     +-- another id answers --> suspicious (owner_changed); nothing of it is believed
//!     +-- something is gone ---> suspicious (disappeared, emptied, kind_changed)
//!     +-- something is new
//!            |
//!            +-- of a kind that surges --> suspicious (surge)
//!            +-- else -------------------------------------------> revision
//!
//!   suspicious
//!     |
//!     +-- no good canary ----------------------------------------> doubted: health only
//!     +-- good canary --> held
//!
//!   held
//!     +-- seen again while its kind surges ----------------------> held, not counted
//!     +-- seen again, `confirm_delay` after the last ------------> held, counted
//!     +-- counted `confirm_checks` times, each with a good canary> revision, with the time of the first sight
//!     +-- a person accepts it, or its whole surge ---------------> revision
//!     +-- a person rejects it, or its whole surge ---------------> rejected
//!     +-- something else is seen --------------------------------> dropped, no entry
//!     +-- its field is broken: neither seen nor unseen ----------> held
//!
//!   rejected
//!     +-- seen again --------------------------------------------> rejected
//!     +-- something else is seen --------------------------------> dropped
//! ```
//!
//! | alarm | is raised | is over |
//! |---|---|---|
//! | surge of one kind of change | [`Rules::surge_profiles`] profiles and [`Rules::surge_percent`] per cent of those looked at, within [`Rules::surge_window`] | below that for a whole window, the canaries good and the field no drift; or a person decides |
//! | drift of a field | a canary has lost it, its selector has died, or many profiles of one kind have lost it and none of that kind shows it | the canary or any such page shows it, or a person says that it is right; the exceptions stand in [`crate::drift`] |
//! | drift of a backend | all its canaries, which were read well, are no profiles any more | one is read well; after a day; or a person says so |
//!
//! A canary that shows less is no judge of the source any more, and neither is time: it is believed to have changed itself
//! only after a day and when the field can still be read, or when nobody else had it.
//!
//! A look that failed changes nothing but the health and the time of the next look, which is not longer away than the
//! source has been well since an outage ([`schedule::backoff_anew`]). "Not found" is evidence and goes
//! the suspicious way. An answer with another Telegram id than the profile's is somebody else's: see `names.rs`.

mod held;
mod looks;
mod names;
mod replaced;
mod surging;
mod suspicion;

use std::time::Duration;

use crate::canary::CanaryReport;
use crate::store::{CheckRecord, Held, ProfileRecord};
use crate::surge::SurgeKind;
use crate::{
    FetchError, FetchErrorKind, Health, Observation, Outcome, Presence, Rules, Timestamp, WaitScope, schedule,
};

pub use held::{accept, reject};
pub use names::displaced;
pub(crate) use names::{is_doubted, is_stranger};
use suspicion::{Suspicion, disappearance, suspicions};

/// A look is put off by so much at least, whatever its backend says.
const LEAST_PUT_OFF: Duration = Duration::from_secs(1);

/// What a look is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The profile as it is kept.
    pub record: &'a ProfileRecord,
    /// Its waiting and rejected changes.
    pub held: &'a [Held],
    /// The intervals and delays.
    pub rules: &'a Rules,
    /// The surges that go on.
    pub surges: &'a [SurgeKind],
    /// How long ago the source has recovered from an outage, where that is known.
    pub since_recovery: Option<Duration>,
    /// The end of the look.
    pub now: Timestamp,
    /// A random number in `0.0..1.0` that spreads the next look.
    pub random: f64,
}

/// How a look ended.
pub type Look<'a> = Result<&'a Observation, &'a FetchError>;

/// Whether this look says something that needs a canary to be judged: something suspicious, or that something is
/// empty or gone as it was, which is how a throttled or changed site looks as well.
pub fn needs_canary(context: &Context<'_>, look: Look<'_>) -> bool {
    let nothing_there = match look {
        Ok(observation) => suspicion::empties(&observation.profile).next().is_some(),
        Err(error) => says_gone(context, error) && context.record.presence == Presence::Missing,
    };
    nothing_there || is_suspicious(context, look)
}

fn is_suspicious(context: &Context<'_>, look: Look<'_>) -> bool {
    found(context, look).iter().any(|suspicion| match suspicion.known(context.held) {
        Some(held) => !held.rejected && counts_again(context, held),
        None => true,
    })
}

/// Judges a look. `canary` may be `None` where [`needs_canary`] says no.
pub fn judge(context: &Context<'_>, look: Look<'_>, canary: Option<&CanaryReport>) -> CheckRecord {
    match look {
        Ok(observation) if is_stranger(context.record, context.held, observation) => {
            names::somebody_else(context, observation, canary)
        }
        Ok(observation) => looks::seen(context, observation, canary),
        Err(error) if says_gone(context, error) => looks::gone(context, error, canary),
        Err(error) => failed(context, error),
    }
}

fn found(context: &Context<'_>, look: Look<'_>) -> Vec<Suspicion> {
    match look {
        Ok(_) if context.record.state.is_none() => Vec::new(),
        Ok(observation) if is_stranger(context.record, context.held, observation) => {
            names::taken_over(context.record, observation).into_iter().collect()
        }
        Ok(observation) => suspicions(context, observation),
        Err(error) if says_gone(context, error) => disappearance(context.record),
        Err(_) => Vec::new(),
    }
}

/// Whether a look tells that the profile is gone. Only the backend that saw it last can tell that: many a profile has
/// never had a page, and a renamed one has none any more, while the protocol knows them.
fn says_gone(context: &Context<'_>, error: &FetchError) -> bool {
    let told = matches!(error.kind(), FetchErrorKind::NotFound | FetchErrorKind::InvalidName);
    let asked = |error: &&FetchError| error.not_asked_for().is_none();
    let mut tellers = std::iter::once(error).chain(error.same_told()).filter(asked).map(FetchError::fetcher);
    told && tellers.any(|teller| context.record.seen_by.as_deref().is_none_or(|seen_by| teller == seen_by))
}

/// Whether enough time has passed for another sight to count.
fn counts_again(context: &Context<'_>, held: &Held) -> bool {
    context.now.since(held.counted_at) >= context.rules.confirm_delay
}

/// A look that told nothing.
fn failed(context: &Context<'_>, error: &FetchError) -> CheckRecord {
    let health = Health::new(error.kind().into(), error.reason().map(str::to_owned), context.now);
    match (error.not_asked_for(), error.wait_scope(), error.retry_after()) {
        (Some(wait), _, _) => not_asked(context, health, wait),
        (_, Some(WaitScope::Profile), Some(wait)) => put_off(context, health, wait),
        (_, _, wait) => after_failure(context, health, wait),
    }
}

/// A look that its backend puts off to a time of its own choice: that is no failure, and nothing is added to the wait.
fn put_off(context: &Context<'_>, health: Health, wait: Duration) -> CheckRecord {
    CheckRecord::nothing(context.record, health, context.now.after(wait.max(LEAST_PUT_OFF)))
}

/// The source was not asked: how the last look ended, and when that was, stays what it was.
fn not_asked(context: &Context<'_>, health: Health, wait: Duration) -> CheckRecord {
    let mut check = put_off(context, health, wait);
    if let (Some(last), Some(at)) = (&context.record.health, context.record.last_checked_at) {
        (check.health, check.at) = (last.clone(), at);
    }
    check
}

/// A look that is not judged, because its source has drifted: it told something, and nothing of it is written.
pub(crate) fn unjudged(context: &Context<'_>, look: Look<'_>) -> CheckRecord {
    let (outcome, reason) = match look {
        Ok(_) => (Outcome::Profile, None),
        Err(error) => (error.kind().into(), error.reason().map(str::to_owned)),
    };
    let health = Health::new(outcome, reason, context.now);
    let mut check = after_failure(context, health, None);
    check.health.doubted = true;
    check
}

/// A look that has not seen every field, because its source has lost some: what was not judged was not watched either.
pub(crate) fn not_all_seen(context: &Context<'_>, check: &mut CheckRecord) {
    check.seen = false;
    looks::doubt(context, check);
}

fn after_failure(context: &Context<'_>, health: Health, asked: Option<Duration>) -> CheckRecord {
    let failures = context.record.failures.saturating_add(1);
    let since_recovery = context.since_recovery.unwrap_or(Duration::MAX);
    let wait = schedule::backoff_anew(failures, asked, since_recovery, context.rules);
    let next = schedule::spread_later(context.now, wait, context.random);
    CheckRecord { failures, ..CheckRecord::nothing(context.record, health, next) }
}

#[cfg(test)]
mod tests;
