//! Opening the desk and serving it.

use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Response};
use rusqlite::params;
use tgbio_server::auth::cookie::SessionCookie;
use tgbio_server::auth::db::{Db, DbError};
use tgbio_server::auth::guard::Authenticate;
use tgbio_server::auth::{Accounts, AuthError, GeneratedPassword, Login};
use tgbio_server::http::limits::BodyLimit;
use tgbio_server::http::{ConnectionLimits, Routes, Shell, serve, shell};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::World;
use crate::domain::{Millis, Role};
use crate::store::{Durability, Res, StoreError, one, people, run};
use crate::texts::Locale;

/// Documents and exports that are sent at the same time: each has a connection to the database for as long as it takes.
const DOWNLOADS: usize = 3;
/// The largest body: an update of Telegram.
const LARGEST: usize = 1024 * 1024;
/// Longest time for a body.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Longest time that running requests get when the program ends.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why the desk does not open.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The tables of the log-ins.
    #[error(transparent)]
    Accounts(#[from] DbError),
    /// The log-ins themselves.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The conference's tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The conference's rules.
    #[error("the first organiser could not be made: {0}")]
    First(String),
}

/// What pages and API share. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Shared>);

/// The parts of a [`Desk`].
pub struct Shared {
    /// The conference.
    pub world: World,
    /// Log-ins and tokens.
    pub accounts: Accounts,
    pub(super) login: Login,
    pub(super) cookie: SessionCookie,
    pub(super) tls: bool,
    pub(super) downloads: Arc<Semaphore>,
}

impl std::ops::Deref for Desk {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("world", &self.world).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("world", &self.world).finish_non_exhaustive()
    }
}

impl Desk {
    /// Opens the desk. The first time it makes an organiser, whose random password comes back to be shown once unless
    /// the configuration has one.
    ///
    /// # Errors
    /// [`DeskError`] says in one sentence what is wrong.
    pub async fn open(world: World) -> Result<(Self, Option<GeneratedPassword>), DeskError> {
        let accounts = Accounts::new(Db::over(world.db.clone()).await?);
        let user = world.config.admin_user.clone();
        let made = accounts.ensure_admin(&user, world.config.admin_password.clone()).await?;
        first_organiser(&world, user).await?;
        let tls = world.config.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let desk = Self(Arc::new(Shared {
            login: Login::new(accounts.clone()),
            cookie: SessionCookie::of("conference", tls),
            tls,
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            accounts,
            world,
        }));
        Ok((desk, made))
    }

    /// The desk's pages and its API, with what else the program answers.
    pub fn routes(&self, routes: Routes) -> Routes {
        super::api::routes(super::pages::routes(routes, self), self)
    }

    /// Everything behind tgbio-server's shell.
    pub fn endpoint(&self, more: Routes) -> impl Endpoint<Output = Response> + 'static + use<> {
        let outside = Shell {
            public_url: self.world.config.public_url.clone(),
            noindex: true,
            body: BodyLimit { bytes: LARGEST, time: BODY_TIME },
            error_page: Some(super::pages::error_page(&self.world)),
            authenticate: Authenticate::new(self.accounts.clone(), self.cookie, false),
        };
        shell(self.routes(more), outside)
    }

    /// Serves until `shutdown` is cancelled.
    ///
    /// # Errors
    /// The listener's.
    pub async fn serve(
        &self,
        listener: TcpListener,
        more: Routes,
        shutdown: CancellationToken,
    ) -> std::io::Result<()> {
        let limits = ConnectionLimits::for_this_process();
        let told = async move { shutdown.cancelled().await };
        serve(listener, limits, self.endpoint(more), told, PATIENCE).await
    }
}

/// The first log-in acts for a person who is an organiser.
async fn first_organiser(world: &World, user: String) -> Result<(), DeskError> {
    let now = world.now();
    let made = world.db.write(Durability::Synced, move |conn| organiser_named(conn, &user, now)).await;
    made.map_err(|stop| DeskError::First(stop.to_string()))
}

fn organiser_named(conn: &rusqlite::Connection, user: &str, now: Millis) -> Res<()> {
    if one(conn, "SELECT 1 FROM web_identity LIMIT 1", [], |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let person = people::create(conn, Some(user), Locale::Ru, now)?;
    people::grant(conn, person, Role::Organiser, None, "setup", now)?;
    let sql = "INSERT INTO web_identity (kind, name, person_id, made_at) VALUES ('user', ?1, ?2, ?3)";
    run(conn, sql, params![user, person, now])?;
    Ok(())
}
