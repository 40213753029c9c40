//! Whether the names of a database still stand for the files that are open. SQLite goes on writing to files that were deleted,
//! and what it acknowledges then is gone with the process.

use std::fs;
use std::path::{Path, PathBuf};

use super::copying::beside;
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

    /// Whether the name stands for another file.
    pub(super) fn is_replaced(&self) -> bool {
        self.files.first().is_some_and(|(path, opened)| identity(path).is_some_and(|now| now != *opened))
    }

    /// The log of a file that was replaced must not be taken for that of the new one: called after it was closed.
    pub(super) fn set_logs_aside(&self) {
        let Some(((path, _), logs)) = self.files.split_first() else { return };
        let aside = beside(path, &format!(".before-{}", Timestamp::now().as_millis()));
        for end in LOGS {
            let log = beside(path, end);
            let is_ours = logs.iter().any(|(known, opened)| *known == log && identity(&log) == Some(*opened));
            if is_ours && fs::rename(&log, beside(&aside, end)).is_ok() {
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
