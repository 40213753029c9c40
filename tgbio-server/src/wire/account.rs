//! The Telegram account that profiles are asked with, in JSON.

use poem_openapi::Object;
use serde::Serialize;

use super::Time;
use crate::state::{self, AccountStatus};

/// How a Telegram account stands.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Account")]
pub struct Account {
    /// Which one; `null` when nobody is signed in, or when an imported session was not used yet.
    #[oai(nullable)]
    pub account: Option<String>,
    /// `ready`, `signed_out`, `ended`, `banned`, `frozen`, `key_unknown` or `unreachable`.
    pub state: String,
    /// Nothing is asked of Telegram until a person has acted.
    pub stopped: bool,
    /// What the state means and what to do about it.
    pub advice: String,
    /// Since when it stands so.
    pub since: Time,
    /// Telegram's own word for it.
    #[oai(nullable)]
    pub detail: Option<String>,
    /// Methods that must not be called for a while.
    pub waits: Vec<AccountWait>,
    /// Names that were looked up in the last 24 hours.
    pub resolves: u32,
    /// How many may be.
    pub resolve_budget: u32,
    /// When the next one may be, where the budget is used up.
    #[oai(nullable)]
    pub next_resolve: Option<Time>,
}

/// A method of Telegram's that must not be called for a while.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "AccountWait")]
pub struct AccountWait {
    /// Its name in Telegram's documentation.
    pub method: String,
    /// It may be called again from here on.
    pub not_before: Time,
    /// Telegram's word for it, like `FLOOD_WAIT`.
    pub reason: String,
}

impl From<AccountStatus> for Account {
    fn from(status: AccountStatus) -> Self {
        let wait = |wait: state::AccountWait| AccountWait {
            method: wait.method,
            not_before: wait.not_before.into(),
            reason: wait.reason,
        };
        Self {
            account: status.account,
            state: status.state.to_owned(),
            stopped: status.stopped,
            advice: status.advice.to_owned(),
            since: status.since.into(),
            detail: status.detail,
            waits: status.waits.into_iter().map(wait).collect(),
            resolves: status.resolves,
            resolve_budget: status.resolve_budget,
            next_resolve: status.next_resolve.map(Time),
        }
    }
}
