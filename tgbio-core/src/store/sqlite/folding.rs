//! By which rules of letter case the names are written that lists and searches go by: those of the version of Unicode that a
//! program was built with, which may know more letters than the one before.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::codec::all;
use super::text;
use crate::store::{StoreResult, fold};

fn rules() -> String {
    let (major, minor, update) = char::UNICODE_VERSION;
    format!("unicode {major}.{minor}.{update}")
}

/// Whether the names are written by the rules of this program.
pub(super) fn is_ours(conn: &Connection) -> StoreResult<bool> {
    let sql = "SELECT value FROM meta WHERE name = 'folded_by'";
    let by: Option<String> = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(by.is_some_and(|by| by == rules()))
}

/// Writes the names by the rules of this program, where another one has written them.
pub(super) fn bring_up_to_date(conn: &mut Connection) -> StoreResult<()> {
    if is_ours(conn)? {
        return Ok(());
    }
    let step = Transaction::new(conn, TransactionBehavior::Immediate)?;
    for (key, title) in others(&step)? {
        step.execute("UPDATE profile SET title_key = ?2 WHERE key = ?1", params![key, title])?;
        text::profile_changed(&step, key)?;
    }
    step.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('folded_by', ?1)", [rules()])?;
    Ok(step.commit()?)
}

/// Display names that are written otherwise by these rules. Those of ASCII alone are the same by all of them.
fn others(conn: &Connection) -> StoreResult<Vec<(i64, String)>> {
    let sql = "SELECT key, title_key, CASE WHEN json_valid(state) THEN state ->> '$.display_name' END FROM profile \
        WHERE title_key GLOB '*[^ -~]*'";
    let found = all(conn.prepare(sql)?.query([])?, |cells| {
        let (key, written) = (cells.int()?, cells.text()?);
        let title = cells.maybe_str()?.map(fold).filter(|title| *title != written);
        Ok(title.map(|title| (key, title)))
    })?;
    Ok(found.into_iter().flatten().collect())
}
