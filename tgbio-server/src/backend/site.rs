//! The scraper with the request budget of its host.

use std::sync::Arc;

use tgbio_core::{HostLimits, ProfileFetcher};
use tgbio_fetch::Limited;

#[cfg(feature = "scrape")]
use crate::config::PhotoHosts;
use crate::config::{Config, ConfigError};

/// The scraper with the request budget of its host.
pub type Scraper = Limited<Arc<dyn ProfileFetcher>>;

/// The scraper of this configuration, with its waits kept in `limits`.
pub(super) fn scraper(config: &Config, limits: Arc<dyn HostLimits>) -> Result<Arc<Scraper>, ConfigError> {
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
