//! Tokens of programs that use the API.

use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use secrecy::SecretString;

use super::accounts::Accounts;
use super::error::AuthError;
use super::scope::Scope;
use super::secret::{self, SecretHash};

/// Secret scanners find leaked tokens by it.
const PREFIX: &str = "tgbio_";
const NOTE_EVERY: i64 = 60_000;

/// A token that has just been made. The secret is shown once.
#[derive(Debug)]
pub struct NewToken {
    /// What programs send.
    pub secret: SecretString,
    /// How it appears in lists.
    pub info: TokenInfo,
}

/// What is known about a token; not the token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Chosen by the admin, unique.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970, kept to the minute; `None` when it was never used.
    pub last_used_at: Option<i64>,
}

/// A valid token, as requests need it.
#[derive(Debug, Clone)]
pub(super) struct KnownToken {
    pub(super) name: Arc<str>,
    pub(super) scope: Scope,
}

impl Accounts {
    /// Makes a token.
    pub async fn create_token(&self, name: &str, scope: Scope) -> Result<NewToken, AuthError> {
        check_name(name)?;
        let secret = secret::generate(PREFIX)?;
        let info = TokenInfo { name: name.to_owned(), scope, created_at: self.now(), last_used_at: None };
        let (hash, row) = (secret::hash_of(&secret), info.clone());
        let insert = self.0.db.write(move |tx| {
            let sql = "INSERT INTO server_tokens (name, secret_hash, scope, created_at) \
                       VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING";
            tx.execute(sql, params![row.name, hash, row.scope.as_str(), row.created_at])
        });
        if insert.await? == 0 {
            return Err(AuthError::TokenExists(name.to_owned()));
        }
        Ok(NewToken { secret, info })
    }

    /// All tokens, oldest first.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, AuthError> {
        let tokens = self.0.db.read(|connection| {
            let sql =
                "SELECT name, scope, created_at, last_used_at FROM server_tokens ORDER BY created_at, name";
            connection.prepare(sql)?.query_map([], info)?.collect()
        });
        Ok(tokens.await?)
    }

    /// Ends a token and says whether there was one. In other processes it ends within five seconds.
    pub async fn revoke_token(&self, name: &str) -> Result<bool, AuthError> {
        let name = name.to_owned();
        let delete =
            self.0.db.write(move |tx| tx.execute("DELETE FROM server_tokens WHERE name = ?1", [name]));
        let deleted = delete.await?;
        self.0.tokens.clear();
        Ok(deleted == 1)
    }

    pub(super) async fn token(&self, secret: &str) -> Result<Option<KnownToken>, AuthError> {
        if !secret::has_form(secret, PREFIX) {
            return Ok(None);
        }
        let hash = secret::hash(secret);
        if let Some(token) = self.0.tokens.get(&hash) {
            return Ok(Some(token));
        }
        let generation = self.0.tokens.generation();
        let Some(found) = self.0.db.read(move |connection| find(connection, &hash)).await? else {
            return Ok(None);
        };
        self.note_token(&found);
        let known = KnownToken { name: found.name.into(), scope: found.scope };
        self.0.tokens.put(generation, hash, known.clone());
        Ok(Some(known))
    }

    /// Writes the use down, in the background and not too often.
    fn note_token(&self, token: &TokenInfo) {
        let now = self.now();
        if token.last_used_at.is_some_and(|last| now - last < NOTE_EVERY) {
            return;
        }
        let (db, name) = (self.0.db.clone(), token.name.clone());
        tokio::spawn(async move {
            let sql = "UPDATE server_tokens SET last_used_at = ?2 WHERE name = ?1";
            if let Err(error) = db.note(move |tx| tx.execute(sql, params![name, now])).await {
                tracing::warn!(%error, "the use of a token could not be written down");
            }
        });
    }
}

fn check_name(name: &str) -> Result<(), AuthError> {
    let fits = |c: char| c.is_alphanumeric() || ".-_".contains(c);
    let good = (1..=64).contains(&name.chars().count()) && name.chars().all(fits);
    if good { Ok(()) } else { Err(AuthError::TokenName) }
}

fn find(connection: &Connection, hash: &SecretHash) -> rusqlite::Result<Option<TokenInfo>> {
    let sql = "SELECT name, scope, created_at, last_used_at FROM server_tokens WHERE secret_hash = ?1";
    connection.prepare_cached(sql)?.query_row(params![hash], info).optional()
}

fn info(row: &Row<'_>) -> rusqlite::Result<TokenInfo> {
    let scope: String = row.get(1)?;
    let scope = scope
        .parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error)))?;
    Ok(TokenInfo { name: row.get(0)?, scope, created_at: row.get(2)?, last_used_at: row.get(3)? })
}
