//! `check`: looks now, beside a running server if there is one.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use tgbio_core::alarm::Alarm;
use tgbio_core::store::{Claim, Held, StoreError};
use tgbio_core::{Checked, Field, Outcome, Tracker, WaitScope};

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
    let mut failures = Failures::default();
    if names.is_empty() {
        due(context, &tracker, json, &mut failures).await?;
    } else {
        named(context, &tracker, names, json, &mut failures).await?;
    }
    failures.end()
}

async fn named(
    context: &mut Context,
    tracker: &Tracker,
    names: &[String],
    json: bool,
    failures: &mut Failures,
) -> CliResult {
    let progress = context.progress(names.len());
    let looks = stream::iter(names).map(|name| check_named(tracker, name)).buffered(context.config.at_once());
    let mut looks = std::pin::pin!(looks);
    while let Some(look) = looks.next().await {
        progress.suspend(|| failures.note(look.and_then(|look| show(context, &look, json))))?;
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
async fn due(context: &mut Context, tracker: &Tracker, json: bool, failures: &mut Failures) -> CliResult {
    tracker.follow_clock().await?;
    let started = tracker.clock().now();
    let mut any = false;
    loop {
        let claims =
            tracker.store().claim_due(tracker.clock().now(), context.config.at_once(), LEASE).await?;
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
        if check_batch(context, tracker, claims, json, failures).await? {
            break;
        }
    }
    if !any {
        out::note("nothing is due");
    }
    Ok(())
}

/// True when the whole source asked to wait: the rest stays due.
async fn check_batch(
    context: &mut Context,
    tracker: &Tracker,
    claims: Vec<Claim>,
    json: bool,
    failures: &mut Failures,
) -> CliResult<bool> {
    let mut limited = false;
    for look in join_all(claims.into_iter().map(|claim| check_claimed(tracker, claim))).await {
        limited |= look.as_ref().is_ok_and(|look| look.checked.wait_scope == Some(WaitScope::Fetcher));
        failures.note(look.and_then(|look| show(context, &look, json)))?;
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

/// Reads the photo, too, and what waits.
async fn finish(tracker: &Tracker, mut checked: Checked) -> CliResult<Look> {
    if checked.photo_due {
        let committed = tracker.read_photo(checked.id).await?;
        if !committed.numbers.is_empty() {
            checked.changed.push(Field::Photo);
            checked.revisions.extend(committed.numbers);
        }
    }
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
