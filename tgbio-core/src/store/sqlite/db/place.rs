//! Whether the names of a database still stand for the files that are open. SQLite goes on writing to files that were deleted,
//! and what it acknowledges then is gone with the process.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::copying::{beside, leave_to_owner};
use crate::Timestamp;
use crate::store::{StoreError, StoreResult};

/// The files that were opened.
#[derive(Default)]
pub(super) struct Place {
    /// None in memory, and where files cannot be told apart.
    files: Vec<(PathBuf, Identity)>,
    /// The log and its index, as long as it is not known which they are.
    unknown: Vec<PathBuf>,
}

type Identity = (u64, u64);

/// How the names of the log and its index end.
const LOGS: [&str; 2] = ["-wal", "-shm"];
/// Files are compared in pieces of so many bytes.
const PIECE: usize = 64 << 10;

impl Place {
    pub(super) fn of(path: Option<&Path>) -> Self {
        let known = path.and_then(|path| Some((path.to_owned(), identity(path)?)));
        let logs = |path: &Path| LOGS.map(|end| beside(path, end)).to_vec();
        let unknown = known.as_ref().map(|(path, _)| logs(path)).unwrap_or_default();
        Self { files: known.into_iter().collect(), unknown }
    }

    /// The log and its index are open and stay so: called within a transaction.
    pub(super) fn learn_logs(&mut self) {
        for path in std::mem::take(&mut self.unknown) {
            match identity(&path) {
                Some(opened) => self.files.push((path, opened)),
                None => self.unknown.push(path),
            }
        }
    }

    /// What has become of the file that was opened; called while it is open.
    pub(super) fn fate(&self) -> Fate {
        let Some((path, opened)) = self.files.first() else { return Fate::Kept };
        let now = identity(path);
        match nameless(*opened) {
            Some(file) if now.is_none() || same_bytes(&file, path).unwrap_or(false) => Fate::Deleted,
            Some(_) => Fate::DeletedAndReplaced,
            None if now.is_some_and(|now| now != *opened) => Fate::Replaced,
            None => Fate::Kept,
        }
    }

    /// The log of a file that was deleted stays beside its name: called after it was closed.
    pub(super) fn tell_of_log(&self) {
        if let Some((path, _)) = self.files.first() {
            let log = beside(path, LOGS[0]);
            tracing::warn!(
                database = %path.display(), log = %log.display(),
                "the database was deleted or moved to another disk while it was in use: its log is kept, put the file back beside it"
            );
        }
    }

    /// The log of a file that was replaced must not be taken for that of the new one: called after it was closed.
    pub(super) fn set_logs_aside(&self) {
        let Some(((path, _), logs)) = self.files.split_first() else { return };
        let aside = beside(path, &format!(".before-{}", Timestamp::now().as_millis()));
        for end in LOGS {
            let log = beside(path, end);
            let is_ours = logs.iter().any(|(known, opened)| *known == log && identity(&log) == Some(*opened));
            if is_ours && fs::rename(&log, beside(&aside, end)).is_ok() {
                leave_to_owner(&beside(&aside, end));
                tracing::warn!(log = %log.display(), "the log of the database that was replaced is set aside");
            }
        }
    }

    /// Fails while a name stands for nothing or for another file. One look-up each, before each transaction.
    pub(super) fn check(&self) -> StoreResult<()> {
        let moved = self.files.iter().find(|(path, opened)| identity(path).as_ref() != Some(opened));
        moved.map_or(Ok(()), |(path, _)| Err(StoreError::Vanished { path: path.clone() }))
    }
}

/// What becomes of a file that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It has its name, or another that nobody needs to know.
    Kept,
    /// It has another name, and its own stands for another file.
    Replaced,
    /// It has no name, so that it goes with the process: it was deleted, or moved to another disk, which copies it. At its
    /// own name there is nothing, or the copy.
    Deleted,
    /// It has no name, and its own stands for another file.
    DeletedAndReplaced,
}

/// The file by which this process has another open that has no name.
#[cfg(unix)]
fn nameless(opened: Identity) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let is_it = |path: &PathBuf| {
        let meta = fs::metadata(path);
        meta.is_ok_and(|meta| (meta.dev(), meta.ino()) == opened && meta.nlink() == 0)
    };
    fs::read_dir("/dev/fd").ok()?.flatten().map(|entry| entry.path()).find(is_it)
}

#[cfg(not(unix))]
fn nameless(_: Identity) -> Option<PathBuf> {
    None
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let mut left = one.metadata()?.len();
    if other.metadata()?.len() != left {
        return Ok(false);
    }
    let (mut here, mut there) = (vec![0; PIECE], vec![0; PIECE]);
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        one.read_exact(&mut here[..piece])?;
        other.read_exact(&mut there[..piece])?;
        if here[..piece] != there[..piece] {
            return Ok(false);
        }
        left -= piece as u64;
    }
    Ok(true)
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
