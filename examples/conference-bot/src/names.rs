//! Who tells whether an invited @name is a person's, and whose: Telegram's own protocol where the bot is signed in to it,
//! which knows the ids, and the pages of t.me, which do not.

use std::sync::Arc;

use tgbio_core::ProfileFetcher;
use tgbio_fetch::{Limited, ScrapeFetcher};

use crate::World;
use crate::config::Config;

type Fetcher = Arc<dyn ProfileFetcher>;

/// The fetcher that the configuration asks for, or none.
///
/// # Errors
/// One sentence that says what cannot be used.
pub async fn fetcher(world: &World) -> Result<Option<Fetcher>, String> {
    let config = &world.config;
    let pages = if config.name_lookup { Some(pages(config)?) } else { None };
    match (config.api_id, &config.api_hash) {
        (Some(id), Some(hash)) => protocol::beside(world, id, hash, pages).await.map(Some),
        (None, None) => Ok(pages),
        _ => Err("api_id and api_hash belong together: set both, or none".to_owned()),
    }
}

/// The pages of t.me, slowly.
fn pages(config: &Config) -> Result<Fetcher, String> {
    let agent = concat!("conference-bot/", env!("CARGO_PKG_VERSION"));
    let scraper = ScrapeFetcher::builder().base_url(config.name_base_url.as_str()).user_agent(agent).build();
    let scraper = scraper.map_err(|error| error.to_string())?;
    Ok(Arc::new(Limited::builder(scraper, "t.me").min_delay(config.name_min_delay).build()))
}

#[cfg(feature = "mtproto")]
mod protocol {
    use secrecy::{ExposeSecret as _, SecretString};
    use tgbio_fetch::Fallback;
    use tgbio_fetch::mtproto::{MtprotoBuilder, MtprotoFetcher, MtprotoSession};

    use super::{Arc, Fetcher, World};

    fn builder(world: &World, id: i32, hash: &SecretString) -> MtprotoBuilder {
        let builder = MtprotoFetcher::builder(world.db.clone(), id, hash.expose_secret())
            .clock(world.clock.clone())
            .used_by("conference-bot");
        match &world.config.api_dc {
            Some(test) => builder.data_center(test.id, test.address, test.key),
            None => builder,
        }
    }

    /// Telegram's own protocol, signed in as the participants' bot, with the pages beside it.
    pub(super) async fn beside(
        world: &World,
        id: i32,
        hash: &SecretString,
        pages: Option<Fetcher>,
    ) -> Result<Fetcher, String> {
        let builder = || builder(world, id, hash);
        let session = MtprotoSession::open(&world.db).await.map_err(|error| error.to_string())?;
        if let (Some(token), false) = (&world.config.bot_token, session.is_signed_in()) {
            let mut login = builder().login().await.map_err(|error| error.to_string())?;
            match login.bot(token.expose_secret()).await {
                Ok(account) => tracing::info!("signed in to Telegram's protocol as {account}"),
                // Names are looked up on the pages meanwhile.
                Err(error) => {
                    tracing::error!("the bot could not be signed in to Telegram's protocol: {error}");
                }
            }
        }
        let protocol = builder().open().await.map_err(|error| error.to_string())?;
        Ok(match pages {
            Some(pages) => Arc::new(Fallback::new(protocol, pages)),
            None => Arc::new(protocol),
        })
    }
}

#[cfg(not(feature = "mtproto"))]
mod protocol {
    use secrecy::SecretString;

    use super::{Fetcher, World};

    pub(super) async fn beside(
        _: &World,
        _: i32,
        _: &SecretString,
        _: Option<Fetcher>,
    ) -> Result<Fetcher, String> {
        Err("this program does not speak Telegram's own protocol: build it with --features mtproto, or unset api_id"
            .to_owned())
    }
}
