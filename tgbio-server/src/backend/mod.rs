//! The backends that a configuration asks for, put together behind one fetcher.

#[cfg(feature = "mtproto")]
mod bot;
#[cfg(feature = "mtproto")]
mod protocol;
mod site;

use std::sync::Arc;

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{HostLimits, MemoryHostLimits, ProfileFetcher};
use tokio_util::sync::CancellationToken;

pub use site::Scraper;

use crate::config::{Backend, Config, ConfigError};
use crate::setup::SetupError;
use crate::state::AccountWatch;

/// What is asked, and what is to be watched about it.
#[derive(Clone)]
pub struct Backends {
    /// Asks for profiles.
    pub fetcher: Arc<dyn ProfileFetcher>,
    /// The scraper, where it is in use.
    pub scraper: Option<Arc<Scraper>>,
    /// The Telegram account, where it is in use.
    pub account: Option<Arc<dyn AccountWatch>>,
    /// The configured bot could not be signed in yet, because of the network.
    pub bot_waits: bool,
}

impl std::fmt::Debug for Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backends").field("fetcher", &self.fetcher.name()).finish_non_exhaustive()
    }
}

impl Backends {
    /// The backends of this configuration over an open database, which keeps their waits and the session of the
    /// account. `used_by` says for what the account is used, to a second process that wants it.
    ///
    /// # Errors
    /// [`SetupError`] says which setting or session cannot be used.
    pub async fn open(config: &Config, store: &Arc<SqliteStore>, used_by: &str) -> Result<Self, SetupError> {
        config.require_backend()?;
        match config.backend {
            Backend::Scrape => Self::of_site(config, store.clone()),
            backend => Self::with_account(config, store, used_by, backend == Backend::Auto).await,
        }
    }

    /// The scraper alone, without a database: the waits of its host are forgotten with it.
    ///
    /// # Errors
    /// [`SetupError::Config`]; also for a backend that needs a database.
    pub fn without_database(config: &Config) -> Result<Self, SetupError> {
        config.require_backend()?;
        match config.backend {
            Backend::Mtproto => Err(ConfigError::NoSession(config.database.clone()).into()),
            _ => Self::of_site(config, Arc::new(MemoryHostLimits::default())),
        }
    }

    fn of_site(config: &Config, limits: Arc<dyn HostLimits>) -> Result<Self, SetupError> {
        let scraper = site::scraper(config, limits)?;
        Ok(Self { fetcher: scraper.clone(), scraper: Some(scraper), account: None, bot_waits: false })
    }

    #[cfg(feature = "mtproto")]
    async fn with_account(
        config: &Config,
        store: &Arc<SqliteStore>,
        used_by: &str,
        auto: bool,
    ) -> Result<Self, SetupError> {
        use tgbio_fetch::Fallback;
        use tgbio_fetch::mtproto::MtprotoError;

        let opened = async {
            let bot = bot::sign_in(config, store.database(), used_by).await?;
            Ok((bot, protocol::fetcher(config, store.database(), used_by).await?))
        };
        let (bot, protocol) = match opened.await {
            Ok((bot, fetcher)) => (bot, Arc::new(fetcher)),
            // The pages stand in for an account that another process has.
            Err(SetupError::Protocol(MtprotoError::InUse { by })) if auto => {
                tracing::warn!("the Telegram account is in use by {by}: only t.me pages are asked meanwhile");
                let scraper = site::scraper(config, store.clone())?;
                let fetcher = Arc::new(Fallback::new(protocol::Busy::new(by), scraper.clone()));
                return Ok(Self { fetcher, scraper: Some(scraper), account: None, bot_waits: false });
            }
            Err(error) => return Err(error),
        };
        let account: Option<Arc<dyn AccountWatch>> = Some(protocol.clone());
        let bot_waits = bot == bot::SignedIn::NotYet;
        if !auto {
            return Ok(Self { fetcher: protocol, scraper: None, account, bot_waits });
        }
        let scraper = site::scraper(config, store.clone())?;
        let fetcher = Arc::new(Fallback::new(protocol, scraper.clone()));
        Ok(Self { fetcher, scraper: Some(scraper), account, bot_waits })
    }

    /// Signs the configured bot in as soon as the network lets it through, where it could not be signed in yet.
    pub async fn sign_bot_in_later(self, config: Config, store: Arc<SqliteStore>, stop: CancellationToken) {
        let Some(account) = self.account.filter(|_| self.bot_waits) else { return };
        #[cfg(feature = "mtproto")]
        bot::sign_in_later(account, config, store, stop).await;
        #[cfg(not(feature = "mtproto"))]
        let _ = (account, config, store, stop);
    }

    #[cfg(not(feature = "mtproto"))]
    async fn with_account(_: &Config, _: &Arc<SqliteStore>, _: &str, _: bool) -> Result<Self, SetupError> {
        Err(ConfigError::NoSuchBackend("mtproto").into())
    }
}

#[cfg(feature = "mtproto")]
pub use protocol::builder;
