//! Puts together the parts that a configuration describes.

use std::sync::Arc;

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{ProfileStore, StoreError};
use tgbio_core::{Checked, ProfileFetcher, Tracker};

use crate::auth::Accounts;
use crate::auth::db::{Db, DbError};
use crate::config::{Config, ConfigError};

/// Why a part cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The configuration asks for something impossible.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tables of the accounts cannot be used.
    #[error(transparent)]
    Accounts(#[from] DbError),
    /// The Telegram account cannot be used.
    #[cfg(feature = "mtproto")]
    #[error(transparent)]
    Protocol(#[from] tgbio_fetch::mtproto::MtprotoError),
}

/// The tracker of this configuration.
pub fn tracker(
    config: &Config,
    fetcher: Arc<dyn ProfileFetcher>,
    store: Arc<dyn ProfileStore>,
    on_checked: impl Fn(&Checked) + Send + Sync + 'static,
) -> Tracker {
    Tracker::builder(fetcher, store)
        .rules(config.rules())
        .canaries(config.canaries.clone())
        .keep_evidence(config.evidence)
        .on_checked(on_checked)
        .build()
}

/// The accounts in the store's database.
///
/// # Errors
/// [`DbError`].
pub async fn accounts(store: &SqliteStore) -> Result<Accounts, DbError> {
    Ok(Accounts::new(Db::of(store).await?))
}
