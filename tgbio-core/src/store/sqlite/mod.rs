//! The store in a SQLite file.

mod alarms;
mod audit;
mod canaries;
mod chain;
mod changes;
mod checkpoints;
mod claims;
mod codec;
mod commit;
mod copied;
mod correction;
pub mod db;
mod derived;
mod evidence;
mod fields;
mod files;
mod folding;
mod forgotten;
mod held;
mod hosts;
mod instance;
mod list;
mod listed;
mod look;
mod measures;
mod named;
mod names;
mod orphans;
mod photos;
mod profiles;
mod proofs;
mod record;
mod removal;
mod restoring;
mod revisions;
mod schema;
mod search;
mod selectors;
mod set_back;
mod settle;
mod sources;
mod state_json;
mod store;
mod stray;
#[cfg(test)]
mod tests;
mod text;
mod totals;
mod unchained;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use crate::store::{HostWait, StoreError, StoreResult};
use db::{Database, Durability, Haste, Options};
use instance::Instance;

pub use chain::{ChainHead, commitment};
pub use checkpoints::{Checkpoint, Delivery, KeptCheckpoint};
pub use files::FileSizes;
pub use forgotten::CarriedOver;
pub use proofs::{Proofs, ProvenContent, ProvenPage};
pub use restoring::Restored;
pub use unchained::ERASES_ACCOUNTS_KNOWLEDGE;
pub use verify::{ChainBreak, ChainReport};

/// The number in the header of every database of this program: "tgbi".
pub const APPLICATION_ID: i32 = 0x7467_6269;

fn options() -> Options {
    let mut options = Options::new(APPLICATION_ID);
    options.newest_schema = Some(schema::NEWEST);
    options
}

/// The store in a SQLite file. Cheap to clone; the file is closed when the last clone goes.
///
/// Several processes may use one file at the same time. What a person changes survives a power cut, and so does what
/// [`changes`](crate::store::ProfileStore::changes) has told; of other looks, a power cut may undo the last ones, each
/// whole or not at all, and they are made again.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    db: Database,
    instance: Arc<Instance>,
    packer: Arc<evidence::Packer>,
    /// The last entry of the change log that was told and cannot be undone.
    told: Arc<AtomicU64>,
    /// For the rows of the next claims.
    room: Arc<Mutex<copied::CopiedRows>>,
}

impl SqliteStore {
    /// Opens a database, or makes it. Blocks shortly; longer where a version of before has written it and it is large,
    /// because the tables are brought up to date then.
    ///
    /// # Errors
    /// Each obstacle has its own [`StoreError`]: damaged, foreign, newer, read-only, locked, full, not there. The file
    /// is then as it was.
    pub fn open(path: impl AsRef<Path>) -> StoreResult<Self> {
        let path = path.as_ref();
        let store = Self::with(Database::open(path, &options())?, Instance::new(Some(path)))?.folded();
        store.instance.take_away_dead();
        Ok(store)
    }

    /// Opens a database that cannot be written, or is not to be: every change is a [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// As [`open`](Self::open), but for [`StoreError::ReadOnly`]; [`StoreError::Unopened`] when there is none, and when a
    /// version of before has written it.
    pub fn open_to_read(path: impl AsRef<Path>) -> StoreResult<Self> {
        let path = path.as_ref();
        let db = Database::open_to_read(path, &options())?;
        let why = match db.alone_blocking(|conn| schema::of(conn))? {
            schema::NEWEST.. => return Self::with(db, Instance::new(Some(path))),
            0 => "there is nothing in it".to_owned(),
            _ => "a version of before has written it: open it once where it can be written".to_owned(),
        };
        Err(StoreError::Unopened { path: path.to_owned(), why })
    }

