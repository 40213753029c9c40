//! Codes sent by e-mail, and counters that keep senders within limits.

use rusqlite::{Connection, params};

use super::{Res, one, run};
use crate::domain::{HOUR, MINUTE, Millis, secret};

/// How long a code holds.
pub const LIFE: Millis = 15 * MINUTE;
/// Wrong answers after which it is void.
pub const ATTEMPTS: i64 = 5;
/// Codes an hour for one address, and for one account.
pub const SENDS: i64 = 3;

/// A code that waits for its answer.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Waiting {
    pub id: i64,
    pub address: String,
    pub address_key: String,
    pub attempts: i64,
    pub expires_at: Millis,
    pub salt: Vec<u8>,
    pub code_hash: Vec<u8>,
}

/// Makes a code for an address; those before it hold no more.
pub fn create(
    conn: &Connection,
    tg_id: i64,
    purpose: &str,
    address: (&str, &str),
    now: Millis,
) -> Res<String> {
    let sql =
        "UPDATE email_code SET state = 'superseded' WHERE tg_id = ?1 AND purpose = ?2 AND state = 'active'";
    run(conn, sql, params![tg_id, purpose])?;
    let (code, salt) = (secret::code(), secret::salt());
    let sql = "INSERT INTO email_code (address, address_key, tg_id, purpose, salt, code_hash, state, sent_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'active', ?7, ?8)";
    let hash = secret::code_hash(&salt, &code);
    run(conn, sql, params![address.0, address.1, tg_id, purpose, salt, hash, now, now + LIFE])?;
    Ok(code)
}

/// The code that an account was sent last and that is not used up.
pub fn waiting(conn: &Connection, tg_id: i64, purpose: &str) -> Res<Option<Waiting>> {
    let sql = "SELECT id, address, address_key, attempts, expires_at, salt, code_hash FROM email_code
        WHERE tg_id = ?1 AND purpose = ?2 AND state = 'active' ORDER BY id DESC LIMIT 1";
    one(conn, sql, params![tg_id, purpose], |row| {
        Ok(Waiting {
            id: row.get(0)?,
            address: row.get(1)?,
            address_key: row.get(2)?,
            attempts: row.get(3)?,
            expires_at: row.get(4)?,
            salt: row.get(5)?,
            code_hash: row.get(6)?,
        })
    })
}

/// The address, and its key, to which an account was sent its last code, whatever became of that.
pub fn address(conn: &Connection, tg_id: i64, purpose: &str) -> Res<Option<(String, String)>> {
    let sql = "SELECT address, address_key FROM email_code WHERE tg_id = ?1 AND purpose = ?2 ORDER BY id DESC LIMIT 1";
    one(conn, sql, params![tg_id, purpose], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Ends a code.
pub fn close(conn: &Connection, id: i64, state: &str) -> Res<()> {
    run(conn, "UPDATE email_code SET state = ?2 WHERE id = ?1", params![id, state])?;
    Ok(())
}

/// Counts a wrong answer; how many there were.
pub fn wrong(conn: &Connection, waiting: &Waiting) -> Res<i64> {
    run(conn, "UPDATE email_code SET attempts = attempts + 1 WHERE id = ?1", [waiting.id])?;
    let count = waiting.attempts + 1;
    if count >= ATTEMPTS {
        close(conn, waiting.id, "locked")?;
    }
    Ok(count)
}

/// Counts one more of something; false when there were `most` within the hour.
pub fn within_limit(conn: &Connection, key: &str, most: i64, now: Millis) -> Res<bool> {
    let sql = "INSERT INTO limiter (key, window_start, count) VALUES (?1, ?2, 1)
        ON CONFLICT (key) DO UPDATE SET count = iif(window_start <= ?3, 1, count + 1),
        window_start = iif(window_start <= ?3, ?2, window_start) RETURNING count";
    let count: Option<i64> = one(conn, sql, params![key, now, now - HOUR], |row| row.get(0))?;
    Ok(count.is_some_and(|count| count <= most))
}
