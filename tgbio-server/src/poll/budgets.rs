//! How the request budgets stand, for pages that cannot wait: looked up once a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tgbio_fetch::HostStatus;
use tokio_util::sync::CancellationToken;

use super::metrics;
use crate::backend::Backends;
use crate::state::{AccountStatus, HostBudget, HostBudgets};

/// How often the budgets are looked up.
const EVERY: Duration = Duration::from_secs(1);

/// The budgets as they stood when they were looked up last.
#[derive(Debug, Clone, Default)]
pub struct Budgets {
    latest: Arc<Mutex<Latest>>,
}

#[derive(Debug, Default)]
struct Latest {
    hosts: Vec<HostBudget>,
    account: Option<AccountStatus>,
}

impl Budgets {
    /// Looks the budgets up until `stop`.
    pub async fn follow(self, backends: Backends, stop: CancellationToken) {
        let mut every = tokio::time::interval(EVERY);
        let mut state = None;
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            let latest = look(&backends).await;
            if let Some(account) = &latest.account {
                metrics::count_account(account, &mut state);
            }
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = latest;
        }
    }

    fn with<T>(&self, read: impl FnOnce(&Latest) -> T) -> T {
        read(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn look(backends: &Backends) -> Latest {
    let mut latest = Latest::default();
    if let Some(scraper) = &backends.scraper {
        latest.hosts = scraper.status().await.map(budget).into();
    }
    if let Some(account) = &backends.account {
        latest.account = Some(account.account().await);
    }
    latest
}

fn budget(status: HostStatus) -> HostBudget {
    HostBudget {
        host: status.host,
        min_delay: status.min_delay,
        not_before: status.not_before,
        reason: status.reason.map(str::to_owned),
        requests_last_minute: status.last_minute.into(),
    }
}

impl HostBudgets for Budgets {
    fn budgets(&self) -> Vec<HostBudget> {
        self.with(|latest| latest.hosts.clone())
    }

    fn account(&self) -> Option<AccountStatus> {
        self.with(|latest| latest.account.clone())
    }
}
