//! Sessions of people who logged in on the pages.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use secrecy::SecretString;

use super::accounts::Accounts;
use super::error::AuthError;
use super::secret;

const HOUR: i64 = 3_600_000;
/// A session of a browser that is not to be remembered also ends on its own.
const SHORT: i64 = 12 * HOUR;
const REMEMBERED: i64 = 30 * 24 * HOUR;
/// Uses are written down at most this often.
const NOTE_EVERY: i64 = 60_000;

/// A session that has just begun. The secret goes into the cookie.
#[derive(Debug)]
pub struct NewSession {
    /// The cookie's value.
    pub secret: SecretString,
    /// Whether the cookie outlives the browser.
    pub remember: bool,
}

impl NewSession {
    /// How long the cookie of a remembered session lasts.
    pub const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);
}

impl Accounts {
    /// Begins a session for an admin whose password was right. Always a new secret, so that none can be planted.
    pub async fn begin_session(&self, user: &str, remember: bool) -> Result<NewSession, AuthError> {
        let secret = secret::generate("")?;
        let (hash, user, now) = (secret::hash_of(&secret), user.to_owned(), self.now());
        let expires = now + if remember { REMEMBERED } else { SHORT };
        let insert = self.0.db.write(move |tx| {
            tx.execute("DELETE FROM server_sessions WHERE expires_at <= ?1", [now])?;
            let sql = "INSERT INTO server_sessions \
                (secret_hash, admin, remember, created_at, last_used_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?4, ?5)";
            tx.execute(sql, params![hash, user, remember, now, expires])
        });
        insert.await?;
        Ok(NewSession { secret, remember })
    }

    /// The admin that a cookie's value belongs to, unless the session has ended.
    pub async fn session(&self, secret: &str) -> Result<Option<Arc<str>>, AuthError> {
        if !secret::has_form(secret, "") {
            return Ok(None);
        }
        let hash = secret::hash(secret);
        if let Some(user) = self.0.sessions.get(&hash) {
            return Ok(Some(user));
        }
        let (generation, now) = (self.0.sessions.generation(), self.now());
        let found = self.0.db.read(move |connection| find(connection, &hash, now)).await?;
        let Some((user, last_used)) = found else { return Ok(None) };
        if now - last_used >= NOTE_EVERY {
            self.note_session(hash, now);
        }
        let user: Arc<str> = user.into();
        self.0.sessions.put(generation, hash, Arc::clone(&user));
        Ok(Some(user))
    }

    fn note_session(&self, hash: secret::SecretHash, now: i64) {
        let db = self.0.db.clone();
        tokio::spawn(async move {
            let sql = "UPDATE server_sessions SET last_used_at = ?2 WHERE secret_hash = ?1";
            if let Err(error) = db.note(move |tx| tx.execute(sql, params![hash, now])).await {
                tracing::warn!(%error, "the use of a session could not be written down");
            }
        });
    }

    /// Ends a session, if it lives.
    pub async fn end_session(&self, secret: &str) -> Result<(), AuthError> {
        let hash = secret::hash(secret);
        let delete = self
            .0
            .db
            .write(move |tx| tx.execute("DELETE FROM server_sessions WHERE secret_hash = ?1", params![hash]));
        delete.await?;
        self.0.sessions.clear();
        Ok(())
    }

    /// Removes sessions that have ended on their own, and says how many.
    pub async fn purge_sessions(&self) -> Result<usize, AuthError> {
        let now = self.now();
        let sql = "DELETE FROM server_sessions WHERE expires_at <= ?1";
        Ok(self.0.db.write(move |tx| tx.execute(sql, [now])).await?)
    }
}

fn find(
    connection: &Connection,
    hash: &secret::SecretHash,
    now: i64,
) -> rusqlite::Result<Option<(String, i64)>> {
    let sql = "SELECT admin, last_used_at FROM server_sessions WHERE secret_hash = ?1 AND expires_at > ?2";
    let mut row = connection.prepare_cached(sql)?;
    row.query_row(params![hash, now], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
