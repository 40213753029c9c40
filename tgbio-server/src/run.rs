//! The whole server: opens its parts, serves, and stops cleanly when its caller says so.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{Poller, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::Metrics;
use crate::auth::cookie::SessionCookie;
use crate::auth::guard::Authenticate;
use crate::auth::{Accounts, AuthError, check_chosen};
use crate::backend::Backends;
use crate::checkpoint::Checkpoints;
use crate::config::{Config, ConfigError};
use crate::http::limits::BodyLimit;
use crate::http::{ConnectionLimits, Routes, Shell, shell};
use crate::poll::{Budgets, PollerTask, count_look, follow_alarms, glances};
use crate::setup::{self, SetupError};
use crate::state::{App, Parts, Settings};

/// Looks that do not end are cut off after this time.
const POLLER_PATIENCE: Duration = Duration::from_secs(6);
/// Requests that do not end are cut off after this time.
const REQUEST_PATIENCE: Duration = Duration::from_secs(6);
/// Writing down what is left, after requests and looks have ended.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A part could not be made.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The accounts could not be read or written.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The metrics could not be set up.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(String),
    /// The listening socket failed.
    #[error("the server cannot listen any more: {0}")]
    Listen(#[from] std::io::Error),
}

impl From<ConfigError> for RunError {
    fn from(error: ConfigError) -> Self {
        Self::Setup(error.into())
    }
}

impl From<tgbio_core::store::StoreError> for RunError {
    fn from(error: tgbio_core::store::StoreError) -> Self {
        Self::Setup(error.into())
    }
}

/// The password that was made up for the first admin.
#[derive(Debug)]
pub struct FirstPassword {
    /// The admin.
    pub user: String,
    /// The password, to be shown once.
    pub password: SecretString,
}

/// A server whose parts are open, and that does not serve yet.
pub struct Server {
    listener: TcpListener,
    app: App,
    poller: Poller,
    backends: Backends,
    budgets: Budgets,
    store: Arc<SqliteStore>,
    config: Config,
    first_password: Option<FirstPassword>,
}

/// Opens everything and serves until `shutdown` is cancelled; then ends within ten seconds.
///
/// # Errors
/// [`RunError`] says in one sentence why it did not start.
pub async fn run(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), RunError> {
    Server::open(config, listener).await?.run(shutdown).await
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the database and puts the parts together.
    ///
    /// # Errors
    /// [`RunError`] says in one sentence why it does not start.
    pub async fn open(config: Config, listener: TcpListener) -> Result<Self, RunError> {
        let store = open_store(&config).await?;
        let accounts = setup::accounts(&store).await.map_err(SetupError::from)?;
        let first_password = first_admin(&config, &accounts).await?;
        let backends = Backends::open(&config, &store, "serve").await?;
        let tracker = setup::tracker(&config, backends.fetcher.clone(), store.clone(), count_look);
        let poller = Poller::new(tracker.clone(), config.at_once());
        let budgets = Budgets::default();
        let app = App::new(Parts {
            tracker,
            poller: poller.handle(),
            accounts,
            budgets: Arc::new(budgets.clone()),
            settings: settings(&config, backends.fetcher.name()),
        })
        .with_checkpoints(Checkpoints::new(store.clone(), &config));
        Ok(Self { listener, app, poller, backends, budgets, store, config, first_password })
    }

    /// The made-up password of the first admin, if one was made just now.
    pub fn first_password(&self) -> Option<&FirstPassword> {
        self.first_password.as_ref()
    }

    /// What API and pages share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until `shutdown` is cancelled; then ends within ten seconds.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let Self { listener, app, poller, backends, budgets, store, config, .. } = self;
        let metrics = metrics_handle()?;
        let stop = CancellationToken::new();
        let helpers = TaskTracker::new();
        if let Some(checkpoints) = app.checkpoints() {
            helpers.spawn(checkpoints.clone().daily(stop.clone()));
        }
        if let Some(account) = backends.account.clone() {
            helpers.spawn(glances(
                account,
                app.tracker.clone(),
                config.mtproto_glance_interval,
                stop.clone(),
            ));
        }
        helpers.spawn(backends.clone().sign_bot_in_later(config.clone(), store.clone(), stop.clone()));
        helpers.spawn(budgets.follow(backends, stop.clone()));
        helpers.spawn(follow_alarms(app.tracker.clone(), stop.clone()));
        helpers.spawn(upkeep(metrics.clone(), app.accounts.clone(), stop.clone()));
        let looks = PollerTask::start(poller);
        let endpoint = shell(routes(&config, &app, metrics), outside(&config, &app));
        let limits = ConnectionLimits::for_this_process();
        let told = shutdown.clone();
        let serving = crate::http::serve(
            listener,
            limits,
            endpoint,
            async move { told.cancelled().await },
            REQUEST_PATIENCE,
        );
        let stopping = async {
            shutdown.cancelled().await;
            looks.stop(POLLER_PATIENCE).await;
        };
        let served = serve_until_stopped(serving, stopping, &shutdown).await;
        stop.cancel();
        helpers.close();
        helpers.wait().await;
        close(&store).await;
        Ok(served?)
    }
}

