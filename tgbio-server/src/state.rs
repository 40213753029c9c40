//! What the API and the pages share.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::ProfileStore;
use tgbio_core::{PollerHandle, Timestamp, Tracker};
use url::Url;

use crate::auth::Accounts;
use crate::checkpoint::Checkpoints;

/// The parts of a running server, cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    checkpoints: Option<Arc<Checkpoints>>,
}

/// The parts themselves.
pub struct Parts {
    /// Looks at profiles and remembers them.
    pub tracker: Tracker,
    /// The loop around it.
    pub poller: PollerHandle,
    /// Admins, sessions and tokens.
    pub accounts: Accounts,
    /// The request budgets of the hosts that are asked.
    pub budgets: Arc<dyn HostBudgets>,
    /// What the operator has set.
    pub settings: Settings,
}

/// What the operator has set and the pages need to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Reading pages and feeds are open to everybody.
    pub public: bool,
    /// The server's own address as its users see it.
    pub public_url: Option<Url>,
    /// The backend in use.
    pub backend: String,
    /// When the server was started.
    pub started_at: Timestamp,
}

/// Says how the request budgets stand.
pub trait HostBudgets: Send + Sync {
    /// One line per host.
    fn budgets(&self) -> Vec<HostBudget>;
}

/// How the request budget of one host stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostBudget {
    /// The host, with its port where it is not the usual one.
    pub host: String,
    /// Shortest time between two requests; zero is no limit.
    pub min_delay: Duration,
    /// Nothing is asked before this time.
    pub not_before: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// Requests in the last minute.
    pub requests_last_minute: u64,
}

impl App {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), checkpoints: None }
    }

    /// The same, with checkpoints of the chain.
    #[must_use]
    pub fn with_checkpoints(mut self, checkpoints: Checkpoints) -> Self {
        self.checkpoints = Some(Arc::new(checkpoints));
        self
    }

    /// Who makes checkpoints, if somebody does.
    pub fn checkpoints(&self) -> Option<&Checkpoints> {
        self.checkpoints.as_deref()
    }

    /// The store of the tracker.
    pub fn store(&self) -> &Arc<dyn ProfileStore> {
        self.parts.tracker.store()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.parts.tracker.clock().now()
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}
