//! What the API and the pages share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tgbio_core::store::ProfileStore;
use tgbio_core::{PollerHandle, ProfileId, Timestamp, Tracker};
use url::Url;

use crate::auth::Accounts;
use crate::checkpoint::Checkpoints;
use crate::kept::Kept;

/// The parts of a running server, cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    checkpoints: Option<Arc<Checkpoints>>,
}

struct Shared {
    parts: Parts,
    answers: Answers,
}

/// Profiles in JSON, told apart by whether they are for those who keep the list.
pub type Answers = Kept<bool, Bytes>;

/// Bytes of kept answers: two or three thousand profiles.
const ANSWERS: usize = 4 << 20;

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

    /// The Telegram account that is asked with, where there is one.
    fn account(&self) -> Option<AccountStatus> {
        None
    }
}

/// Says how the Telegram account stands that profiles are asked with.
#[async_trait]
pub trait AccountWatch: Send + Sync {
    /// As it stands now.
    async fn account(&self) -> AccountStatus;

    /// Somebody was signed in beside it just now.
    async fn log_in_made(&self);

    /// Glances at everybody whom the tracker follows, and looks at those who have moved. What fails is made good by the
    /// next round or by the profile's own turn.
    async fn glance(&self, tracker: &Tracker);
}

/// How a Telegram account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatus {
    /// Which one; `None` when nobody is signed in, or when an imported session was not used yet.
    pub account: Option<String>,
    /// The stable code of its state, like `ready`.
    pub state: &'static str,
    /// Nothing is asked of Telegram until a person has acted.
    pub stopped: bool,
    /// It does not go on by itself.
    pub needs_person: bool,
    /// What its state means and what to do about it.
    pub advice: &'static str,
    /// Since when it stands so.
    pub since: Timestamp,
    /// Telegram's own word for it.
    pub detail: Option<String>,
    /// Methods that must not be called for a while.
    pub waits: Vec<AccountWait>,
    /// Names that were looked up in the last 24 hours.
    pub resolves: u32,
    /// How many may be.
    pub resolve_budget: u32,
    /// When the next one may be, where the budget is used up.
    pub next_resolve: Option<Timestamp>,
}

/// A method of Telegram's that must not be called for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountWait {
    /// Its name in Telegram's documentation.
    pub method: String,
    /// It may be called again from here on.
    pub not_before: Timestamp,
    /// Telegram's word for it, like `FLOOD_WAIT`.
    pub reason: String,
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
        Self { shared: Arc::new(Shared { parts, answers: Kept::new(ANSWERS) }), checkpoints: None }
    }

    /// Answers that need not be made again.
    pub fn answers(&self) -> &Answers {
        &self.shared.answers
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
        self.tracker.store()
    }

    /// Reads a profile's photo in the background, where the backend can. A failure is remembered with the profile, tried
    /// again by a later look, and told to nobody.
    pub fn read_photo(&self, id: ProfileId) {
        let tracker = self.tracker.clone();
        if !tracker.fetcher().capabilities().photos {
            return;
        }
        tokio::spawn(async move {
            if let Err(error) = tracker.read_photo(id).await {
                tracing::warn!(profile = %id, %error, "photo not remembered");
            }
        });
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.tracker.clock().now()
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
        &self.shared.parts
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}