/// Requests and looks end side by side; when the listener fails, the looks are stopped as well.
async fn serve_until_stopped(
    serving: impl Future<Output = std::io::Result<()>>,
    stopping: impl Future<Output = ()>,
    shutdown: &CancellationToken,
) -> std::io::Result<()> {
    let serving = async {
        let served = serving.await;
        shutdown.cancel();
        served
    };
    let (served, ()) = tokio::join!(serving, stopping);
    served
}

async fn open_store(config: &Config) -> Result<Arc<SqliteStore>, RunError> {
    config.require_backend()?;
    if !config.database.exists() {
        // A password that cannot be used makes no database.
        check_first_password(config)?;
    }
    let database = config.database.clone();
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&database)).await;
    Ok(Arc::new(opened.map_err(tgbio_core::store::StoreError::failed)??))
}

/// The chosen password is looked at only while there is no admin yet: afterwards nobody uses it.
pub(crate) fn check_first_password(config: &Config) -> Result<(), ConfigError> {
    config.admin_password.as_ref().map_or(Ok(()), check_chosen).map_err(ConfigError::FirstPassword)
}

async fn first_admin(config: &Config, accounts: &Accounts) -> Result<Option<FirstPassword>, RunError> {
    if accounts.admins().await?.is_empty() {
        check_first_password(config)?;
    }
    let made = accounts.ensure_admin(&config.admin_user, config.admin_password.clone()).await?;
    Ok(made.map(|password| FirstPassword { user: config.admin_user.clone(), password: password.0 }))
}

fn settings(config: &Config, backend: &str) -> Settings {
    Settings {
        public: config.public,
        public_url: config.public_url.clone(),
        backend: backend.to_owned(),
        started_at: Timestamp::now(),
    }
}

fn routes(config: &Config, app: &App, handle: PrometheusHandle) -> Routes {
    let proxies = config.trusted_proxies.clone();
    let metrics = Metrics { handle, proxies: proxies.clone() };
    let routes = crate::api::routes(Routes::new(), app, Some(metrics));
    crate::web::routes(routes, app, proxies)
}

fn outside(config: &Config, app: &App) -> Shell {
    let tls = config.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    Shell {
        public_url: config.public_url.clone(),
        noindex: true,
        body: BodyLimit::default(),
        error_page: Some(crate::web::error_page()),
        authenticate: Authenticate::new(app.accounts.clone(), SessionCookie::new(tls), config.public),
    }
}

/// The recorder of this process; a second server in it shares the first one's.
fn metrics_handle() -> Result<PrometheusHandle, RunError> {
    use std::sync::OnceLock;
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let recorder = crate::http::metrics::recorder().map_err(|error| RunError::Metrics(error.to_string()))?;
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    // Whoever embeds the server may have a recorder of their own; then the counters go there.
    if metrics::set_global_recorder(recorder).is_ok() {
        crate::poll::describe_metrics();
    }
    Ok(handle)
}

/// Keeps metrics and sessions tidy.
async fn upkeep(metrics: PrometheusHandle, accounts: Accounts, stop: CancellationToken) {
    let sorting = crate::http::metrics::upkeep(metrics);
    let purging = purge_sessions(accounts);
    stop.run_until_cancelled(async { tokio::join!(sorting, purging) }).await;
}

async fn purge_sessions(accounts: Accounts) {
    let mut every = tokio::time::interval(Duration::from_secs(3600));
    loop {
        every.tick().await;
        if let Err(error) = accounts.purge_sessions().await {
            tracing::warn!(%error, "sessions that have ended could not be removed");
        }
    }
}

/// Moves the write-ahead log into the file; whatever happens, nothing that was acknowledged is lost.
async fn close(store: &SqliteStore) {
    match tokio::time::timeout(CLOSE_PATIENCE, store.database().truncate_log()).await {
        Ok(Ok(_)) => tracing::info!("stopped"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "stopped; the write-ahead log stays and is read at the next start");
        }
        Err(_) => tracing::warn!("stopped; the write-ahead log stays and is read at the next start"),
    }
}
