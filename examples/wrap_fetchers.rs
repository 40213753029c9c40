//! Fetchers around fetchers: a request budget, another try after a broken connection, and a second source.

use std::time::Duration;

use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{Observed, Profile, ProfileFetcher, Username};
use tgbio_fetch::{Fallback, Limited, Retrying, ScrapeFetcher};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Nobody listens here, so that the second source has to answer.
    let site = ScrapeFetcher::builder().base_url("http://127.0.0.1:9").build()?;
    let host = site.host();
    let polite = Limited::builder(site, host).min_delay(Duration::from_millis(100)).build();
    let stubborn = Retrying::new(polite, 2, Duration::from_millis(50));

    let name = Username::parse("ann_example")?;
    let second = ScriptedFetcher::default();
    let mut profile = Profile::new(name.clone());
    profile.display_name = Observed::Present("Ann from the second source".to_owned());
    second.show(profile);

    let fetcher = Fallback::new(stubborn, second);
    let seen = fetcher.fetch(&name.into()).await?;
    println!("{} says: {:?}", seen.fetcher, seen.profile.display_name);
    Ok(())
}
