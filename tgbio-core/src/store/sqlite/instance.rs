//! Who holds a lease: an open store with a locked file beside the database. The lock goes with the process, however it
//! ends, so that a killed one blocks nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{StoreError, StoreResult};

/// One open store.
#[derive(Debug)]
pub(super) struct Instance {
    name: String,
    /// `None` in memory.
    database: Option<PathBuf>,
    /// Locked as long as it is open; made with the first claim.
    lock: OnceLock<File>,
    /// It has claimed due work before.
    begun: AtomicBool,
}

impl Instance {
    pub(super) fn new(database: Option<&Path>) -> Self {
        let name = hex::encode(rand::random::<[u8; 8]>());
        Self {
            name,
            database: database.map(Path::to_owned),
            lock: OnceLock::new(),
            begun: AtomicBool::new(false),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is its first claim of due work: others may have died meanwhile.
    pub(super) fn begins(&self) -> bool {
        !self.begun.swap(true, Ordering::Relaxed)
    }

    /// The file that is locked while the store with this name is open.
    fn file_of(&self, name: &str) -> Option<PathBuf> {
        let mut path = self.database.as_ref()?.as_os_str().to_owned();
        path.push(format!(".lease-{name}"));
        Some(PathBuf::from(path))
    }

    /// Locks the own file, once. It gets its name only when it is locked, so that nobody takes it for a dead one's.
    pub(super) fn lock(&self) -> StoreResult<()> {
        let Some(path) = self.file_of(&self.name) else { return Ok(()) };
        if self.lock.get().is_some() {
            return Ok(());
        }
        let making = path.with_extension(format!("new-{}", self.name));
        let made = || -> std::io::Result<File> {
            let file = OpenOptions::new().write(true).create_new(true).open(&making)?;
            file.lock()?;
            fs::rename(&making, &path)?;
            Ok(file)
        };
        let file = made().map_err(|_| StoreError::ReadOnly { path: path.clone() })?;
        if self.lock.set(file).is_err() {
            let _ = fs::remove_file(&path);
        }
        Ok(())
    }

    /// Whether the store with this name is still open somewhere. What a dead one left behind is taken away.
    pub(super) fn lives(&self, name: &str) -> bool {
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let Some(path) = self.file_of(name).filter(|_| plain) else { return false };
        let file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            Err(error) => return error.kind() != ErrorKind::NotFound,
        };
        match file.try_lock() {
            Ok(()) => {
                let _ = fs::remove_file(&path);
                false
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        }
    }

    /// Takes away the files of stores that did not close.
    pub(super) fn take_away_dead(&self) {
        let Some(database) = &self.database else { return };
        let folder =
            database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(start) = database.file_name().and_then(|name| name.to_str()) else { return };
        let start = format!("{start}.lease-");
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_prefix(&start)) {
                let _ = self.lives(name);
            }
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let (Some(_), Some(path)) = (self.lock.get(), self.file_of(&self.name)) {
            let _ = fs::remove_file(path);
        }
    }
}
