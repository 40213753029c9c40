//! What each backend said last. Where that is the state of the profile, it stands there only.

use rusqlite::{Connection, params};

use super::codec::{all, damaged, from_json, to_json};
use super::record;
use super::state_json::StateJson;
use crate::sources::Source;
use crate::store::{ProfileRecord, StoreResult};
use crate::{ProfileId, Timestamp};

/// Writes what a backend says now. Until when the one before it has said its own is known from the record.
pub(super) fn write(
    conn: &Connection,
    key: i64,
    before: &ProfileRecord,
    source: &Source,
    json: &StateJson<'_>,
) -> StoreResult<()> {
    if let Some((other, until)) = before.said_by_another(&source.fetcher) {
        let sql = "UPDATE source SET observed_at = max(observed_at, ?3) WHERE profile = ?1 AND fetcher = ?2";
        conn.prepare_cached(sql)?.execute(params![key, other, until.as_millis()])?;
    }
    let state = if json.is_of(&source.profile) { None } else { Some(to_json(&source.profile)?) };
    let values = params![key, source.fetcher, source.parser, source.observed_at.as_millis(), state];
    let sql =
        "UPDATE source SET parser = ?3, observed_at = ?4, state = ?5 WHERE profile = ?1 AND fetcher = ?2";
    if conn.prepare_cached(sql)?.execute(values)? == 0 {
        let sql =
            "INSERT INTO source (profile, fetcher, parser, observed_at, state) VALUES (?1, ?2, ?3, ?4, ?5)";
        conn.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

/// The state of a profile is about to change: what others than `by` have said is kept apart from it.
pub(super) fn keep_apart(conn: &Connection, key: i64, by: Option<&str>) -> StoreResult<()> {
    let sql = "UPDATE source SET state = (SELECT state FROM profile WHERE key = ?1) \
        WHERE profile = ?1 AND fetcher IS NOT ?2 AND state IS NULL";
    conn.prepare_cached(sql)?.execute(params![key, by])?;
    Ok(())
}

pub(super) fn read(conn: &Connection, id: ProfileId) -> StoreResult<Vec<Source>> {
    let Some(row) = record::find(conn, &id.into())? else { return Ok(Vec::new()) };
    let sql = "SELECT fetcher, parser, observed_at, state FROM source WHERE profile = ?1 ORDER BY fetcher";
    all(conn.prepare_cached(sql)?.query([row.key])?, |cells| {
        let (fetcher, parser) = (cells.text()?, cells.text()?);
        let at = Timestamp::from_millis(cells.int()?);
        let profile = match cells.maybe_str()? {
            Some(said) => from_json(said)?,
            None => {
                row.record.state.clone().ok_or_else(|| damaged("a profile that was seen has no state"))?
            }
        };
        Ok(row.record.brought_up(Source::new(&fetcher, &parser, at, profile)))
    })
}

/// Forgets what was said: a person removes something of it from the history.
pub(super) fn forget(conn: &Connection, key: i64) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM source WHERE profile = ?1")?.execute([key])?;
    Ok(())
}
