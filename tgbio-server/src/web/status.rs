//! `/status`: how the checks are doing, what waits, and what fails.

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;
use tgbio_core::alarm::Alarm;
use tgbio_core::canary::CanaryRecord;
use tgbio_core::store::sqlite::KeptCheckpoint;
use tgbio_core::store::{Held, ProfileKey, ProfileQuery, ProfileRecord, StoreError, Totals};
use tgbio_core::{Health, PollerStatus};

use super::alarms::{self, Shown};
use super::held::{self, Waiting};
use super::html::{Html, fill_plain};
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{names, plain, telegram, times};
use crate::state::HostBudget;

const MOST_HELD: usize = 20;
const MOST_FAILING: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    held_after: i64,
    failing: Option<String>,
}

pub(super) type Facts = Vec<(&'static str, Html)>;

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    page: Page,
    t: &'static Texts,
    known: bool,
    admin: bool,
    running: bool,
    checks: Facts,
    totals: Facts,
    hosts: Vec<[Html; 4]>,
    account: Option<Facts>,
    account_alarm: Option<&'static str>,
    canaries: Vec<[Html; 4]>,
    alarms: Vec<Shown>,
    waiting: String,
    any_held: bool,
    held: Vec<Waiting>,
    held_more: Option<i64>,
    failing: Vec<Failing>,
    failing_more: Option<String>,
}

struct Failing {
    called: String,
    handle: Html,
    why: String,
    times: String,
    checked: Html,
}

/// What the store says.
struct Found {
    totals: Totals,
    alarms: Vec<Alarm>,
    canaries: Vec<(String, Option<CanaryRecord>)>,
    held: Vec<Held>,
    states: Vec<Option<ProfileRecord>>,
    failing: Vec<ProfileRecord>,
    failing_more: Option<String>,
    checkpoint: Option<KeptCheckpoint>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(from): Query<From>) -> Reply {
    visitor.reads()?;
    let found = find(&visitor, &from).await?;
    let (t, app) = (visitor.t, &visitor.web.app);
    let poller = app.poller.status();
    let confirm = app.tracker.rules().confirm_checks;
    // Whose account it is and what to do about it concerns only those who log in.
    let account = app.budgets.account().filter(|_| visitor.is_known());
    let state = |at: usize| found.states.get(at)?.as_ref()?.state.as_ref();
    let held = found
        .held
        .iter()
        .enumerate()
        .map(|(at, held)| held::waiting(t, held, state(at), confirm, &found.alarms));
    visitor.show(&Status {
        page: visitor.page(Section::Status, t.status_title),
        t,
        known: visitor.is_known(),
        admin: visitor.is_admin(),
        running: poller.running,
        checks: checks(&visitor, &poller, found.checkpoint.as_ref()),
        totals: totals(t, &found.totals),
        hosts: app.budgets.budgets().iter().map(|budget| host(t, budget)).collect(),
        account_alarm: account.as_ref().and_then(|status| telegram::alarm(t, status)),
        account: account.map(|status| telegram::facts(t, &status)),
        canaries: found.canaries.iter().map(|(name, record)| canary(t, name, record.as_ref())).collect(),
        alarms: found.alarms.iter().map(|alarm| alarms::shown(t, alarm)).collect(),
        waiting: t.many(&t.held_waiting, found.totals.held),
        any_held: found.totals.held > 0,
        held: held.collect(),
        held_more: (found.held.len() == MOST_HELD).then(|| found.held.last().map(|held| held.id.0)).flatten(),
        failing: found.failing.iter().map(|record| failing(t, record)).collect(),
        failing_more: found.failing_more,
    })
}

async fn find(visitor: &Visitor, from: &From) -> Result<Found, StoreError> {
    let (app, known) = (&visitor.web.app, visitor.is_known());
    let store = app.store();
    let query = ProfileQuery {
        cursor: from.failing.clone().filter(|cursor| !cursor.is_empty()),
        limit: MOST_FAILING,
        failing: true,
        ..ProfileQuery::default()
    };
    let (totals, failing, alarms) = tokio::try_join!(store.totals(), store.profiles(&query), store.alarms())?;
    let mut canaries = Vec::new();
    for name in app.tracker.canaries() {
        canaries.push((name.to_string(), store.canary(name).await?));
    }
    // What is not confirmed is shown only to those who log in.
    let held = if known { store.held(None, from.held_after, MOST_HELD).await? } else { Vec::new() };
    let mut states = Vec::with_capacity(held.len());
    for held in &held {
        states.push(store.profile(&ProfileKey::Id(held.profile_id)).await?);
    }
    let (failing, failing_more) = (failing.items, failing.next_cursor);
    let checkpoint = match app.checkpoints() {
        Some(checkpoints) => checkpoints.last().await.ok().flatten(),
        None => None,
    };
    Ok(Found { totals, alarms, canaries, held, states, failing, failing_more, checkpoint })
}

