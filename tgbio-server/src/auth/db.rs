//! The server's own tables beside those of the store, in the same file, with their own migration history.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The tables could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// SQLite refused.
    #[error("the accounts could not be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The tables are newer than this program, or damaged.
    #[error("the tables of the accounts could not be brought up to date: {0}")]
    Migrate(#[from] refinery::Error),
    /// The work was cut off by the end of the program.
    #[error("the database is closing")]
    Closing,
}

/// Runs closures on the database, off the async threads.
#[derive(Debug, Clone)]
pub struct Db(Arc<Mutex<Connection>>);

impl Db {
    /// Opens the file and brings the server's tables up to date.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        Self::over(Connection::open(path)?)
    }

    /// Takes over a connection, as for tests in memory.
    pub fn over(mut connection: Connection) -> Result<Self, DbError> {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        migrate(&mut connection)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `work` in a transaction that is rolled back when it fails.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.with(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    /// Runs `work`, which only reads.
    pub async fn read<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.with(|connection| work(connection)).await
    }

    async fn with<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        let run = move || work(&mut shared.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(run).await.map_err(|_| DbError::Closing)??)
    }
}

/// Brings the server's tables up to date. Several processes may do so at once.
pub fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("server_schema_history");
    // Two processes that start together both try; the one that comes late finds the work done.
    match runner.run(connection) {
        Ok(_) => Ok(()),
        Err(_) => runner.run(connection).map(|_| ()).map_err(DbError::from),
    }
}
