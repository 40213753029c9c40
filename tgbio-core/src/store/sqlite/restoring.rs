//! Putting a backup in the place of a database. At every moment the name of the database stands for a whole one: the old one
//! until the new one is verified and on the disk, and then the new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::codec::damaged;
use super::db::copying::{beside, copy, leave_to_owner, put, unopened};
use super::db::{self, at_path};
use super::files::integrity;
use super::forgotten::{CarriedOver, Forgotten};
use super::{schema, unchained, verify};
use crate::Timestamp;
use crate::store::{StoreError, StoreResult};

/// What SQLite keeps beside a database that is open or was not closed.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What has become of the database that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The name that it has now, if there was one; of one whose file was gone, that of its log.
    pub before: Option<PathBuf>,
    /// What of it was heeded; `None` where there was none to read, so that nobody knows who was erased or has opted out
    /// since the backup.
    pub carried: Option<CarriedOver>,
}

/// Puts a verified backup in the place of a database that nobody uses.
pub(super) fn restore(from: &Path, to: &Path) -> StoreResult<Restored> {
    match fs::metadata(from) {
        Ok(meta) if meta.is_file() && meta.len() > 0 => {}
        Ok(meta) if meta.is_file() => return Err(unopened(from, "it is empty: choose another backup")),
        _ => return Err(unopened(from, "there is no such file")),
    }
    let conn = db::open_to_copy(from, &super::options())?;
    if unchained::is_foreign(&conn).map_err(|error| at_path(error, from))? {
        return Err(at_path(damaged(unchained::FOREIGN), from));
    }
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

fn replace(part: &Path, to: &Path) -> StoreResult<Restored> {
    let kept = beside(to, &format!(".before-{}", Timestamp::now().as_millis()));
    let aside = |end: &str| {
        if fs::rename(beside(to, end), beside(&kept, end)).is_ok() {
            leave_to_owner(&beside(&kept, end));
        }
    };
    let set_aside = || BESIDE.into_iter().for_each(aside);
    if !to.exists() {
        // What is left of a database that is gone must not be taken for the new one's log, nor is it lost.
        let log = beside(to, "-wal").exists().then(|| beside(&kept, "-wal"));
        set_aside();
        put(part, to)?;
        return Ok(Restored { before: log, carried: None });
    }
    // Held until the new one is in place, so that nobody writes to the old one meanwhile.
    let alone = match db::check_file(to, &super::options(), true) {
        Ok(()) => alone(to)?,
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    let carried = carry_over((alone.as_ref(), to), part)?;
    fs::hard_link(to, &kept)
        .or_else(|_| fs::copy(to, &kept).map(drop))
        .map_err(|error| unopened(&kept, error))?;
    if alone.is_none() {
        set_aside();
    }
    put(part, to)?;
    // Only now: until then it was the same file as the one that is used.
    leave_to_owner(&kept);
    Ok(Restored { before: Some(kept), carried })
}

/// Keeps out of the copy who has opted out of the old database, as far as that can be read. The copy is verified again.
fn carry_over((alone, old): (Option<&Connection>, &Path), copy: &Path) -> StoreResult<Option<CarriedOver>> {
    let read = match alone {
        Some(alone) => Forgotten::read(alone),
        None => db::open_plain(old, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|old| Forgotten::read(&old)),
    };
    let forgotten = match read {
        Ok(Some(forgotten)) => forgotten,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::debug!(%error, "the replaced database does not say who has opted out");
            return Ok(None);
        }
    };
    if forgotten.is_empty() {
        return Ok(Some(forgotten.carried()));
    }
    let keep_out = || {
        let conn = db::open_plain(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // What is erased is neither left in free pages nor in a journal.
        conn.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
        conn.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        conn.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
        let carried = forgotten.keep_out(&conn, Timestamp::now())?;
        sound(&conn).map(|()| carried)
    };
    keep_out().map(Some).map_err(|error| at_path(error, copy))
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
