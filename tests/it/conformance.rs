//! The scraper and its wrappers against the suite that every fetcher passes.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::testing::fetcher_suite;
use tgbio_fetch::scrape::ScrapeFetcher;
use tgbio_fetch::{Fallback, Limited, Retrying};
use tgbio_testkit::tme::Tme;
use tgbio_testkit::world::TmeWorld;

fn scraper(tme: &Tme) -> ScrapeFetcher {
    ScrapeFetcher::builder()
        .base_url(tme.base_url())
        .photo_hosts(tme.host_port().parse().unwrap())
        .build()
        .unwrap()
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
    let limited = Limited::builder(scraper(&tme), tme.host_port()).min_delay(Duration::ZERO).build();
    let fetcher = Fallback::new(Retrying::new(limited, 2, Duration::from_millis(1)), scraper(&tme));
    fetcher_suite(&TmeWorld::new(tme, Arc::new(fetcher))).await;
}
