//! `check`: looks now, beside a running server if there is one.

mod photos;

use std::time::Duration;

use futures_util::stream::{self, FuturesOrdered, StreamExt};
use tgbio_core::alarm::Alarm;
use tgbio_core::store::{Claim, Held, StoreError};
use tgbio_core::{Checked, Outcome, Tracker, WaitScope};

use self::photos::Photos;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::names::{self, Failures};
use super::{lines, out};

/// How long a claim lasts: longer than the slowest look.
const LEASE: Duration = Duration::from_secs(120);
/// Waiting changes that are told with a look.
const MOST_HELD: usize = 100;

/// What came of one look.
struct Look {
    checked: Checked,
    held: Vec<Held>,
    alarms: Vec<Alarm>,
}

/// Checks the named profiles, or all that are due.
pub async fn run(context: &mut Context, names: &[String], json: bool) -> CliResult {
    let tracker = context.tracker().await?;
    let mut round = Round { context, json, failures: Failures::default(), photos: Photos::new(&tracker) };
    if names.is_empty() {
        due(&mut round, &tracker).await?;
    } else {
        named(&mut round, &tracker, names).await?;
    }
    round.photos_end().await?;
    round.failures.end()
}

/// What has come of the looks so far. A photo is read beside them: a host that does not answer delays no result.
struct Round<'a> {
    context: &'a mut Context,
    json: bool,
    failures: Failures,
    photos: Photos,
}

impl Round<'_> {
    /// Gives out what came of a look, and has its photo read.
    fn tell(&mut self, look: CliResult<Look>) -> CliResult {
        if let Ok(look) = &look {
            self.photos.begin(&look.checked);
        }
        self.failures.note(look.and_then(|look| show(self.context, &look, self.json)))?;
        Ok(())
    }

    /// Gives out that a photo has changed.
    async fn tell_photo(&mut self, read: CliResult<Option<Checked>>) -> CliResult {
        let look = match self.failures.note(read)?.flatten() {
            None => return Ok(()),
            Some(checked) => finish(self.photos.tracker(), checked).await,
        };
        self.failures.note(look.and_then(|look| show(self.context, &look, self.json)))?;
        Ok(())
    }

    /// Waits for photos as long as one may take, and no longer for all of them.
    async fn photos_end(&mut self) -> CliResult {
        let until = tokio::time::Instant::now() + self.context.config.timeout;
        while let Ok(Some(read)) = tokio::time::timeout_at(until, self.photos.next()).await {
            self.tell_photo(read).await?;
        }
        let left = self.photos.left();
        if left > 0 {
            let left = out::many(left as u64, "photo");
            out::note(&format!("not read in time, and due again with the next looks: {left}"));
        }
        Ok(())
    }
}

async fn named(round: &mut Round<'_>, tracker: &Tracker, names: &[String]) -> CliResult {
    let progress = round.context.progress(names.len());
    let at_once = round.context.config.at_once();
    let looks = stream::iter(names).map(|name| check_named(tracker, name)).buffered(at_once);
    let mut looks = std::pin::pin!(looks);
    while let Some(look) = looks.next().await {
        progress.suspend(|| round.tell(look))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

async fn check_named(tracker: &Tracker, name: &str) -> CliResult<Look> {
    let record = names::find(&**tracker.store(), name).await?;
    let checked = tracker.check_now(record.id).await?;
    finish(tracker, checked).await
}

/// Everything that was due when the command began; what becomes due meanwhile is left to the next run.
async fn due(round: &mut Round<'_>, tracker: &Tracker) -> CliResult {
    tracker.follow_clock().await?;
    let started = tracker.clock().now();
    let mut any = false;
    loop {
        let at_once = round.context.config.at_once();
        let claims = tracker.store().claim_due(tracker.clock().now(), at_once, LEASE).await?;
        let (claims, later): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.record.next_check_at.is_some_and(|due| due <= started));
        for claim in &later {
            tracker.store().release(claim).await?;
        }
        if claims.is_empty() {
            break;
        }
        any = true;
        if check_batch(round, tracker, claims).await? {
            break;
        }
    }
    if !any {
        out::note("nothing is due");
    }
    Ok(())
}

/// True when the whole source asked to wait: the rest stays due.
async fn check_batch(round: &mut Round<'_>, tracker: &Tracker, claims: Vec<Claim>) -> CliResult<bool> {
    let mut limited = false;
    let mut looks: FuturesOrdered<_> =
        claims.into_iter().map(|claim| check_claimed(tracker, claim)).collect();
    while let Some(look) = looks.next().await {
        limited |= look.as_ref().is_ok_and(|look| look.checked.wait_scope == Some(WaitScope::Fetcher));
        round.tell(look)?;
    }
    Ok(limited)
}

async fn check_claimed(tracker: &Tracker, claim: Claim) -> CliResult<Look> {
    let name = claim.record.username.clone();
    match tracker.check(claim).await {
        Ok(checked) => finish(tracker, checked).await,
        Err(error @ StoreError::Conflict) => Err(CliError::Failed(format!("@{name}: {error}"))),
        Err(error) => Err(error.into()),
    }
}

/// Reads what waits, too.
async fn finish(tracker: &Tracker, checked: Checked) -> CliResult<Look> {
    let held = tracker.store().held(Some(checked.id), 0, MOST_HELD).await?;
    let alarms = tracker.store().alarms().await?;
    Ok(Look { checked, held, alarms })
}

/// Gives out what came of a look. That a profile was not found is an answer; anything else but a profile is a failure.
fn show(context: &mut Context, look: &Look, json: bool) -> CliResult {
    if json {
        context.out.json(&lines::CheckLine::new(&look.checked, &look.held, &look.alarms))?;
    } else {
        context.tell(&sentence(look))?;
    }
    match look.checked.outcome {
        Outcome::Profile | Outcome::NotFound => Ok(()),
        outcome => {
            let message = look.checked.message.clone().unwrap_or_else(|| outcome.to_string());
            Err(CliError::Failed(names::with_advice(message, look.checked.reason)))
        }
    }
}

fn sentence(look: &Look) -> String {
    let Look { checked, held, .. } = look;
    let fields: Vec<_> = checked.changed.iter().map(ToString::to_string).collect();
    let what = match checked.outcome {
        Outcome::Profile if fields.is_empty() => "unchanged".to_owned(),
        Outcome::Profile => format!("changed: {}", fields.join(", ")),
        outcome => {
            checked.reason.map_or_else(|| outcome.to_string(), |reason| format!("{outcome} ({reason})"))
        }
    };
    let waiting = if held.is_empty() { String::new() } else { format!(", {} held", held.len()) };
    let doubted = if checked.doubted { ", doubted: no canary vouches for the source" } else { "" };
    format!("@{}: {what}{waiting}{doubted}", checked.username)
}
