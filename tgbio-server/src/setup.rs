//! Puts together the parts that a configuration describes.

use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;
use tgbio_core::store::{ProfileStore, StoreError};
use tgbio_core::{Checked, HostLimits, ProfileFetcher, Tracker};
use tgbio_fetch::Limited;
use tgbio_fetch::scrape::{DEFAULT_USER_AGENT, PhotoHosts as Hosts, ScrapeFetcher};

use crate::auth::Accounts;
use crate::auth::db::{Db, DbError};
use crate::config::{Config, ConfigError, PhotoHosts};

/// The scraper with the request budget of its host.
pub type Scraper = Limited<ScrapeFetcher>;

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
    let fetcher = ScrapeFetcher::builder()
        .base_url(&config.scrape_base_url)
        .photo_hosts(photo_hosts(&config.scrape_photo_hosts)?)
        .timeout(config.timeout)
        .photo_timeout(config.timeout)
        .user_agent(user_agent(config))
        .proxy(config.proxy.as_ref().map(|proxy| proxy.expose_secret().to_owned()))
        .build()
        .map_err(|error| ConfigError::Conflict(error.to_string()))?;
    let host = fetcher.host();
    let limited = Limited::builder(fetcher, host)
        .min_delay(config.scrape_min_delay)
        .photo_delay(config.scrape_min_delay)
        .connections(config.at_once())
        .backoff(config.backoff_min, config.backoff_max)
        .limits(limits)
        .build();
    Ok(Arc::new(limited))
}

fn photo_hosts(hosts: &PhotoHosts) -> Result<Hosts, ConfigError> {
    match hosts {
        PhotoHosts::Telegram => Ok(Hosts::default()),
        PhotoHosts::Only(none) if none.is_empty() => Ok(Hosts::none()),
        PhotoHosts::Only(hosts) => {
            let parsed = hosts.join(",").parse();
            parsed.map_err(|error: tgbio_fetch::scrape::PhotoHostsError| {
                ConfigError::Conflict(error.to_string())
            })
        }
    }
}

/// An honest name, with a contact where the operator gave one.
fn user_agent(config: &Config) -> String {
    match (&config.user_agent, &config.contact) {
        (Some(own), _) => own.clone(),
        (None, Some(contact)) => format!("tgbio/{} (+{contact})", env!("CARGO_PKG_VERSION")),
        (None, None) => DEFAULT_USER_AGENT.to_owned(),
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

/// The accounts in this database, which the store has opened before: it knows whose file it is.
///
/// # Errors
/// [`DbError`].
pub fn accounts(database: &Path) -> Result<Accounts, DbError> {
    Ok(Accounts::new(Db::open(database)?))
}
