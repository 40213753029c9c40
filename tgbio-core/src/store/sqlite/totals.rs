//! Totals that move with every write.

use rusqlite::Connection;

use super::codec::number;
use crate::Presence;
use crate::store::{ProfileRecord, StoreResult, Totals};

/// Adds to a total.
pub(super) fn add(conn: &Connection, name: &str, by: i64) -> StoreResult<()> {
    if by != 0 {
        conn.prepare_cached("UPDATE totals SET value = value + ?2 WHERE name = ?1")?
            .execute(rusqlite::params![name, by])?;
    }
    Ok(())
}

/// What a record counts for.
fn counted(record: Option<&ProfileRecord>) -> [i64; 5] {
    let Some(record) = record else { return [0; 5] };
    [
        1,
        i64::from(record.monitored),
        i64::from(record.presence == Presence::Missing),
        i64::from(record.failures > 0),
        super::codec::int(record.revisions),
    ]
}

/// A record came, changed or went.
pub(super) fn moved(
    conn: &Connection,
    before: Option<&ProfileRecord>,
    after: Option<&ProfileRecord>,
) -> StoreResult<()> {
    let names = ["profiles", "monitored", "missing", "failing", "revisions"];
    let (before, after) = (counted(before), counted(after));
    for (index, name) in names.into_iter().enumerate() {
        add(conn, name, after[index] - before[index])?;
    }
    Ok(())
}

pub(super) fn read(conn: &Connection) -> StoreResult<Totals> {
    let get = |name: &str| -> StoreResult<u64> {
        let value = conn
            .prepare_cached("SELECT value FROM totals WHERE name = ?1")?
            .query_row([name], |row| row.get(0))?;
        Ok(number(value))
    };
    Ok(Totals {
        profiles: get("profiles")?,
        monitored: get("monitored")?,
        missing: get("missing")?,
        failing: get("failing")?,
        revisions: get("revisions")?,
        held: get("held")?,
    })
}
