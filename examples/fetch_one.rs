//! Reads one public profile: `cargo run --example fetch_one -- durov`.

use tgbio_core::{ProfileFetcher, Username};
use tgbio_fetch::ScrapeFetcher;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "telegram".to_owned());
    let name = Username::parse(&name)?;
    // Tell the site's owners how to reach you.
    let fetcher = ScrapeFetcher::builder().user_agent("fetch-one/1.0 (+mailto:you@example.org)").build()?;
    match fetcher.fetch(&name.into()).await {
        Ok(seen) => println!("{:#?}\n{:#?}", seen.profile, seen.counts),
        Err(error) => println!("{error}; {:?}", error.retry()),
    }
    Ok(())
}
