//! Reads profiles by Telegram's own protocol, with the account that `tgbio login` or the example `protocol_login` has
//! signed in: `TGBIO_API_ID=... TGBIO_API_HASH=... cargo run --features mtproto --example fetch_by_protocol -- durov`.

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{ProfileFetcher, Username};
use tgbio_examples::{Told, api};
use tgbio_fetch::MtprotoFetcher;

#[tokio::main]
async fn main() -> Result<(), Told> {
    let (api_id, api_hash) = api()?;
    let store = SqliteStore::open("tgbio.db")?;
    let fetcher = MtprotoFetcher::builder(store.database().clone(), api_id, api_hash)
        .used_by("fetch_by_protocol")
        .open()
        .await?;
    for name in std::env::args().skip(1) {
        // A name is looked up once and then asked for by id, also by the next run.
        match fetcher.fetch(&Username::parse(&name)?.into()).await {
            Ok(seen) => println!("{:#?}\n{:#?}", seen.profile, seen.counts),
            Err(error) => println!("{error}; {:?}", error.retry()),
        }
    }
    let status = fetcher.status();
    println!("{}; {} of {} look-ups of today", status.state.advice(), status.resolves, status.resolve_budget);
    Ok(())
}
