//! The Telegram account: its backend, and how it stands.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tgbio_core::store::sqlite::db::Database;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Observation, ProfileFetcher, Target, Tracker, UnreachableReason,
};
use tgbio_fetch::mtproto::{MethodWait, MtprotoBuilder, MtprotoError, MtprotoFetcher, MtprotoStatus, NAME};

use crate::config::{Config, ConfigError};
use crate::setup::SetupError;
use crate::state::{AccountStatus, AccountWait, AccountWatch};

/// A lost connection is made again after this pause at first, and after the longest one at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// The backend as this configuration wants it, for use or for a log-in.
///
/// # Errors
/// Those of [`Config::protocol_id`].
pub fn builder(config: &Config, database: &Database, used_by: &str) -> Result<MtprotoBuilder, ConfigError> {
    let id = config.protocol_id()?;
    let hash = config.api_hash.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let (first, longest) = PAUSES;
    let builder = MtprotoFetcher::builder(database.clone(), id, hash)
        .timeout(config.timeout)
        .backoff(first.min(config.backoff_min), longest.min(config.backoff_max))
        .resolve_budget(config.mtproto_resolve_budget)
        .resolve_distance(config.mtproto_resolve_delay)
        .full_distance(config.mtproto_min_delay)
        .glance_distance(config.mtproto_min_delay)
        .used_by(used_by);
    Ok(match &config.mtproto_dc {
        Some(test) => builder.data_center(test.id, test.address, test.key),
        None => builder,
    })
}

/// The backend over the kept session.
///
/// # Errors
/// [`SetupError`] says why the session cannot be used.
pub(super) async fn fetcher(
    config: &Config,
    database: &Database,
    used_by: &str,
) -> Result<MtprotoFetcher, SetupError> {
    Ok(builder(config, database, used_by)?.open().await?)
}

/// Stands where the account is that another process has: it answers nothing, and whoever reads pages knows by it that
/// somebody else follows profiles by their ids.
#[derive(Debug)]
pub(super) struct Busy(MtprotoError);

impl Busy {
    pub(super) fn new(by: String) -> Self {
        Self(MtprotoError::InUse { by })
    }
}

#[async_trait]
impl ProfileFetcher for Busy {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        let mut none = Capabilities::default();
        none.follows_renames = true;
        none
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let kind = FetchErrorKind::Unreachable(UnreachableReason::Connect);
        Err(FetchError::new(NAME, target.username.clone(), kind).caused_by(self.0.clone()))
    }
}

#[async_trait]
impl AccountWatch for MtprotoFetcher {
    async fn account(&self) -> AccountStatus {
        self.status().into()
    }

    async fn log_in_made(&self) {
        self.look_for_log_in().await;
    }

    async fn glance(&self, tracker: &Tracker) {
        match self.glance_round(tracker).await {
            Ok(round) => tracing::debug!(round.glanced, round.moved, "a round of glances has ended"),
            Err(error) => tracing::debug!(%error, "a round of glances did not reach everybody"),
        }
    }
}

impl From<MtprotoStatus> for AccountStatus {
    fn from(status: MtprotoStatus) -> Self {
        Self {
            account: status.account.map(|account| account.to_string()),
            state: status.state.code(),
            stopped: status.state.is_stopped(),
            needs_person: status.state.needs_person(),
            advice: status.state.advice(),
            since: status.since,
            detail: status.detail,
            waits: status.waits.into_iter().map(AccountWait::from).collect(),
            resolves: status.resolves,
            resolve_budget: status.resolve_budget,
            next_resolve: status.next_resolve,
        }
    }
}

impl From<MethodWait> for AccountWait {
    fn from(wait: MethodWait) -> Self {
        Self { method: wait.method, not_before: wait.not_before, reason: wait.reason }
    }
}
