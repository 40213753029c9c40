//! `held`: changes that wait for confirmation, surges, and circuit breakers.

use tgbio_core::alarm::{Alarm, AlarmCause};
use tgbio_core::store::{Decision, Held, HeldId, ProfileStore, StoreError};
use tgbio_core::{Timestamp, settle_drift, settle_surge};

use super::args::HeldCommand;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::out;
use super::profile::seconds;
use crate::wire;

/// Waiting changes that are read at once.
const PAGE: usize = 200;

/// What is decided about.
#[derive(Debug, Clone)]
pub enum Which {
    /// One waiting change, by its id.
    One(i64),
    /// All changes of a surge, by its key.
    Surge(String),
    /// A circuit breaker, by its key.
    Drift(String),
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::One(id));
        }
        match Alarm::cause_of(text) {
            Some(AlarmCause::Surge(_)) => Ok(Self::Surge(text.to_owned())),
            Some(AlarmCause::Drift { .. }) => Ok(Self::Drift(text.to_owned())),
            _ => Err("the id of a waiting change, a surge like surge/emptied:bio or a drift like drift/scrape/bio is expected"
                .to_owned()),
        }
    }
}

/// Lists what waits, or decides about one change.
pub async fn run(context: &mut Context, decision: Option<HeldCommand>, json: bool) -> CliResult {
    match decision {
        None => list(context, json).await,
        Some(HeldCommand::Accept { id }) => decide(context, id, Decision::Accept).await,
        Some(HeldCommand::Reject { id }) => decide(context, id, Decision::Reject).await,
    }
}

async fn list(context: &mut Context, json: bool) -> CliResult {
    let store = context.to_read().await?;
    let alarms = store.alarms().await?;
    alarms.iter().for_each(|alarm| out::note(&format!("{}: {alarm}", alarm.key())));
    let mut rows = Vec::new();
    let mut after = 0;
    loop {
        let page = store.held(None, after, PAGE).await?;
        for held in &page {
            if json {
                context.out.json(&wire::Held::among(held, &alarms))?;
            } else {
                rows.push(row(held, &alarms));
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = last.id.0,
            _ => break,
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => {
            out::note("nothing is held");
            Ok(())
        }
        (false, false) => {
            context.out.table(&["id", "name", "why", "fields", "first seen", "confirmed"], rows)
        }
    }
}

fn row(held: &Held, alarms: &[Alarm]) -> Vec<String> {
    let surge = alarms.iter().find(|alarm| alarm.covers(held));
    let fields: Vec<_> = held.changes.iter().map(|change| change.field.to_string()).collect();
    vec![
        held.id.to_string(),
        format!("@{}", held.username),
        surge.map_or_else(|| held.reason.to_string(), |alarm| format!("{} ({})", held.reason, alarm.key())),
        fields.join(", "),
        seconds(held.first_seen),
        out::many(held.confirmations.into(), "time"),
    ]
}

async fn decide(context: &mut Context, which: Which, decision: Decision) -> CliResult {
    let id = match which {
        Which::One(id) => id,
        Which::Surge(key) => return decide_all(context, &key, decision).await,
        Which::Drift(key) => return decide_breaker(context, &key, decision).await,
    };
    let store = context.store().await?;
    let settled = store.settle(HeldId(id), decision, Timestamp::now(), &context.actor()).await;
    let held = settled.map_err(|error| match error {
        StoreError::NotFound(_) => {
            CliError::Failed(format!("nothing waits under the id {id}: see `tgbio held`"))
        }
        error => error.into(),
    })?;
    context.tell(&format!("@{}: {} is {}", held.username, held.reason, word(decision)))
}

async fn decide_all(context: &mut Context, key: &str, decision: Decision) -> CliResult {
    let store = context.store().await?;
    let settled = settle_surge(&*store, key, decision, Timestamp::now(), &context.actor()).await;
    let settled = settled.map_err(|error| match error {
        StoreError::NotFound(_) => CliError::Failed(format!("no surge {key} goes on: see `tgbio held`")),
        error => error.into(),
    })?;
    context.tell(&format!("{key}: {settled} changes are {}", word(decision)))
}

async fn decide_breaker(context: &mut Context, key: &str, decision: Decision) -> CliResult {
    let store = context.store().await?;
    let settled = settle_drift(&*store, key, decision, Timestamp::now(), &context.actor()).await;
    let alarm = settled.map_err(|error| match error {
        StoreError::NotFound(_) => CliError::Failed(format!("no {key} goes on: see `tgbio held`")),
        error => error.into(),
    })?;
    context.tell(&format!("{key}: {alarm}"))
}

fn word(decision: Decision) -> &'static str {
    if decision == Decision::Accept { "accepted" } else { "rejected" }
}
