//! Which tables a file has, and bringing them up to date.

use std::path::Path;

use rusqlite::Connection;

use super::db;
use crate::store::StoreResult;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The schema that this version writes.
pub(super) const NEWEST: i64 = 5;
/// Where the steps of this store are noted.
const HISTORY: &str = "tgbio_schema_history";

/// The schema of a file; zero for one that is new.
pub(super) fn of(conn: &Connection) -> StoreResult<i64> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the tables up to date. References are not looked at meanwhile: what was tampered with is there afterwards as it
/// was before, and is found by whoever verifies it.
pub(super) fn bring_up_to_date(conn: &mut Connection, path: Option<&Path>) -> StoreResult<()> {
    let found = of(conn)?;
    if found >= NEWEST {
        return Ok(());
    }
    if found > 0 {
        tracing::info!(
            schema = found,
            newest = NEWEST,
            "the database is brought up to date, which may take minutes"
        );
    }
    conn.pragma_update(None, "foreign_keys", false)?;
    let done = db::migrate(conn, migrations::migrations::runner(), HISTORY, path);
    conn.pragma_update(None, "foreign_keys", true)?;
    done
}
