//! What can go wrong with a store, by what the caller can do.

use std::path::PathBuf;

use crate::{Cause, ProfileId, Username};

/// Why a store did not do what it was asked. Nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such profile, revision or waiting change.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The name is followed already.
    #[error("@{username} is followed already")]
    AlreadyFollowed {
        /// The name as asked.
        username: Username,
        /// The profile that has it.
        id: ProfileId,
    },
    /// The name stands on the opt-out list.
    #[error("@{username} is on the opt-out list: its owner asked not to be followed")]
    OptedOut {
        /// The name as asked.
        username: Username,
    },
    /// The record changed meanwhile, or the lease is over: load it again.
    #[error("somebody else changed this profile meanwhile: try again")]
    Conflict,
    /// A page mark was not made by this store.
    #[error("the cursor is not valid: start the list again without one")]
    BadCursor,
    /// The database is locked by another program for too long.
    #[error("the database is locked by another program: stop it or try again")]
    Busy,
    /// The disk is full.
    #[error("the disk is full: make room, nothing was lost")]
    Full,
    /// Reading from or writing to the disk failed.
    #[error(
        "the disk failed at the database {path} ({why}): check the disk and its room; what was acknowledged is kept"
    )]
    Disk {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The file, or its log, was moved, deleted or replaced while it was in use.
    #[error(
        "{path} was moved, deleted or replaced while the database was in use: put it back, or stop this program and start it again"
    )]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error("the database {path} cannot be written: check the owner and rights of the file and its folder")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened at all.
    #[error("the database {path} cannot be opened: {why}")]
    Unopened {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is no SQLite database, or damaged.
    #[error("the database {path} is damaged ({why}): restore a backup; the file was not touched")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The file is the database of another program.
    #[error("{path} is a database of another program: choose another file; it was not touched")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error(
        "{path} was written by a newer version of this program (schema {found}, this one knows {known}): update"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// Anything else that went wrong below.
    #[error("the store failed: {0}")]
    Failed(Cause),
}

impl StoreError {
    /// Wraps a cause that has no better place.
    pub fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed(std::sync::Arc::new(cause))
    }
}
