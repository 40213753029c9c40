//! One process per session: a locked file beside the database. The lock goes with the process, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::super::MtprotoError;

/// More of a lock file is not read.
const MOST_OF_A_USE: u64 = 120;

/// The right to use the session; given back when it is dropped.
#[derive(Debug)]
pub(in super::super) struct SessionLock {
    /// Open and locked; `None` for a database in memory, which nobody else can see.
    file: Option<File>,
}

impl Drop for SessionLock {
    /// Closing alone is not enough while a child process that is being started still has a copy of the file.
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

impl SessionLock {
    /// Takes the lock, or says who has it.
    pub(in super::super) fn take(database: Option<&Path>, used_by: &str) -> Result<Self, MtprotoError> {
        let Some(path) = database.map(beside) else { return Ok(Self { file: None }) };
        let failed = |why: std::io::Error| unusable(&path, &why);
        let mut file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => note(&mut file, used_by).map_err(failed)?,
            Err(TryLockError::WouldBlock) => return Err(MtprotoError::InUse { by: user_of(&mut file) }),
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        Ok(Self { file: Some(file) })
    }

    /// Who has the lock, without taking it.
    pub(in super::super) fn holder(database: Option<&Path>) -> Result<Option<String>, MtprotoError> {
        let Some(path) = database.map(beside).filter(|path| path.exists()) else { return Ok(None) };
        let mut file = open(&path).map_err(|why| unusable(&path, &why))?;
        // Shared with whoever else only looks.
        match file.try_lock_shared() {
            Ok(()) => file.unlock().map(|()| None).map_err(|why| unusable(&path, &why)),
            Err(TryLockError::WouldBlock) => Ok(Some(user_of(&mut file))),
            Err(TryLockError::Error(why)) => Err(unusable(&path, &why)),
        }
    }
}

fn unusable(path: &Path, why: &std::io::Error) -> MtprotoError {
    MtprotoError::Lock { path: path.display().to_string(), why: why.to_string() }
}

/// The lock of the file itself, by whatever link it is opened.
fn beside(database: &Path) -> PathBuf {
    let file = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut path = file.into_os_string();
    path.push(".mtproto-lock");
    PathBuf::from(path)
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Who has the lock stands in the file.
fn note(file: &mut File, used_by: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    write!(file, "{used_by} (process {})", std::process::id())
}

fn user_of(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MOST_OF_A_USE).read_to_string(&mut text);
    let shown: String = text.chars().filter(|c| !c.is_control()).collect();
    if read.is_err() || shown.is_empty() { "another process".to_owned() } else { format!("`{shown}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let first = SessionLock::take(Some(&database), "serve").unwrap();
        let error = SessionLock::take(Some(&database), "fetch").unwrap_err().to_string();
        let process = format!("`serve (process {})`", std::process::id());
        assert!(error.contains(&process) && error.contains("stop"), "{error}");
        assert_eq!(SessionLock::holder(Some(&database)).unwrap(), Some(process));
        drop(first);
        assert_eq!(SessionLock::holder(Some(&database)).unwrap(), None);
        SessionLock::take(Some(&database), "fetch").unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_link_to_the_database_has_the_same_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (database, link) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&database, "").unwrap();
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let _first = SessionLock::take(Some(&database), "serve").unwrap();
        assert!(matches!(SessionLock::take(Some(&link), "fetch"), Err(MtprotoError::InUse { .. })));
    }
}
