//! Telegram's own protocol, with the pages standing in where it cannot answer, as `TGBIO_BACKEND=auto` does it; tells who
//! has answered: `TGBIO_API_ID=... cargo run --features mtproto --example both_backends -- durov`.

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{ProfileFetcher, Username};
use tgbio_examples::{Told, api};
use tgbio_fetch::{Fallback, Limited, MtprotoFetcher, ScrapeFetcher};

#[tokio::main]
async fn main() -> Result<(), Told> {
    let (api_id, api_hash) = api()?;
    let store = SqliteStore::open("tgbio.db")?;
    // It keeps its limits itself; the site needs its budget around it.
    let protocol = MtprotoFetcher::builder(store.database().clone(), api_id, api_hash)
        .used_by("both_backends")
        .open()
        .await?;
    let site = ScrapeFetcher::builder().user_agent("both-backends/1.0 (+mailto:you@example.org)").build()?;
    let host = site.host();
    let fetcher = Fallback::new(protocol, Limited::builder(site, host).build());
    for name in std::env::args().skip(1) {
        match fetcher.fetch(&Username::parse(&name)?.into()).await {
            Ok(seen) => println!("{} says: {:#?}", seen.fetcher, seen.profile),
            Err(error) => println!("{error}; {:?}", error.retry()),
        }
    }
    Ok(())
}
