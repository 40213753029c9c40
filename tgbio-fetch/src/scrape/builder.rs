//! How a scraper is set up.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Proxy, redirect, retry};
use tgbio_core::{Clock, SystemClock};
use url::Url;

use super::hits::Rates;
use super::{LastCards, MAX_PAGE, PhotoHosts, ScrapeFetcher};
use crate::hosts;

/// The User-Agent unless told otherwise: an honest one.
pub const DEFAULT_USER_AGENT: &str =
    concat!("tgbio/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")");

/// Readings that are remembered: below 15 MB when full.
const LAST_CARDS: usize = 12_288;
/// Idle connections that are kept to one host.
const IDLE_CONNECTIONS: usize = 32;

/// Sets up a [`ScrapeFetcher`].
#[derive(Clone)]
#[must_use]
pub struct ScrapeFetcherBuilder {
    base_url: String,
    photo_hosts: PhotoHosts,
    connect_timeout: Duration,
    timeout: Duration,
    photo_timeout: Duration,
    user_agent: String,
    proxy: Option<String>,
    max_body: usize,
    last_cards: usize,
    clock: Arc<dyn Clock>,
}

/// A scraper cannot be set up like this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScrapeSetupError {
    /// The base is no address of a server.
    #[error("the base URL is not usable: write it like https://t.me, without password, query or fragment")]
    BaseUrl,
    /// The proxy is no address of a proxy. It is not repeated: it may hold a password.
    #[error("the proxy is not usable: write it like socks5h://HOST:PORT (also http, https and socks5)")]
    Proxy,
    /// The User-Agent cannot be sent.
    #[error("the User-Agent is not usable: it is one line of printable ASCII characters")]
    UserAgent,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] tgbio_core::Cause),
}

impl Default for ScrapeFetcherBuilder {
    fn default() -> Self {
        Self {
            base_url: hosts::DEFAULT_BASE_URL.to_owned(),
            photo_hosts: PhotoHosts::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            photo_timeout: Duration::from_secs(10),
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            proxy: None,
            max_body: MAX_PAGE,
            last_cards: LAST_CARDS,
            clock: Arc::new(SystemClock),
        }
    }
}

impl std::fmt::Debug for ScrapeFetcherBuilder {
    /// Without the proxy, whose address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScrapeFetcherBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl ScrapeFetcherBuilder {
    /// The server that profiles are read from, like `https://t.me`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The hosts that photos may be read from.
    pub fn photo_hosts(mut self, hosts: PhotoHosts) -> Self {
        self.photo_hosts = hosts;
        self
    }

    /// How long making a connection may take: 5 s unless told otherwise.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long a whole look may take, redirects and body included: 20 s unless told otherwise.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// How long reading a photo may take: 10 s unless told otherwise.
    pub fn photo_timeout(mut self, time: Duration) -> Self {
        self.photo_timeout = time;
        self
    }

    /// The User-Agent; put a contact into it, like `tgbio/1.0 (+mailto:you@example.org)`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The proxy: `http://`, `https://`, `socks5://` or `socks5h://`, which also resolves names. Without one,
    /// requests go out directly, whatever the environment says.
    pub fn proxy(mut self, url: Option<String>) -> Self {
        self.proxy = url;
        self
    }

    /// The most bytes of a page or photo: 1 MiB unless told otherwise, and never more for a page.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How many readings are remembered, so that an unchanged page is not read again; 0 for none.
    pub fn last_cards(mut self, readings: usize) -> Self {
        self.last_cards = readings;
        self
    }

    /// Where the time of observations comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The scraper.
    ///
    /// # Errors
    /// [`ScrapeSetupError`] says which setting cannot be used.
    pub fn build(self) -> Result<ScrapeFetcher, ScrapeSetupError> {
        Ok(ScrapeFetcher {
            client: self.client()?,
            base: base(&self.base_url)?,
            photo_hosts: self.photo_hosts,
            timeout: self.timeout,
            photo_timeout: self.photo_timeout,
            max_body: self.max_body,
            last_cards: Arc::new(LastCards::new(self.last_cards)),
            rates: Rates::default(),
            clock: self.clock,
            name: super::NAME.into(),
            parser: super::PARSER.into(),
        })
    }

    fn client(&self) -> Result<Client, ScrapeSetupError> {
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| ScrapeSetupError::UserAgent)?;
        let mut builder = Client::builder()
            .user_agent(user_agent)
            .default_headers(headers())
            .connect_timeout(self.connect_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .http1_only()
            .no_proxy()
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .tls_certs_merge(roots());
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(read_proxy(proxy)?);
        }
        builder.build().map_err(|error| ScrapeSetupError::Client(Arc::new(error.without_url())))
    }
}

fn headers() -> HeaderMap {
    let html = (ACCEPT, HeaderValue::from_static("text/html,image/*;q=0.8"));
    let english = (ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    HeaderMap::from_iter([html, english])
}

/// Mozilla's roots beside the system's: a machine without any store works too.
fn roots() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok())
}

fn read_proxy(url: &str) -> Result<Proxy, ScrapeSetupError> {
    let parsed = Url::parse(url).map_err(|_| ScrapeSetupError::Proxy)?;
    let known = matches!(parsed.scheme(), "http" | "https" | "socks5" | "socks5h") && parsed.has_host();
    if !known {
        return Err(ScrapeSetupError::Proxy);
    }
    Proxy::all(parsed).map_err(|_| ScrapeSetupError::Proxy)
}

fn base(text: &str) -> Result<Url, ScrapeSetupError> {
    let mut url = Url::parse(text).map_err(|_| ScrapeSetupError::BaseUrl)?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !web || !bare {
        return Err(ScrapeSetupError::BaseUrl);
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}
