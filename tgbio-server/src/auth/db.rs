//! The server's own tables beside those of the store, in the same file, with their own migration history.

use rusqlite::Connection;
use tgbio_core::store::StoreError;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::sqlite::db::{Database, Durability, Options};

use crate::http::Problem;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Where the steps of these tables are noted.
const HISTORY: &str = "server_schema_history";

/// The tables could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("the accounts could not be read or written: {0}")]
pub struct DbError(#[source] StoreError);

impl From<StoreError> for DbError {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<DbError> for Problem {
    fn from(DbError(error): DbError) -> Self {
        error.into()
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.into())
    }
}

/// The tables in the store's file. They share its writer, so that no two connections of a process wait for each other.
#[derive(Debug, Clone)]
pub struct Db(Database);

impl Db {
    /// Takes the store's connections, and brings the server's tables up to date. Several processes may do so at once.
    ///
    /// # Errors
    /// The tables are newer than this program, or damaged, or cannot be written.
    pub async fn of(store: &SqliteStore) -> Result<Self, DbError> {
        Self::over(store.database().clone()).await
    }

    /// The same in an application's own database.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn over(database: Database) -> Result<Self, DbError> {
        database.migrate(embedded::migrations::runner(), HISTORY).await?;
        Ok(Self(database))
    }

    /// Tables in memory, for tests.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn in_memory() -> Result<Self, DbError> {
        Self::over(Database::in_memory(&Options::new(0))?).await
    }

    /// Runs `work` in a transaction; what it wrote is undone when it fails. A write that was acknowledged survives a
    /// power cut: a token that was revoked stays revoked.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.0.write(Durability::Synced, |connection| Ok(work(connection)?)).await
    }

    /// The same for what may be lost in a power cut.
    pub async fn note<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.0.write(Durability::Normal, |connection| Ok(work(connection)?)).await
    }

    /// Runs `work`, which only reads, and only a few rows.
    pub async fn read<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.0.read_few(|connection| Ok(work(connection)?)).await
    }
}
