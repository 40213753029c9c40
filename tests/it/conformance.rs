//! The scraper and its wrappers against the suite that every fetcher passes.

use std::sync::Arc;

use tgbio_core::testing::fetcher_suite;
use tgbio_fetch::scrape::ScrapeFetcher;
use tgbio_fetch::wrap::{Fallback, Retrying};
use tgbio_testkit::tme::Tme;
use tgbio_testkit::world::TmeWorld;

fn scraper(tme: &Tme) -> ScrapeFetcher {
    ScrapeFetcher::builder().base_url(tme.base_url()).photo_hosts([tme.host_port()]).build().unwrap()
}

#[tokio::test]
async fn the_scraper_passes() {
    let tme = Tme::start().await;
    let fetcher = Arc::new(scraper(&tme));
    fetcher_suite(&TmeWorld::new(tme, fetcher)).await;
}

#[tokio::test]
async fn the_wrapped_scraper_passes() {
    let tme = Tme::start().await;
    let fetcher = Fallback::new(Retrying::new(scraper(&tme)), scraper(&tme));
    fetcher_suite(&TmeWorld::new(tme, Arc::new(fetcher))).await;
}