    /// A store that lives as long as its last clone: for tests.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn in_memory() -> StoreResult<Self> {
        Ok(Self::with(Database::in_memory(&options())?, Instance::new(None))?.folded())
    }

    fn with(db: Database, instance: Instance) -> StoreResult<Self> {
        let path = db.path().map(Path::to_owned);
        db.alone_blocking(move |conn| schema::bring_up_to_date(conn, path.as_deref()))?;
        let dictionary = db.alone_blocking(|conn| evidence::newest_dictionary(conn))?;
        let packer = Arc::new(evidence::Packer::new(dictionary));
        Ok(Self { db, instance: Arc::new(instance), packer, told: Arc::default(), room: Arc::default() })
    }

    /// A database that cannot be written just now is used as it is: the next one who opens it tries again.
    fn folded(self) -> Self {
        if let Err(error) = self.db.alone_blocking(folding::bring_up_to_date) {
            tracing::warn!(%error, "names are searched as another version of the program wrote them");
        }
        self
    }

    /// The connection layer, for tables of an application's own in the same file.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Writes a consistent copy to a new file while the store is in use.
    ///
    /// # Errors
    /// [`StoreError::Unopened`] when the file is there already; [`StoreError::Full`].
    pub async fn backup(&self, to: impl Into<PathBuf>) -> StoreResult<()> {
        let (from, to) = (self.path()?, to.into());
        blocking(move || files::backup(&from, &to)).await
    }

    /// Puts a backup in the place of a database, after the backup and its copy were verified whole. The database that was
    /// there is kept beside it under the name that comes back, and who has opted out of it is neither in the new one nor
    /// followed again. Blocks for as long as reading the backup some times takes.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while anybody uses the database; [`StoreError::Damaged`], [`StoreError::Foreign`] or
    /// [`StoreError::Newer`] when the backup cannot be used. The database is then as it was.
    pub fn restore(from: impl AsRef<Path>, to: impl AsRef<Path>) -> StoreResult<Restored> {
        restoring::restore(from.as_ref(), to.as_ref())
    }

    /// The long check of the file: everything that is wrong, as sentences; empty when it is sound.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it cannot even be read.
    pub async fn check_integrity(&self) -> StoreResult<Vec<String>> {
        self.read(files::integrity).await
    }

    /// Computes every commitment and hash of the chain anew.
    ///
    /// # Errors
    /// As reading; a broken chain is no error, see [`ChainReport::broken`].
    pub async fn verify_chain(&self) -> StoreResult<ChainReport> {
        self.verify_chain_through(Vec::new()).await
    }

    /// The newest link of the chain.
    ///
    /// # Errors
    /// As reading.
    pub async fn chain_head(&self) -> StoreResult<ChainHead> {
        self.read(chain::head).await
    }

    /// How large the file and its log are; zero in memory.
    pub fn file_sizes(&self) -> FileSizes {
        self.db.path().map(files::sizes).unwrap_or_default()
    }

    /// The waits of all hosts.
    ///
    /// # Errors
    /// As reading.
    pub async fn host_waits(&self) -> StoreResult<Vec<HostWait>> {
        self.read(hosts::list).await
    }

    fn path(&self) -> StoreResult<PathBuf> {
        let none = || StoreError::Unopened { path: PathBuf::new(), why: "it is only in memory".to_owned() };
        self.db.path().map(Path::to_owned).ok_or_else(none)
    }

    /// Errors from below get the file's name.
    fn named(&self, error: StoreError) -> StoreError {
        match self.db.path() {
            Some(path) => db::at_path(error, path),
            None => error,
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        job: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.db.write(durability, job).await.map_err(|error| self.named(error))
    }

    /// As [`write`](Self::write), for what can be run again: cheaper among many of its kind.
    async fn write_again<T: Send + 'static>(
        &self,
        haste: Haste,
        job: impl FnMut(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.db.write_again(haste, job).await.map_err(|error| self.named(error))
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.db.read(move |conn| snapshot(conn, job)).await.map_err(|error| self.named(error))
    }

    /// Reads a few rows with one statement, which sees one moment by itself.
    async fn read_one<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.db.read_few(job).await.map_err(|error| self.named(error))
    }

    /// Reads a few rows.
    async fn read_few<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.db.read_few(move |conn| snapshot(conn, job)).await.map_err(|error| self.named(error))
    }
}

/// Everything that a job reads is of one moment.
fn snapshot<T>(conn: &Connection, job: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
    conn.prepare_cached("SAVEPOINT snapshot")?.execute([])?;
    let result = job(conn);
    conn.prepare_cached("RELEASE snapshot")?.execute([])?;
    result
}

async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> StoreResult<T> + Send + 'static,
) -> StoreResult<T> {
    tokio::task::spawn_blocking(job).await.unwrap_or_else(|error| Err(StoreError::failed(error)))
}
