//! The connection layer: one writer thread with group commit, a pool of readers, migrations.
//!
//! An application can keep tables of its own in the same file: it opens the [`Database`] of its store, brings its own
//! tables up to date with [`Database::migrate`], and uses [`Database::write`] and [`Database::read`]. This module is
//! the one place of the crate whose signatures name `rusqlite`, which it exports for that reason.
//!
//! ```no_run
//! # async fn example() -> Result<(), tgbio_core::store::StoreError> {
//! use tgbio_core::store::StoreError;
//! use tgbio_core::store::sqlite::db::{Database, Durability, Options};
//!
//! let db = Database::open("notes.db", &Options::new(0x6e6f_7465))?;
//! db.write(Durability::Synced, |conn| -> Result<(), StoreError> {
//!     conn.execute("CREATE TABLE IF NOT EXISTS note (text TEXT NOT NULL) STRICT", [])?;
//!     Ok(())
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```

pub(crate) mod copying;
mod error;
mod migrate;
mod opening;
mod options;
mod place;
mod readers;
mod uri;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::{StoreError, StoreResult};
use readers::Readers;
use writer::Writer;

pub use options::{Durability, Options};
pub use refinery;
pub use rusqlite;
use rusqlite::Connection;

pub(crate) use error::at_path;
pub(crate) use migrate::run as migrate;
pub(crate) use opening::{check_file, open_plain, open_to_copy};
pub(crate) use writer::Haste;

/// An open database. Cheap to clone; the file is closed when the last clone goes.
///
/// Other processes may use the same file at the same time.
#[derive(Debug, Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None` for a database in memory: its one connection belongs to the writer.
    readers: Option<Readers>,
    writer: Writer,
    path: Option<PathBuf>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last connection to close takes the write-ahead log away, and only the writer can.
        if let Some(readers) = &self.readers {
            readers.close();
        }
    }
}

impl Database {
    /// Opens a file, or makes it. What stands in it is checked before anything is written.
    ///
    /// # Errors
    /// Each obstacle has its own [`StoreError`], and the file is then as it was.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> StoreResult<Self> {
        let path = path.as_ref();
        let conn = opening::open_writer(path, options)?;
        let readers = Readers::new(path.to_owned(), options.clone());
        let writer = Writer::start(conn, Some(path.to_owned()))?;
        Ok(Self { inner: Arc::new(Inner { readers: Some(readers), writer, path: Some(path.to_owned()) }) })
    }

    /// Opens a file that cannot be written, or is not to be. Every write to it is a [`StoreError::ReadOnly`].
    ///
    /// A file that nobody has open is read as it stands: whoever begins to write it meanwhile confuses this reader.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`StoreError::Unopened`] when somebody has it open whose log cannot be read.
    pub fn open_to_read(path: impl AsRef<Path>, options: &Options) -> StoreResult<Self> {
        let path = path.as_ref();
        let options = opening::ways_to_read(path, options)?;
        let writer = Writer::start(opening::open_reader(path, &options)?, Some(path.to_owned()))?;
        let readers = Readers::new(path.to_owned(), options);
        Ok(Self { inner: Arc::new(Inner { readers: Some(readers), writer, path: Some(path.to_owned()) }) })
    }

    /// A database that lives as long as its last clone: for tests.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn in_memory(options: &Options) -> StoreResult<Self> {
        let conn = Connection::open_in_memory()?;
        opening::configure(&conn, options)?;
        let writer = Writer::start(conn, None)?;
        Ok(Self { inner: Arc::new(Inner { readers: None, writer, path: None }) })
    }

    /// The file; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// Runs a job on the writer's connection, in a transaction that it may share with other jobs. When the job fails,
    /// what it wrote is undone, and only that. The answer comes after the commit.
    ///
    /// A caller that stops waiting does not stop the job.
    ///
    /// # Errors
    /// The job's own error, or why the transaction could not be begun or committed.
    pub async fn write<T, E, F>(&self, durability: Durability, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.write(durability, job).await
    }

    /// The same for a job that may be run more than once, each time after what it wrote before was undone. Many such
    /// jobs in one transaction cost less. Its durability is [`Durability::Normal`].
    pub(crate) async fn write_again<T, E, F>(&self, haste: Haste, job: F) -> Result<T, E>
    where
        F: FnMut(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.write_again(haste, job).await
    }

    /// Runs a job on a reader's connection, on a thread that may block.
    ///
    /// # Errors
    /// The job's own error, or why no connection could be opened.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.inner.readers {
            Some(readers) => readers.read(job).await,
            None => self.write(Durability::Normal, job).await,
        }
    }

    /// The same for a look-up of a few rows: it runs where it is called when a connection is idle, because changing
    /// threads costs more than the look-up itself.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_few<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let later = match &self.inner.readers {
            Some(readers) => match readers.read_now(job) {
                Ok(result) => return result,
                Err(job) => job,
            },
            None => job,
        };
        self.read(later).await
    }

    /// A connection that reads, beside those of the pool; in a database of a file.
    pub(crate) fn another_reader(&self) -> StoreResult<Connection> {
        let in_memory =
            || StoreError::Unopened { path: PathBuf::new(), why: "it is only in memory".to_owned() };
        self.inner.readers.as_ref().ok_or_else(in_memory)?.another()
    }

    /// Brings the tables of one module up to date. Every module has its own `history` table in the file, so that
    /// modules do not get into each other's way.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the file has steps that `runner` does not know.
    pub async fn migrate(&self, runner: refinery::Runner, history: &'static str) -> StoreResult<()> {
        let path = self.inner.path.clone();
        self.inner.writer.alone(move |conn| migrate::run(conn, runner, history, path.as_deref())).await
    }

    /// Runs a job between transactions, outside of async code.
    pub(crate) fn alone_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.inner.writer.alone_blocking(job)
    }

    /// The same as [`migrate`](Self::migrate), for callers outside of async code.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub fn migrate_blocking(&self, runner: refinery::Runner, history: &'static str) -> StoreResult<()> {
        let path = self.inner.path.clone();
        self.inner.writer.alone_blocking(move |conn| migrate::run(conn, runner, history, path.as_deref()))
    }

    /// Moves everything from the write-ahead log into the file and empties the log, so that nothing that was deleted
    /// is left there. Says whether that was done: when readers are in the way it is tried again after each of the next
    /// writes.
    ///
    /// # Errors
    /// [`StoreError::Full`] and the like.
    pub async fn truncate_log(&self) -> StoreResult<bool> {
        self.inner.writer.truncate_log().await
    }

    /// Writes a consistent copy to a new file, for its owner alone, while the database is in use.
    ///
    /// # Errors
    /// [`StoreError::Unopened`] when the file is there already or cannot be made; [`StoreError::Full`].
    pub async fn backup(&self, to: impl Into<PathBuf>) -> StoreResult<()> {
        let to = to.into();
        self.read(move |conn| copying::backup(conn, &to)).await
    }

    /// A number that changes when another process or [`Database`] has written to the file.
    ///
    /// # Errors
    /// [`StoreError::Busy`] and the like.
    pub async fn data_version(&self) -> StoreResult<i64> {
        self.inner.writer.alone(|conn| Ok(conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)).await
    }
}
