//! The bare loop that checks are compared with: reqwest with the scraper's settings, which only downloads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use tgbio_fetch::scrape::DEFAULT_USER_AGENT;
use tokio::task::JoinSet;

use crate::followed::AT_ONCE;
use crate::site::{self, Site};
use crate::{Outcome, proc::Spent};

/// Downloads the page of every user of a site once.
#[derive(Debug)]
pub struct Bare {
    client: reqwest::Client,
    addresses: Arc<Vec<String>>,
}

impl Bare {
    /// A client with open connections to come.
    pub fn new(site: &Site) -> Outcome<Self> {
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("text/html,image/*;q=0.8")),
            (ACCEPT_LANGUAGE, HeaderValue::from_static("en")),
        ]);
        let client = reqwest::Client::builder()
            .user_agent(DEFAULT_USER_AGENT)
            .default_headers(headers)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .http1_only()
            .no_proxy()
            .pool_max_idle_per_host(32)
            .build()?;
        let address = |number| format!("{}/{}", site.base, site::name(number));
        Ok(Self { client, addresses: Arc::new((0..site.users).map(address).collect()) })
    }

    /// Downloads every page and measures it.
    pub async fn download_all(&self) -> Outcome<Spent> {
        Spent::on(async {
            let next = Arc::new(AtomicUsize::new(0));
            let mut tasks = JoinSet::new();
            for _ in 0..AT_ONCE {
                tasks.spawn(download(self.client.clone(), self.addresses.clone(), next.clone()));
            }
            while let Some(done) = tasks.join_next().await {
                done??;
            }
            Ok(())
        })
        .await
    }
}

async fn download(
    client: reqwest::Client,
    addresses: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
) -> Outcome<()> {
    while let Some(address) = addresses.get(next.fetch_add(1, Ordering::Relaxed)) {
        let page = client.get(address).send().await?.error_for_status()?.bytes().await?;
        if page.len() < 8_000 {
            return Err(format!("{address} is a page of {} bytes", page.len()).into());
        }
    }
    Ok(())
}
