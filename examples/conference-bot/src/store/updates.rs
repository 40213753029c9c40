//! Updates as they came: kept before Telegram is told, done once, whatever happens in between.

use rusqlite::{Connection, params};

use super::{Res, all, number, one, run};
use crate::domain::Millis;

/// Keeps an update; false when it was kept before.
pub fn keep(conn: &Connection, bot: &str, update_id: i64, tg_id: i64, body: &str, now: Millis) -> Res<bool> {
    let sql = "INSERT INTO update_seen (bot, update_id, tg_id, body, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT DO NOTHING";
    Ok(run(conn, sql, params![bot, update_id, tg_id, body, now])? == 1)
}

/// An update that is not done yet.
pub fn open(conn: &Connection, bot: &str, update_id: i64) -> Res<Option<String>> {
    let sql = "SELECT body FROM update_seen WHERE bot = ?1 AND update_id = ?2 AND done_at IS NULL";
    one(conn, sql, params![bot, update_id], |row| row.get(0))
}

/// All that are not done yet, in order: number and account.
pub fn all_open(conn: &Connection, bot: &str) -> Res<Vec<(i64, i64)>> {
    let sql =
        "SELECT update_id, tg_id FROM update_seen WHERE bot = ?1 AND done_at IS NULL ORDER BY update_id";
    all(conn, sql, [bot], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The number after the newest update.
pub fn next(conn: &Connection, bot: &str) -> Res<i64> {
    number(conn, "SELECT max(update_id) + 1 FROM update_seen WHERE bot = ?1", [bot])
}

/// Marks an update as done; false when it was done before.
pub fn done(conn: &Connection, bot: &str, update_id: i64, now: Millis) -> Res<bool> {
    let sql = "UPDATE update_seen SET done_at = ?3, body = NULL WHERE bot = ?1 AND update_id = ?2 AND done_at IS NULL";
    Ok(run(conn, sql, params![bot, update_id, now])? == 1)
}

/// Counts a failure of an update; how many there were.
pub fn failed(conn: &Connection, bot: &str, update_id: i64, why: &str) -> Res<i64> {
    let sql = "UPDATE update_seen SET failures = failures + 1, error = ?3 WHERE bot = ?1 AND update_id = ?2
        RETURNING failures";
    Ok(one(conn, sql, params![bot, update_id, why], |row| row.get(0))?.unwrap_or(0))
}

/// Forgets what Telegram will never send again.
pub fn purge(conn: &Connection, before: Millis) -> Res<()> {
    let sql = "DELETE FROM update_seen WHERE done_at IS NOT NULL AND received_at < ?1
        AND (bot, update_id) NOT IN (SELECT bot, max(update_id) FROM update_seen GROUP BY bot)";
    run(conn, sql, [before])?;
    Ok(())
}
