//! Whether the name of a database still stands for the file that is open. SQLite goes on writing to a file that was deleted,
//! and what it acknowledges then is gone with the process.

use std::path::{Path, PathBuf};

use crate::store::{StoreError, StoreResult};

/// The file that was opened.
pub(super) struct Place {
    /// `None` in memory, and where files cannot be told apart.
    file: Option<(PathBuf, Identity)>,
}

type Identity = (u64, u64);

impl Place {
    pub(super) fn of(path: Option<&Path>) -> Self {
        Self { file: path.and_then(|path| Some((path.to_owned(), identity(path)?))) }
    }

    /// Fails while the name stands for nothing or for another file. One look-up, before each transaction.
    pub(super) fn check(&self) -> StoreResult<()> {
        match &self.file {
            Some((path, opened)) if identity(path).as_ref() != Some(opened) => {
                Err(StoreError::Vanished { path: path.clone() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
