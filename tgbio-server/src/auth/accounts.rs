//! Accounts of the admins, and the state that sessions and tokens share with them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};
use secrecy::SecretString;

use super::cache::Cache;
use super::db::Db;
use super::error::AuthError;
use super::password::{Passwords, check_chosen};
use super::secret;
use super::tokens::KnownToken;

/// Milliseconds since 1970; replaced in tests.
pub(super) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Admins, sessions and tokens. Cheap to clone; one per process, so that revocations take effect at once.
#[derive(Clone)]
pub struct Accounts(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) passwords: Passwords,
    pub(super) tokens: Cache<KnownToken>,
    pub(super) sessions: Cache<Arc<str>>,
    pub(super) clock: Clock,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

/// The password that was made up for a new admin. To be shown once.
#[derive(Debug)]
pub struct GeneratedPassword(pub SecretString);

impl Accounts {
    /// Works on the server's tables, which are up to date.
    pub fn new(db: Db) -> Self {
        Self::with_clock(db, Arc::new(unix_millis))
    }

    pub(super) fn with_clock(db: Db, clock: Clock) -> Self {
        let passwords = Passwords::new();
        Self(Arc::new(Inner { db, passwords, tokens: Cache::new(), sessions: Cache::new(), clock }))
    }

    pub(super) fn now(&self) -> i64 {
        (self.0.clock)()
    }

    /// Makes the first admin if there is none yet, with the given password or else a random one, which is returned.
    pub async fn ensure_admin(
        &self,
        user: &str,
        password: Option<SecretString>,
    ) -> Result<Option<GeneratedPassword>, AuthError> {
        if !self.admins().await?.is_empty() {
            return Ok(None);
        }
        let (password, generated) = match password {
            Some(password) => (password, false),
            None => (secret::generate("")?, true),
        };
        let hash = self.0.passwords.hash(password.clone()).await?;
        let (user, now) = (user.to_owned(), self.now());
        let made = self.0.db.write(move |tx| insert_first(tx, &user, &hash, now)).await?;
        Ok((made && generated).then_some(GeneratedPassword(password)))
    }

    /// Makes one more admin with a random password, which is to be shown once.
    pub async fn add_admin(&self, user: &str) -> Result<GeneratedPassword, AuthError> {
        if !is_name(user) {
            return Err(AuthError::UserName);
        }
        let password = secret::generate("")?;
        let hash = self.0.passwords.hash(password.clone()).await?;
        let (name, now) = (user.to_owned(), self.now());
        let sql = "INSERT INTO server_admins (name, password_hash, created_at, changed_at) \
                   VALUES (?1, ?2, ?3, ?3) ON CONFLICT DO NOTHING";
        let made = self.0.db.write(move |tx| tx.execute(sql, params![name, hash, now])).await?;
        if made == 1 { Ok(GeneratedPassword(password)) } else { Err(AuthError::UserExists(user.to_owned())) }
    }

    /// Gives an admin a new random password, which is to be shown once, and ends all their sessions.
    pub async fn reset_password(&self, user: &str) -> Result<GeneratedPassword, AuthError> {
        let password = secret::generate("")?;
        self.set_password(user, password.clone()).await?;
        Ok(GeneratedPassword(password))
    }

    /// Removes an admin with all their sessions; false when there is none of this name, or no other is left.
    pub async fn remove_admin(&self, user: &str) -> Result<bool, AuthError> {
        let name = user.to_owned();
        let removed = self.0.db.write(move |tx| {
            let others: i64 =
                tx.query_row("SELECT count(*) FROM server_admins WHERE name <> ?1", [&name], |row| {
                    row.get(0)
                })?;
            if others == 0 {
                return Ok(0);
            }
            tx.execute("DELETE FROM server_sessions WHERE admin = ?1", [&name])?;
            tx.execute("DELETE FROM server_admins WHERE name = ?1", [&name])
        });
        let removed = removed.await?;
        self.0.sessions.clear();
        Ok(removed == 1)
    }

    /// Names of the admins, oldest first.
    pub async fn admins(&self) -> Result<Vec<String>, AuthError> {
        let names = self.0.db.read(|connection| {
            let mut rows = connection.prepare("SELECT name FROM server_admins ORDER BY created_at, name")?;
            rows.query_map([], |row| row.get(0))?.collect()
        });
        Ok(names.await?)
    }

    /// Sets the password and ends all sessions of the admin.
    pub async fn set_password(&self, user: &str, password: SecretString) -> Result<(), AuthError> {
        let hash = self.0.passwords.hash(password).await?;
        let (name, now) = (user.to_owned(), self.now());
        let changed = self.0.db.write(move |tx| {
            tx.execute("DELETE FROM server_sessions WHERE admin = ?1", [&name])?;
            let sql = "UPDATE server_admins SET password_hash = ?2, changed_at = ?3 WHERE name = ?1";
            tx.execute(sql, params![name, hash, now])
        });
        let changed = changed.await?;
        self.0.sessions.clear();
        if changed == 0 { Err(AuthError::NoSuchUser(user.to_owned())) } else { Ok(()) }
    }

    /// Sets a password that a person chose, who knows the old one. Ends all sessions of the admin.
    pub async fn change_password(
        &self,
        user: &str,
        old: SecretString,
        new: SecretString,
    ) -> Result<(), AuthError> {
        if !self.verify(user, old).await? {
            return Err(AuthError::WrongPassword);
        }
        check_chosen(&new)?;
        self.set_password(user, new).await
    }

    /// Whether this is the admin's password. Unknown names take as long as known ones.
    pub async fn verify(&self, user: &str, password: SecretString) -> Result<bool, AuthError> {
        let name = user.to_owned();
        let hash = self.0.db.read(move |connection| password_hash(connection, &name)).await?;
        self.0.passwords.verify(password, hash).await
    }
}

/// Inserts the admin unless somebody else made one meanwhile.
fn insert_first(tx: &Connection, user: &str, hash: &str, now: i64) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO server_admins (name, password_hash, created_at, changed_at) \
               SELECT ?1, ?2, ?3, ?3 WHERE NOT EXISTS (SELECT 1 FROM server_admins)";
    Ok(tx.execute(sql, params![user, hash, now])? == 1)
}

fn is_name(user: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&user.len()) && user.bytes().all(good)
}

fn password_hash(connection: &Connection, user: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT password_hash FROM server_admins WHERE name = ?1";
    connection.prepare_cached(sql)?.query_row([user], |row| row.get(0)).optional()
}

fn unix_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
