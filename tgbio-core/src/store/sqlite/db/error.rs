//! What SQLite's errors mean for a caller.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::store::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = PathBuf::new();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, why: error.to_string() }
            }
            Some(ErrorCode::SystemIoFailure) => Self::Disk { path, why: error.to_string() },
            Some(ErrorCode::CannotOpen) => Self::Unopened { path, why: error.to_string() },
            _ => Self::failed(error),
        }
    }
}

/// Names the file in an error that came from below without one.
pub(crate) fn at_path(error: StoreError, file: &Path) -> StoreError {
    let named = |path: PathBuf| if path.as_os_str().is_empty() { file.to_owned() } else { path };
    match error {
        StoreError::ReadOnly { path } => StoreError::ReadOnly { path: named(path) },
        StoreError::Disk { path, why } => StoreError::Disk { path: named(path), why },
        StoreError::Unopened { path, why } => StoreError::Unopened { path: named(path), why },
        StoreError::Damaged { path, why } => StoreError::Damaged { path: named(path), why },
        other => other,
    }
}
