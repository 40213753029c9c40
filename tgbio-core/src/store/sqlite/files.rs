//! The file as a whole: backups, checking, sizes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::chain::ChainHead;
use super::db::{self, Database, at_path};
use super::verify::{self, ChainReport};
use crate::store::{StoreError, StoreResult};

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

pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn unopened(path: &Path, why: impl ToString) -> StoreError {
    StoreError::Unopened { path: path.to_owned(), why: why.to_string() }
}

/// Writes a consistent copy while the database is in use. An existing file is never overwritten.
pub(super) fn backup(from: &Path, to: &Path) -> StoreResult<()> {
    if to.exists() {
        return Err(unopened(to, "there is such a file already: choose another name for the backup"));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(unopened(to, "its folder does not exist"));
    }
    db::check_file(from, &super::options(), false)?;
    let conn = db::open_plain(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    let part = beside(to, ".part");
    let _ = fs::remove_file(&part);
    let done = copy(&conn, &part).and_then(|()| fs::rename(&part, to).map_err(|error| unopened(to, error)));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

/// An empty file that only its owner may read from the beginning, since the copy may hold the key of an account. Other
/// systems than Unix give their own rights.
fn create_for_owner(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A copy without free pages, on the disk for good and for its owner alone.
pub(super) fn copy(conn: &Connection, to: &Path) -> StoreResult<()> {
    let name = to.to_str().ok_or_else(|| unopened(to, "its name is not UTF-8"))?;
    create_for_owner(to).map_err(|error| unopened(to, error))?;
    conn.execute("VACUUM INTO ?1", [name]).map_err(|error| at_path(error.into(), to))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| unopened(to, error))
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
    super::snapshot(&conn, |conn| verify::verify(conn, given)).map_err(|error| at_path(error, path))
}
