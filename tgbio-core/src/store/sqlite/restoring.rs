//! Putting a backup in the place of a database. At every moment the name of the database stands for a whole one: the old one
//! until the new one is verified and on the disk, and then the new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::codec::damaged;
use super::db::copying::{beside, copy, put, unopened};
use super::db::{self, at_path};
use super::files::integrity;
use super::{schema, verify};
use crate::Timestamp;
use crate::store::{StoreError, StoreResult};

/// What SQLite keeps beside a database that is open or was not closed.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts a verified backup in the place of a database that nobody uses, and gives the name that the old one has now.
pub(super) fn restore(from: &Path, to: &Path) -> StoreResult<Option<PathBuf>> {
    match fs::metadata(from) {
        Ok(meta) if meta.is_file() && meta.len() > 0 => {}
        Ok(meta) if meta.is_file() => return Err(unopened(from, "it is empty: choose another backup")),
        _ => return Err(unopened(from, "there is no such file")),
    }
    let conn = db::open_to_copy(from, &super::options())?;
    // The history of a backup of before is verified in the copy, which has the tables of now.
    let of_before = schema::of(&conn).map_err(|error| at_path(error, from))? < schema::NEWEST;
    if of_before { intact(&conn) } else { sound(&conn) }.map_err(|error| at_path(error, from))?;
    let part = beside(to, ".part");
    let _ = fs::remove_file(&part);
    let done = copy(&conn, &part).and_then(|()| {
        if of_before {
            bring_up_to_date(&part).map_err(|error| at_path(error, from))?;
        }
        let copied = db::open_plain(&part, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        sound(&copied).map_err(|error| at_path(error, if of_before { from } else { &part }))?;
        drop(copied);
        replace(&part, to)
    });
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

fn bring_up_to_date(copy: &Path) -> StoreResult<()> {
    let mut conn = db::open_plain(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    // What tables of before held is not left in pages that are free.
    conn.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    schema::bring_up_to_date(&mut conn, Some(copy))
}

fn intact(conn: &Connection) -> StoreResult<()> {
    match integrity(conn)?.into_iter().next() {
        Some(problem) => Err(damaged(problem)),
        None => Ok(()),
    }
}

fn sound(conn: &Connection) -> StoreResult<()> {
    intact(conn)?;
    match verify::verify_all(conn, &[])?.broken {
        Some(broken) => Err(damaged(broken)),
        None => Ok(()),
    }
}

fn replace(part: &Path, to: &Path) -> StoreResult<Option<PathBuf>> {
    let kept = beside(to, &format!(".before-{}", Timestamp::now().as_millis()));
    let set_aside = || BESIDE.iter().for_each(|end| drop(fs::rename(beside(to, end), beside(&kept, end))));
    if !to.exists() {
        // What is left of a database that is gone must not be taken for the new one's log, nor is it lost.
        set_aside();
        put(part, to)?;
        return Ok(None);
    }
    // Held until the new one is in place, so that nobody writes to the old one meanwhile.
    let alone = match db::check_file(to, &super::options(), true) {
        Ok(()) => alone(to)?,
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    fs::hard_link(to, &kept)
        .or_else(|_| fs::copy(to, &kept).map(drop))
        .map_err(|error| unopened(&kept, error))?;
    if alone.is_none() {
        set_aside();
    }
    put(part, to)?;
    Ok(Some(kept))
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
