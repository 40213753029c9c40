//! `held`: changes that wait for confirmation.

use tgbio_core::Timestamp;
use tgbio_core::store::{Decision, Held, HeldId, ProfileStore};

use super::args::HeldCommand;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::out;
use super::profile::seconds;
use crate::wire;

/// Waiting changes that are read at once.
const PAGE: usize = 200;

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
    let mut rows = Vec::new();
    let mut after = 0;
    loop {
        let page = store.held(None, after, PAGE).await?;
        for held in &page {
            if json { context.out.json(&wire::Held::from(held))? } else { rows.push(row(held)) }
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

fn row(held: &Held) -> Vec<String> {
    let fields: Vec<_> = held.changes.iter().map(|change| change.field.to_string()).collect();
    vec![
        held.id.to_string(),
        format!("@{}", held.username),
        held.reason.to_string(),
        fields.join(", "),
        seconds(held.first_seen),
        format!("{} times", held.confirmations),
    ]
}

async fn decide(context: &mut Context, id: i64, decision: Decision) -> CliResult {
    let store = context.store().await?;
    let settled = store.settle(HeldId(id), decision, Timestamp::now(), &context.actor()).await;
    let held = settled.map_err(|error| match error {
        tgbio_core::store::StoreError::NotFound(_) => {
            CliError::Failed(format!("nothing waits under the id {id}: see `tgbio held`"))
        }
        error => error.into(),
    })?;
    let word = if decision == Decision::Accept { "accepted" } else { "rejected" };
    context.tell(&format!("@{}: {} is {word}", held.username, held.reason))
}
