//! What a command works with: the configuration, standard output, and the parts that it asks for.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{Actor, ProfileStore, StoreError, StoreResult};
use tgbio_core::{ProfileFetcher, Timestamp, Tracker};

use super::error::{CliError, CliResult};
use super::out::Out;
use super::safe;
use crate::auth::Accounts;
use crate::backend::Backends;
use crate::config::{Backend, Config};
use crate::setup;

/// What a command works with.
#[derive(Debug)]
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// Standard output.
    pub out: Out,
}

impl Context {
    /// A context that has opened nothing yet.
    pub fn new(config: Config) -> Self {
        Self { config, out: Out::new() }
    }

    /// Who acts, for the audit log.
    pub fn actor(&self) -> Actor {
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let user = user.filter(|user| !user.is_empty()).unwrap_or_else(|| "unknown".to_owned());
        Actor::named("cli", &safe::short(&user, 64))
    }

    /// One line of data for people.
    pub fn tell(&mut self, sentence: &str) -> CliResult {
        self.out.line(&safe::line(sentence))?;
        self.out.flush()
    }

    /// The database, which must be there: asking does not make an empty one.
    pub async fn sqlite(&self) -> CliResult<Arc<SqliteStore>> {
        self.must_exist()?;
        self.sqlite_or_new().await
    }

    /// The same for commands that only read, which may do so where nobody may write.
    pub async fn to_read(&self) -> CliResult<Arc<SqliteStore>> {
        self.must_exist()?;
        match self.open_with(SqliteStore::open).await? {
            Err(StoreError::ReadOnly { .. }) => {
                Ok(Arc::new(self.open_with(SqliteStore::open_to_read).await??))
            }
            opened => Ok(Arc::new(opened?)),
        }
    }

    fn must_exist(&self) -> CliResult {
        match self.has_database() {
            true => Ok(()),
            false => Err(CliError::Failed(format!(
                "there is no database {}: follow a profile with `tgbio profile add NAME`, or name the file with --database",
                self.config.database.display()
            ))),
        }
    }

    /// Whether there is a database, or what is left of one: where its file is gone and its log is not, the store says what
    /// to put back.
    pub fn has_database(&self) -> bool {
        let database = &self.config.database;
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        // An empty log is no loss, and the store would make a new file beside it.
        database.exists() || std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
    }

    /// The database, made if there is none.
    pub async fn sqlite_or_new(&self) -> CliResult<Arc<SqliteStore>> {
        Ok(Arc::new(self.open_with(SqliteStore::open).await??))
    }

    /// Opening blocks: shortly, or longer where tables are brought up to date.
    async fn open_with(
        &self,
        how: impl FnOnce(PathBuf) -> StoreResult<SqliteStore> + Send + 'static,
    ) -> CliResult<StoreResult<SqliteStore>> {
        let database = self.config.database.clone();
        tokio::task::spawn_blocking(move || how(database)).await.map_err(CliError::failed)
    }

    /// The store of a database that is there.
    pub async fn store(&self) -> CliResult<Arc<dyn ProfileStore>> {
        Ok(self.sqlite().await?)
    }

    /// The store, made if there is none, and the accounts beside it.
    pub async fn accounts_or_new(&self) -> CliResult<(Arc<SqliteStore>, Accounts)> {
        let store = self.sqlite_or_new().await?;
        let accounts = setup::accounts(&store).await?;
        Ok((store, accounts))
    }

    /// The same of a database that is there.
    pub async fn accounts(&self) -> CliResult<(Arc<SqliteStore>, Accounts)> {
        let store = self.sqlite().await?;
        let accounts = setup::accounts(&store).await?;
        Ok((store, accounts))
    }

    /// A line in the audit log for what is no change of a profile.
    pub async fn audit(&self, action: &str) -> CliResult {
        Ok(self.store().await?.audit(Timestamp::now(), &self.actor(), action, None).await?)
    }

    /// The fetcher without a store. It obeys the waits in a database that happens to be there; beside it stands why that
    /// could not be read.
    pub async fn fetcher_alone(&self) -> CliResult<(Arc<dyn ProfileFetcher>, Option<CliError>)> {
        self.config.require_backend()?;
        if !self.has_database() {
            return Ok((Backends::without_database(&self.config)?.fetcher, None));
        }
        match self.sqlite_or_new().await {
            Ok(store) => Ok((Backends::open(&self.config, &store, "fetch").await?.fetcher, None)),
            Err(error) if self.config.backend == Backend::Scrape => {
                Ok((Backends::without_database(&self.config)?.fetcher, Some(error)))
            }
            Err(error) => Err(error),
        }
    }

    /// The tracker over a database that is there.
    pub async fn tracker(&self) -> CliResult<Tracker> {
        self.config.require_backend()?;
        self.tracker_over(self.sqlite().await?).await
    }

    /// The tracker, with a database that is made if there is none.
    pub async fn tracker_or_new(&self) -> CliResult<Tracker> {
        self.config.require_backend()?;
        self.tracker_over(self.sqlite_or_new().await?).await
    }

    async fn tracker_over(&self, store: Arc<SqliteStore>) -> CliResult<Tracker> {
        let fetcher = Backends::open(&self.config, &store, "check").await?.fetcher;
        Ok(setup::tracker(&self.config, fetcher, store, |_| {}))
    }

    /// A progress bar on standard error, when several things are done before a person's eyes. What another program makes of
    /// standard output may come to the same terminal, and the bar cannot make way for that.
    pub fn progress(&self, of: usize) -> ProgressBar {
        if of < 2 || !std::io::stderr().is_terminal() || !std::io::stdout().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(of as u64);
        match ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}
