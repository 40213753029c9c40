//! Usernames as dated facts of profiles.

use rusqlite::{Connection, OptionalExtension, params};

use super::codec::all;
use crate::store::StoreResult;
use crate::{Timestamp, Username};

/// Who has a name now. Should two profiles claim it, the one that got it last has it.
pub(super) fn holder(conn: &Connection, key: &str) -> StoreResult<Option<i64>> {
    let sql = "SELECT profile FROM profile_name WHERE name_key = ?1 AND until_at IS NULL \
        ORDER BY from_at DESC LIMIT 1";
    Ok(conn.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?)
}

/// Whether a profile has ever had a name.
pub(super) const WAS_OF: &str = "SELECT 1 FROM profile_name WHERE profile = ?1 AND name_key = ?2";

pub(super) fn begin(conn: &Connection, profile: i64, name: &Username, at: Timestamp) -> StoreResult<()> {
    let sql =
        "INSERT OR REPLACE INTO profile_name (profile, from_at, name_key, spelling) VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![profile, at.as_millis(), name.key(), name.as_str()])?;
    Ok(())
}

/// Others whose name it is as well, as far as is known.
pub(super) fn others(conn: &Connection, key: &str, than: i64) -> StoreResult<Vec<i64>> {
    let sql = "SELECT profile FROM profile_name WHERE name_key = ?1 AND until_at IS NULL AND profile <> ?2";
    all(conn.prepare_cached(sql)?.query(params![key, than])?, |cells| cells.int())
}

/// A profile has another name from now on, or none.
pub(super) fn moved(
    conn: &Connection,
    profile: i64,
    name: Option<&Username>,
    at: Timestamp,
) -> StoreResult<()> {
    let sql = "UPDATE profile_name SET until_at = ?2 WHERE profile = ?1 AND until_at IS NULL";
    conn.prepare_cached(sql)?.execute([profile, at.as_millis()])?;
    name.map_or(Ok(()), |name| begin(conn, profile, name, at))
}
