//! The file as a whole: backups, checking, sizes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::chain::ChainHead;
use super::db::copying::{self, beside};
use super::db::{self, Database, at_path};
use super::verify::{self, ChainReport};
use crate::store::StoreResult;

/// How large the database is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FileSizes {
    /// The file itself.
    pub file: u64,
    /// The write-ahead log beside it.
    pub log: u64,
}

pub(super) fn sizes(path: &Path) -> FileSizes {
    let length = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    FileSizes { file: length(path), log: length(&beside(path, "-wal")) }
}

/// Writes a consistent copy while the database is in use. An existing file is never overwritten.
pub(super) fn backup(from: &Path, to: &Path) -> StoreResult<()> {
    db::check_file(from, &super::options(), false)?;
    let conn = db::open_plain(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    copying::backup(&conn, to)
}

/// The long check: everything that is wrong with the file, as sentences; empty when it is sound.
pub(super) fn integrity(conn: &Connection) -> StoreResult<Vec<String>> {
    let mut problems = Vec::new();
    let mut statement = conn.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            problems.push(line);
        }
    }
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let table: String = row.get(0)?;
        problems.push(format!("a row of {table} refers to one that is gone"));
    }
    Ok(problems)
}

/// Verifies the chain on a connection of its own, so that nobody waits for it.
pub(super) fn verify_chain(db: &Database, given: &[ChainHead]) -> StoreResult<ChainReport> {
    let path = db.path().unwrap_or(Path::new(""));
    let conn = db.another_reader()?;
    super::snapshot(&conn, |conn| verify::verify_all(conn, given)).map_err(|error| at_path(error, path))
}
