//! The log-in of the configured bot: where nobody is signed in, and again until the network lets it through.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::sqlite::db::Database;
use tgbio_fetch::mtproto::{AskAgain, MtprotoSession};
use tokio_util::sync::CancellationToken;

use super::protocol::builder;
use crate::config::Config;
use crate::setup::SetupError;
use crate::state::AccountWatch;

/// What came of a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignedIn {
    /// Somebody is signed in, or nobody can be so.
    Settled,
    /// The network failed: it can be tried again.
    NotYet,
}

/// Signs the configured bot in, where nobody is.
pub(super) async fn sign_in(
    config: &Config,
    database: &Database,
    used_by: &str,
) -> Result<SignedIn, SetupError> {
    let (Some(token), Some(_)) = (&config.bot_token, &config.api_hash) else { return Ok(SignedIn::Settled) };
    if MtprotoSession::open(database).await?.is_signed_in() {
        return Ok(SignedIn::Settled);
    }
    let mut login = builder(config, database, used_by)?.login().await?;
    match login.bot(token.expose_secret()).await {
        Ok(account) => tracing::info!("signed in to Telegram as {account}"),
        Err(error) => {
            // The backend says that nobody is signed in, wherever somebody looks.
            tracing::error!("the bot could not be signed in to Telegram: {error}");
            if error.ask_again() == AskAgain::SameStep {
                return Ok(SignedIn::NotYet);
            }
        }
    }
    Ok(SignedIn::Settled)
}

/// Tries again with growing pauses until `stop`, and tells the backend when somebody is signed in.
pub(super) async fn sign_in_later(
    account: Arc<dyn AccountWatch>,
    config: Config,
    store: Arc<SqliteStore>,
    stop: CancellationToken,
) {
    let mut pause = config.backoff_min;
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        match stop.run_until_cancelled(sign_in(&config, store.database(), "serve")).await {
            Some(Ok(SignedIn::NotYet)) => pause = pause.saturating_mul(2).min(config.backoff_max),
            Some(Err(error)) => {
                return tracing::error!("the bot could not be signed in to Telegram: {error}");
            }
            Some(Ok(SignedIn::Settled)) => return account.log_in_made().await,
            None => return,
        }
    }
}
