//! The kept session: who is signed in, moving a session in, forgetting it. No network.

mod kept;
mod lock;
mod rights;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::db::Database;

use super::{MtprotoAccount, MtprotoError, TelethonSession};

pub(super) use kept::{KeptSession, SessionError, pinned};
pub(super) use lock::SessionLock;
pub(super) use tables::{Dcs, LogIn, Standing, Tables};

/// The log-in that a database keeps, without a connection to Telegram.
///
/// Reading is safe beside a running program. [`import_telethon`](Self::import_telethon) and [`forget`](Self::forget)
/// want the session for themselves.
#[derive(Debug)]
pub struct MtprotoSession {
    pub(super) kept: KeptSession,
}

impl MtprotoSession {
    /// The session in an open database; its tables are made where they are missing.
    ///
    /// # Errors
    /// [`MtprotoError::Store`].
    pub async fn open(database: &Database) -> Result<Self, MtprotoError> {
        let tables = Tables::open(database.clone()).await?;
        Ok(Self { kept: KeptSession::load(tables).await? })
    }

    /// Whether there is a log-in that Telegram has not ended, as far as is known.
    pub fn is_signed_in(&self) -> bool {
        self.kept.log_in().standing == Standing::Open
    }

    /// Who is signed in, or was when Telegram ended the session. `None` also when an imported session was not used
    /// yet: then only Telegram knows.
    pub fn account(&self) -> Option<MtprotoAccount> {
        self.kept.log_in().account
    }

    /// Telegram's word for it, like `SESSION_REVOKED`, where it has ended the session.
    pub fn ended_by(&self) -> Option<String> {
        match self.kept.log_in().standing {
            Standing::Ended(by) => Some(by),
            Standing::None | Standing::Open => None,
        }
    }

    /// Moves a session in that Telethon wrote, without a new log-in. Its address and port are used as they stand,
    /// whatever the configuration says that Telegram sends. Nothing is asked of Telegram: who it belongs to shows
    /// with the first use.
    ///
    /// From here on the database file can be read by its owner only.
    ///
    /// # Errors
    /// [`MtprotoError::Telethon`] when the text is no session, [`MtprotoError::AlreadySignedIn`],
    /// [`MtprotoError::InUse`].
    pub async fn import_telethon(&self, text: &str) -> Result<TelethonSession, MtprotoError> {
        let session: TelethonSession = text.parse()?;
        let _lock = self.lock("login")?;
        self.refuse_signed_in().await?;
        let id = session.data_center();
        let dc = pinned(session.address(), Some(*session.key()));
        let log_in = LogIn {
            generation: self.kept.log_in().generation + 1,
            home_dc: id,
            ipv6: session.address().is_ipv6(),
            account: None,
            standing: Standing::Open,
            since: Timestamp::now(),
        };
        self.kept.replace(log_in, HashMap::from([(id, dc)])).await?;
        Ok(session)
    }

    /// Forgets keys, account and everything that the account knew of others, without telling Telegram. What was
    /// followed stays.
    ///
    /// # Errors
    /// [`MtprotoError::InUse`].
    pub async fn forget(&self) -> Result<(), MtprotoError> {
        let _lock = self.lock("logout")?;
        Ok(self.kept.forget().await?)
    }

    /// What another process uses the session for now, like `serve (process 4711)`.
    ///
    /// # Errors
    /// [`MtprotoError::Lock`].
    pub fn used_by(&self) -> Result<Option<String>, MtprotoError> {
        SessionLock::holder(self.kept.tables().database().path())
    }

    pub(super) async fn refuse_signed_in(&self) -> Result<(), MtprotoError> {
        self.kept.reload().await?;
        if self.is_signed_in() {
            return Err(MtprotoError::AlreadySignedIn { account: self.account() });
        }
        Ok(())
    }

    pub(super) fn lock(&self, used_by: &str) -> Result<SessionLock, MtprotoError> {
        SessionLock::take(self.kept.tables().database().path(), used_by)
    }
}
