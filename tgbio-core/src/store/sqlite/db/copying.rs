//! Copies of a database that is in use.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::at_path;
use crate::store::{StoreError, StoreResult};

/// Writes a consistent copy. An existing file is never overwritten.
pub(crate) fn backup(conn: &Connection, to: &Path) -> StoreResult<()> {
    if to.exists() {
        return Err(unopened(to, "there is such a file already: choose another name for the backup"));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(unopened(to, "its folder does not exist"));
    }
    let part = beside(to, ".part");
    let _ = fs::remove_file(&part);
    let done = copy(conn, &part).and_then(|()| put(&part, to));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

/// A copy without free pages, on the disk for good and for its owner alone.
pub(crate) fn copy(conn: &Connection, to: &Path) -> StoreResult<()> {
    let name = to.to_str().ok_or_else(|| unopened(to, "its name is not UTF-8"))?;
    create_for_owner(to).map_err(|error| unopened(to, error))?;
    conn.execute("VACUUM INTO ?1", [name]).map_err(|error| at_path(error.into(), to))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| unopened(to, error))
}

/// A file takes a name in one step, on the disk for good.
pub(crate) fn put(part: &Path, to: &Path) -> StoreResult<()> {
    fs::rename(part, to).map_err(|error| unopened(to, error))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Not every system can write a folder down.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// An empty file that only its owner may read from the beginning, since a database may hold the key of an account. Other
/// systems than Unix give their own rights.
pub(super) fn create_for_owner(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Only its owner may read a file from now on; another owner's file stays as it is.
pub(crate) fn leave_to_owner(path: &Path) {
    #[cfg(unix)]
    let _ = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    let _ = path;
}

pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(crate) fn unopened(path: &Path, why: impl ToString) -> StoreError {
    StoreError::Unopened { path: path.to_owned(), why: why.to_string() }
}