fn checks(visitor: &Visitor, poller: &PollerStatus, checkpoint: Option<&KeptCheckpoint>) -> Facts {
    let (t, settings) = (visitor.t, &visitor.web.app.settings);
    let mut facts =
        vec![(t.status_loop, Html::text(if poller.running { t.status_running } else { t.status_stopped }))];
    facts.push((t.status_in_flight, Html::text(&poller.in_flight.to_string())));
    if let Some(until) = poller.paused_until {
        facts.push((t.status_paused_until, times::time(t, until)));
    }
    let mut last = times::ago_or_never(t, poller.last_look.map(|(at, _)| at));
    if let Some((_, outcome)) = poller.last_look {
        last.markup(" (").push_text(t.outcome(outcome)).markup(")");
    }
    facts.push((t.status_last_look, last));
    facts.push((t.status_store, Html::text(poller.store_error.as_deref().unwrap_or(t.status_store_ok))));
    facts.push((t.status_backend, Html::text(&settings.backend)));
    facts.push((t.status_started, times::ago(t, settings.started_at)));
    if let Some(last) = checkpoint {
        facts.push((t.status_checkpoint, signed(t, last, visitor.is_known())));
    }
    facts.push((t.status_version, Html::text(env!("CARGO_PKG_VERSION"))));
    facts
}

/// The last checkpoint. Where it went is told only to those who log in.
fn signed(t: &Texts, last: &KeptCheckpoint, known: bool) -> Html {
    let links = t.number(last.checkpoint.head.seq);
    let mut told = times::ago(t, last.checkpoint.at);
    told.push_text(", ").push_text(&fill_plain(t.status_checkpoint_links, &[&links]));
    if known && last.deliveries.is_empty() {
        told.push_text("; ").push_text(t.status_checkpoint_nowhere);
    }
    for delivery in last.deliveries.iter().filter(|_| known) {
        let text = match &delivery.error {
            None => fill_plain(t.status_checkpoint_sent, &[&delivery.place]),
            Some(why) => fill_plain(t.status_checkpoint_failed, &[&format!("{}, {why}", delivery.place)]),
        };
        told.push_text("; ").push_text(&text);
    }
    told
}

fn totals(t: &Texts, totals: &Totals) -> Facts {
    let numbers = [
        (t.status_profiles, totals.profiles),
        (t.status_monitored, totals.monitored),
        (t.status_gone, totals.missing),
        (t.status_failing, totals.failing),
        (t.status_revisions, totals.revisions),
        (t.status_waiting, totals.held),
    ];
    numbers.into_iter().map(|(name, number)| (name, Html::text(&t.number(number)))).collect()
}

fn host(t: &Texts, budget: &HostBudget) -> [Html; 4] {
    let pause = budget.min_delay;
    let delay = if pause.is_zero() { t.status_no_limit.to_owned() } else { times::span(t, pause) };
    let mut until = budget.not_before.map_or_else(|| Html::text("\u{2013}"), |at| times::time(t, at));
    if let Some(reason) = budget.reason.as_deref().filter(|_| budget.not_before.is_some()) {
        until.markup(" (").push(&plain::text(t.reason(reason))).markup(")");
    }
    [
        Html::text(&t.host(&budget.host)),
        Html::text(&delay),
        Html::text(&t.number(budget.requests_last_minute)),
        until,
    ]
}

fn canary(t: &Texts, name: &str, record: Option<&CanaryRecord>) -> [Html; 4] {
    let name = Html::text(&format!("@{name}"));
    let none = || Html::text("\u{2013}");
    let Some(record) = record else { return [name, Html::text(t.status_not_asked), none(), none()] };
    let mut outcome = Html::text(&t.outcome_and_reason(record.outcome, record.reason.as_deref()));
    outcome.markup(", ").push(&times::ago(t, record.checked_at));
    let lost = if record.lost.is_empty() { none() } else { Html::text(&t.fields(&record.lost)) };
    [name, outcome, lost, times::ago_or_never(t, record.good_at)]
}

fn failing(t: &Texts, record: &ProfileRecord) -> Failing {
    Failing {
        called: names::called(record),
        handle: names::handle(record),
        why: record.health.as_ref().map(|health| why(t, health)).unwrap_or_default(),
        times: t.number(u64::from(record.failures)),
        checked: times::ago_or_never(t, record.last_checked_at),
    }
}

fn why(t: &Texts, health: &Health) -> String {
    if health.doubted {
        return t.failing_doubted.to_owned();
    }
    t.outcome_and_reason(health.outcome, health.reason.as_deref())
}
