//! Puts together the parts that a configuration describes.

use std::sync::Arc;

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{ProfileStore, StoreError};
use tgbio_core::{Checked, HostLimits, ProfileFetcher, Tracker};
use tgbio_fetch::Limited;

use crate::auth::Accounts;
use crate::auth::db::{Db, DbError};
#[cfg(feature = "scrape")]
use crate::config::PhotoHosts;
use crate::config::{Config, ConfigError};

/// The scraper with the request budget of its host.
pub type Scraper = Limited<Arc<dyn ProfileFetcher>>;

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
}

/// The scraper of this configuration, with its waits kept in `limits`.
///
/// # Errors
/// [`ConfigError`] says which setting cannot be used.
pub fn scraper(config: &Config, limits: Arc<dyn HostLimits>) -> Result<Arc<Scraper>, ConfigError> {
    config.require_backend()?;
    let (fetcher, host) = site(config)?;
    let limited = Limited::builder(fetcher, host)
        .min_delay(config.scrape_min_delay)
        .photo_delay(config.scrape_min_delay)
        .connections(config.at_once())
        .backoff(config.backoff_min, config.backoff_max)
        .limits(limits)
        .build();
    Ok(Arc::new(limited))
}

/// The scraper alone, and the host that it asks.
#[cfg(feature = "scrape")]
fn site(config: &Config) -> Result<(Arc<dyn ProfileFetcher>, String), ConfigError> {
    let fetcher = tgbio_fetch::ScrapeFetcher::builder()
        .base_url(&config.scrape_base_url)
        .photo_hosts(photo_hosts(&config.scrape_photo_hosts)?)
        .timeout(config.timeout)
        .photo_timeout(config.timeout)
        .user_agent(user_agent(config))
        .proxy(config.proxy.as_ref().map(|proxy| secrecy::ExposeSecret::expose_secret(proxy).to_owned()))
        .build()
        .map_err(|error| ConfigError::Conflict(error.to_string()))?;
    let host = fetcher.host();
    Ok((Arc::new(fetcher), host))
}

#[cfg(not(feature = "scrape"))]
fn site(_: &Config) -> Result<(Arc<dyn ProfileFetcher>, String), ConfigError> {
    Err(ConfigError::NoScraper)
}

#[cfg(feature = "scrape")]
fn photo_hosts(hosts: &PhotoHosts) -> Result<tgbio_fetch::scrape::PhotoHosts, ConfigError> {
    use tgbio_fetch::scrape::{PhotoHosts as Hosts, PhotoHostsError};
    match hosts {
        PhotoHosts::Telegram => Ok(Hosts::default()),
        PhotoHosts::Only(none) if none.is_empty() => Ok(Hosts::none()),
        PhotoHosts::Only(hosts) => {
            let parsed = hosts.join(",").parse();
            parsed.map_err(|error: PhotoHostsError| ConfigError::Conflict(error.to_string()))
        }
    }
}

/// An honest name, with a contact where the operator gave one.
#[cfg(feature = "scrape")]
fn user_agent(config: &Config) -> String {
    match (&config.user_agent, &config.contact) {
        (Some(own), _) => own.clone(),
        (None, Some(contact)) => format!("tgbio/{} (+{contact})", env!("CARGO_PKG_VERSION")),
        (None, None) => tgbio_fetch::scrape::DEFAULT_USER_AGENT.to_owned(),
    }
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
