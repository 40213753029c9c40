//! How the server is doing, in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::canary::CanaryRecord;
use tgbio_core::{PollerStatus, store};

use super::{Account, Alarm, Checkpoint, Interval, Selector, Time};
use crate::state::HostBudget;

/// How the server is doing.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Status")]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// The backend in use.
    pub backend: String,
    /// When the server was started.
    pub started_at: Time,
    /// The time now.
    pub now: Time,
    /// Totals.
    pub totals: Totals,
    /// The loop that looks at the profiles.
    pub poller: PollerState,
    /// The profiles that surely exist, and how they were read last.
    pub canaries: Vec<Canary>,
    /// What goes on at the source and keeps changes from being believed.
    pub alarms: Vec<Alarm>,
    /// How often each selector of a backend finds something on pages.
    pub selectors: Vec<Selector>,
    /// The request budgets of the hosts that are asked.
    pub budgets: Vec<Budget>,
    /// The Telegram account that profiles are asked with; `null` when only pages are asked.
    #[oai(nullable)]
    pub account: Option<Account>,
    /// The newest checkpoint of the chain; `null` before the first one.
    #[oai(nullable)]
    pub checkpoint: Option<Checkpoint>,
}

/// Totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Totals")]
pub struct Totals {
    /// Followed profiles.
    pub profiles: u64,
    /// Of them monitored.
    pub monitored: u64,
    /// Of them confirmed missing.
    pub missing: u64,
    /// Of them with a failed last look.
    pub failing: u64,
    /// Revisions.
    pub revisions: u64,
    /// Waiting changes.
    pub held: u64,
}

/// The loop that looks at the profiles.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Poller")]
pub struct PollerState {
    /// It runs.
    pub running: bool,
    /// Last turn that could reach the store.
    #[oai(nullable)]
    pub turned_at: Option<Time>,
    /// Looks that go on.
    pub in_flight: u64,
    /// The source has refused and is left alone until then: for as long as it asked for, or by tgbio's own growing wait.
    #[oai(nullable)]
    pub paused_until: Option<Time>,
    /// The store's failure, as long as it lasts.
    #[oai(nullable)]
    pub store_error: Option<String>,
    /// Last finished look.
    #[oai(nullable)]
    pub last_look_at: Option<Time>,
    /// How it ended.
    #[oai(nullable)]
    pub last_outcome: Option<String>,
}

/// A profile that surely exists: while it cannot be read well, nothing suspicious is believed.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Canary")]
pub struct Canary {
    /// Its name.
    pub username: String,
    /// Its last look was good; `null` before the first one.
    #[oai(nullable)]
    pub good: Option<bool>,
    /// How its last look ended.
    #[oai(nullable)]
    pub outcome: Option<String>,
    /// The reason code of a failed look.
    #[oai(nullable)]
    pub reason: Option<String>,
    /// The fields that it showed before and lost.
    pub lost: Vec<String>,
    /// Its last look.
    #[oai(nullable)]
    pub checked_at: Option<Time>,
    /// Its last good look.
    #[oai(nullable)]
    pub good_at: Option<Time>,
}

/// How the request budget of one host stands.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Budget")]
pub struct Budget {
    /// The host, with its port where it is not the usual one.
    pub host: String,
    /// Shortest time between two requests, like `2s`; `null` is no limit.
    #[oai(nullable)]
    pub min_delay: Option<String>,
    /// Nothing is asked before this time.
    #[oai(nullable)]
    pub not_before: Option<Time>,
    /// Why.
    #[oai(nullable)]
    pub reason: Option<String>,
    /// Requests in the last minute.
    pub requests_last_minute: u64,
}

impl From<store::Totals> for Totals {
    fn from(totals: store::Totals) -> Self {
        let store::Totals { profiles, monitored, missing, failing, revisions, held, .. } = totals;
        Self { profiles, monitored, missing, failing, revisions, held }
    }
}

impl From<PollerStatus> for PollerState {
    fn from(status: PollerStatus) -> Self {
        Self {
            running: status.running,
            turned_at: status.turned_at.map(Time),
            in_flight: status.in_flight as u64,
            paused_until: status.paused_until.map(Time),
            store_error: status.store_error,
            last_look_at: status.last_look.map(|(at, _)| Time(at)),
            last_outcome: status.last_look.map(|(_, outcome)| outcome.to_string()),
        }
    }
}

impl Canary {
    /// A canary that was never asked.
    pub fn unseen(username: String) -> Self {
        Self {
            username,
            good: None,
            outcome: None,
            reason: None,
            lost: Vec::new(),
            checked_at: None,
            good_at: None,
        }
    }
}

impl From<CanaryRecord> for Canary {
    fn from(record: CanaryRecord) -> Self {
        Self {
            username: record.username.to_string(),
            good: Some(record.is_good()),
            outcome: Some(record.outcome.to_string()),
            reason: record.reason,
            lost: record.lost.iter().map(ToString::to_string).collect(),
            checked_at: Some(record.checked_at.into()),
            good_at: record.good_at.map(Time),
        }
    }
}

impl From<HostBudget> for Budget {
    fn from(budget: HostBudget) -> Self {
        let min_delay = (!budget.min_delay.is_zero()).then(|| Interval(budget.min_delay).to_string());
        Self {
            host: budget.host,
            min_delay,
            not_before: budget.not_before.map(Time),
            reason: budget.reason,
            requests_last_minute: budget.requests_last_minute,
        }
    }
}
