//! Putting a backup in the place of a database. At every moment the name of the database stands for a whole one: the old one
//! until the new one is verified and on the disk, and then the new one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::codec::damaged;
use super::db::copying::{beside, copy, unopened};
use super::db::{self, at_path};
use super::files::integrity;
use super::verify;
use crate::Timestamp;
use crate::store::{StoreError, StoreResult};

/// What SQLite keeps beside a database that is open or was not closed.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts a verified backup in the place of a database that nobody uses, and gives the name that the old one has now.
pub(super) fn restore(from: &Path, to: &Path) -> StoreResult<Option<PathBuf>> {
    if !from.is_file() {
        return Err(unopened(from, "there is no such file"));
    }
    db::check_file(from, &super::options(), false)?;
    let conn = db::open_plain(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    sound(&conn).map_err(|error| at_path(error, from))?;
    let part = beside(to, ".part");
    let _ = fs::remove_file(&part);
    let done = copy(&conn, &part).and_then(|()| {
        let copied = db::open_plain(&part, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        sound(&copied).map_err(|error| at_path(error, &part))?;
        replace(&part, to)
    });
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

fn sound(conn: &Connection) -> StoreResult<()> {
    if let Some(problem) = integrity(conn)?.into_iter().next() {
        return Err(damaged(problem));
    }
    match verify::verify(conn, &[])?.broken {
        Some(broken) => Err(damaged(format!("link {} of the chain: {}", broken.seq, broken.what))),
        None => Ok(()),
    }
}

fn replace(part: &Path, to: &Path) -> StoreResult<Option<PathBuf>> {
    if !to.exists() {
        // What is left of a database that is gone must not be taken for the new one's log.
        BESIDE.iter().for_each(|end| drop(fs::remove_file(beside(to, end))));
        put(part, to)?;
        return Ok(None);
    }
    let kept = beside(to, &format!(".before-{}", Timestamp::now().as_millis()));
    // Held until the new one is in place, so that nobody writes to the old one meanwhile.
    let _alone = match db::check_file(to, &super::options(), true) {
        Ok(()) => alone(to)?,
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    fs::hard_link(to, &kept)
        .or_else(|_| fs::copy(to, &kept).map(drop))
        .map_err(|error| unopened(&kept, error))?;
    for end in BESIDE {
        let _ = fs::rename(beside(to, end), beside(&kept, end));
    }
    put(part, to)?;
    Ok(Some(kept))
}

/// The new one takes the name in one step, on the disk for good.
fn put(part: &Path, to: &Path) -> StoreResult<()> {
    fs::rename(part, to).map_err(|error| unopened(to, error))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Not every system can write a folder down.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Locks the database against everybody, with everything in its one file; fails with [`StoreError::Busy`] while anybody
/// uses it. A damaged one needs no lock: nobody can use it.
fn alone(path: &Path) -> StoreResult<Option<Connection>> {
    let conn = db::open_plain(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let lock = || -> rusqlite::Result<()> {
        conn.busy_timeout(Duration::from_millis(500))?;
        conn.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
        conn.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        conn.execute_batch("BEGIN EXCLUSIVE")
    };
    match lock().map_err(StoreError::from) {
        Ok(()) => Ok(Some(conn)),
        Err(StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(at_path(error, path)),
    }
}
