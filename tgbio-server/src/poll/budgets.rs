//! How the request budgets stand, for pages that cannot wait: looked up once a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tgbio_fetch::HostStatus;
use tokio_util::sync::CancellationToken;

use crate::setup::Scraper;
use crate::state::{HostBudget, HostBudgets};

/// How often the budgets are looked up.
const EVERY: Duration = Duration::from_secs(1);

/// The budgets as they stood when they were looked up last.
#[derive(Debug, Clone, Default)]
pub struct Budgets {
    latest: Arc<Mutex<Vec<HostBudget>>>,
}

impl Budgets {
    /// Looks the budgets up until `stop`.
    pub async fn follow(self, scraper: Arc<Scraper>, stop: CancellationToken) {
        let mut every = tokio::time::interval(EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            let status = scraper.status().await;
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = status.map(budget).into();
        }
    }
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
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
