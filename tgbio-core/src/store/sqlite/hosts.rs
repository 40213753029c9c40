//! Until when a host must not be asked: shared by all processes on one file, and kept over restarts.

use rusqlite::{Connection, OptionalExtension, params};

use super::codec::all;
use crate::Timestamp;
use crate::store::{HostWait, StoreResult};

pub(super) fn not_before(conn: &Connection, host: &str) -> StoreResult<Option<Timestamp>> {
    let sql = "SELECT not_before FROM host_limit WHERE host = ?1";
    let at: Option<i64> = conn.prepare_cached(sql)?.query_row([host], |row| row.get(0)).optional()?;
    Ok(at.map(Timestamp::from_millis))
}

/// The later time wins.
pub(super) fn hold_off(
    conn: &Connection,
    host: &str,
    until: Timestamp,
    reason: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let sql = "INSERT INTO host_limit (host, not_before, reason, strikes, updated_at) VALUES (?1, ?2, ?3, 1, ?4) \
        ON CONFLICT (host) DO UPDATE SET reason = CASE WHEN excluded.not_before > not_before THEN excluded.reason \
        ELSE reason END, not_before = max(not_before, excluded.not_before), strikes = strikes + 1, \
        updated_at = excluded.updated_at";
    conn.prepare_cached(sql)?.execute(params![host, until.as_millis(), reason, now.as_millis()])?;
    Ok(())
}

pub(super) fn list(conn: &Connection) -> StoreResult<Vec<HostWait>> {
    let sql = "SELECT host, not_before, reason, strikes FROM host_limit ORDER BY host";
    all(conn.prepare_cached(sql)?.query([])?, |cells| {
        Ok(HostWait {
            host: cells.text()?,
            not_before: cells.time()?,
            reason: cells.text()?,
            strikes: cells.number()?,
        })
    })
}
