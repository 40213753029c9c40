//! The waits that hosts have asked for, kept in the database: a restart and a second process obey them.

use std::sync::Arc;

use async_trait::async_trait;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{HostLimits, Timestamp};

/// Waits in the database.
#[derive(Debug, Clone)]
pub struct StoredWaits(pub Arc<SqliteStore>);

#[async_trait]
impl HostLimits for StoredWaits {
    async fn not_before(&self, host: &str) -> Option<Timestamp> {
        self.0.not_before(host).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the waits of hosts could not be read");
            None
        })
    }

    async fn hold_off(&self, host: &str, until: Timestamp, reason: &str) {
        if let Err(error) = self.0.hold_off(host, until, reason, Timestamp::now()).await {
            tracing::warn!(%error, "the wait that a host asked for could not be written down");
        }
    }
}
