//! Until when a host must not be asked: shared by all processes on one file, and kept over restarts.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteStore;
use super::codec::all;
use super::db::Durability;
use crate::store::{HostWait, StoreResult};
use crate::{HostLimits, Timestamp};

#[async_trait]
impl HostLimits for SqliteStore {
    async fn not_before(&self, host: &str) -> Option<Timestamp> {
        let asked = host.to_owned();
        let found = self.read_few(move |conn| not_before(conn, &asked)).await;
        found.unwrap_or_else(|error| {
            tracing::warn!(host, %error, "the wait of a host could not be read");
            None
        })
    }

    async fn hold_off(&self, host: &str, until: Timestamp, reason: &str) {
        let (held, reason) = (host.to_owned(), reason.to_owned());
        let job = move |conn: &Connection| hold_off(conn, &held, until, &reason, Timestamp::now());
        if let Err(error) = self.write(Durability::Synced, job).await {
            tracing::warn!(host, %error, "the wait of a host could not be kept");
        }
    }

    async fn strikes(&self, host: &str) -> u32 {
        let asked = host.to_owned();
        let found = self.read_few(move |conn| strikes(conn, &asked)).await;
        found.unwrap_or_else(|error| {
            tracing::warn!(host, %error, "the refusals of a host could not be read");
            0
        })
    }

    async fn recovered(&self, host: &str) {
        let asked = host.to_owned();
        let job = move |conn: &Connection| {
            let sql = "UPDATE host_limit SET strikes = 0 WHERE host = ?1";
            conn.prepare_cached(sql)?.execute([&asked])?;
            Ok(())
        };
        if let Err(error) = self.write(Durability::Normal, job).await {
            tracing::warn!(host, %error, "that a host answers again could not be kept");
        }
    }
}

fn not_before(conn: &Connection, host: &str) -> StoreResult<Option<Timestamp>> {
    let sql = "SELECT not_before FROM host_limit WHERE host = ?1";
    let at: Option<i64> = conn.prepare_cached(sql)?.query_row([host], |row| row.get(0)).optional()?;
    Ok(at.map(Timestamp::from_millis))
}

fn strikes(conn: &Connection, host: &str) -> StoreResult<u32> {
    let sql = "SELECT strikes FROM host_limit WHERE host = ?1";
    let found: Option<i64> = conn.prepare_cached(sql)?.query_row([host], |row| row.get(0)).optional()?;
    Ok(found.map_or(0, |strikes| u32::try_from(strikes).unwrap_or(u32::MAX)))
}

/// The later time wins.
fn hold_off(
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
