//! The configuration as the program uses it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use tgbio_core::{Rules, Username};
use url::Url;

use super::keys::KEYS;
use crate::http::client_addr::TrustedProxies;

/// Everything that can be set, see [`KEYS`] for the meanings.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the table of the keys documents them")]
pub struct Config {
    pub database: PathBuf,
    pub listen: String,
    pub public: bool,
    pub public_url: Option<Url>,
    pub trusted_proxies: TrustedProxies,
    pub admin_user: String,
    pub admin_password: Option<SecretString>,
    pub backend: Backend,
    pub scrape_base_url: String,
    pub scrape_photo_hosts: PhotoHosts,
    pub scrape_min_delay: Duration,
    pub user_agent: Option<String>,
    pub contact: Option<String>,
    pub proxy: Option<SecretString>,
    pub timeout: Duration,
    pub check_interval: Duration,
    pub check_interval_max: Duration,
    pub backoff_min: Duration,
    pub backoff_max: Duration,
    pub confirm_delay: Duration,
    pub confirm_checks: u32,
    /// The same kind of change on so many profiles is a surge; 0 for never.
    pub surge_profiles: u32,
    /// And on so many per cent of those that were looked at.
    pub surge_percent: u32,
    /// Within this time.
    pub surge_window: Duration,
    pub canaries: Vec<Username>,
    pub evidence: bool,
    pub checkpoint_file: Option<PathBuf>,
    pub checkpoint_webhook: Option<SecretString>,
    pub checkpoint_key: Option<PathBuf>,
    pub concurrency: Option<usize>,
    pub log: String,
    pub log_format: LogFormat,
    pub api_id: Option<i32>,
    pub api_hash: Option<SecretString>,
    pub bot_token: Option<SecretString>,
    pub mtproto_min_delay: Duration,
    pub mtproto_resolve_delay: Duration,
    pub mtproto_resolve_budget: u32,
    pub mtproto_glance_interval: Duration,
    pub mtproto_dc: Option<DataCenter>,
}

/// Where profiles are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Public t.me pages.
    Scrape,
    /// Telegram's protocol.
    Mtproto,
    /// The protocol where it is set up, else the pages.
    Auto,
}

/// Hosts that photos may be fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoHosts {
    /// Telegram's own.
    Telegram,
    /// These, with ports where they are not the usual ones; none of them is never.
    Only(Vec<String>),
}

/// A data centre where log-ins begin: a test server.
#[derive(Clone)]
pub struct DataCenter {
    /// Its number.
    pub id: i32,
    /// Where it is.
    pub address: SocketAddr,
    /// A key that it knows already; one is agreed on otherwise.
    pub key: Option<[u8; 256]>,
}

impl FromStr for DataCenter {
    /// What is expected.
    type Err = String;

    /// `ID@ADDRESS:PORT`, with `/KEY` behind it where a key is known.
    fn from_str(text: &str) -> Result<Self, String> {
        let (place, key) = text.split_once('/').map_or((text, None), |(place, key)| (place, Some(key)));
        let known = place.split_once('@').and_then(|(id, address)| {
            let id = id.parse().ok().filter(|id| (1..=5).contains(id))?;
            Some(Self { id, address: address.parse().ok()?, key: None })
        });
        let center = known.ok_or("a data centre like 2@149.154.167.40:443, with an IP address")?;
        let key = key.map(|key| {
            let bytes = hex::decode(key).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.ok_or("a key of 512 hexadecimal digits behind the data centre")
        });
        Ok(Self { key: key.transpose()?, ..center })
    }
}

impl fmt::Debug for DataCenter {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.address)
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Config {
    /// How many looks go on at once.
    pub fn at_once(&self) -> usize {
        let delay = match self.backend {
            Backend::Scrape => self.scrape_min_delay,
            Backend::Mtproto => self.mtproto_min_delay,
            Backend::Auto => self.scrape_min_delay.max(self.mtproto_min_delay),
        };
        self.concurrency.unwrap_or(if delay.is_zero() { 16 } else { 1 })
    }

    /// What the judgement follows.
    pub fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        rules.interval_min = self.check_interval;
        rules.interval_max = self.check_interval_max;
        rules.backoff_min = self.backoff_min;
        rules.backoff_max = self.backoff_max;
        rules.confirm_delay = self.confirm_delay;
        rules.confirm_checks = self.confirm_checks;
        rules.surge_profiles = self.surge_profiles;
        rules.surge_percent = self.surge_percent;
        rules.surge_window = self.surge_window;
        rules
    }

    /// Nothing set, not even the defaults: [`super::load`] takes those from the table like any other text.
    fn blank() -> Self {
        Self {
            database: PathBuf::new(),
            listen: String::new(),
            public: false,
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            admin_user: String::new(),
            admin_password: None,
            backend: Backend::Scrape,
            scrape_base_url: String::new(),
            scrape_photo_hosts: PhotoHosts::Telegram,
            scrape_min_delay: Duration::ZERO,
            user_agent: None,
            contact: None,
            proxy: None,
            timeout: Duration::ZERO,
            check_interval: Duration::ZERO,
            check_interval_max: Duration::ZERO,
            backoff_min: Duration::ZERO,
            backoff_max: Duration::ZERO,
            confirm_delay: Duration::ZERO,
            confirm_checks: 0,
            surge_profiles: 0,
            surge_percent: 0,
            surge_window: Duration::ZERO,
            canaries: Vec::new(),
            evidence: false,
            checkpoint_file: None,
            checkpoint_webhook: None,
            checkpoint_key: None,
            concurrency: None,
            log: String::new(),
            log_format: LogFormat::Text,
            api_id: None,
            api_hash: None,
            bot_token: None,
            mtproto_min_delay: Duration::ZERO,
            mtproto_resolve_delay: Duration::ZERO,
            mtproto_resolve_budget: 0,
            mtproto_glance_interval: Duration::ZERO,
            mtproto_dc: None,
        }
    }
}

impl Default for Config {
    /// The defaults of the table.
    fn default() -> Self {
        let mut config = Self::blank();
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            // A test shows that every default can be read.
            let _ = (key.take)(&mut config, key.default);
        }
        config
    }
}
