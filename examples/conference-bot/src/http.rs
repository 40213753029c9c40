//! The web server: where Telegram calls, and a sign of life. It stands behind tgbio's guarded acceptor.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, EndpointExt as _, Response, Route, get, handler, post};
use tgbio_server::http::limits::BodyLimit;
use tgbio_server::http::{AllowTable, ConnectionLimits, Problems};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::World;
use crate::run::RunError;
use crate::run::web::called;

/// Requests that do not end are cut off after this time.
const PATIENCE: Duration = Duration::from_secs(6);
/// The largest update that is taken.
const UPDATE: usize = 1024 * 1024;

/// A web server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    world: World,
}

#[handler]
fn health() -> &'static str {
    "ok"
}

/// What is served.
fn routes(world: &World) -> impl Endpoint<Output = Response> + 'static {
    let mut route = Route::new().at("/health", get(health));
    if let Some(secret) = world.config.webhook_secret.clone().filter(|_| world.config.webhook) {
        route = route.at("/tg/:code", post(called).data(Arc::new(secret)).data(world.hooks.clone()));
    }
    let body = BodyLimit { bytes: UPDATE, time: Duration::from_secs(20) };
    route.with(body).with(Problems::new(AllowTable::default(), None))
}

impl Server {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`RunError`] when the address is taken or a setting is missing.
    pub async fn open(world: &World) -> Result<Self, RunError> {
        let config = &world.config;
        if config.webhook && (config.webhook_secret.is_none() || config.public_url.is_none()) {
            return Err(RunError::Settings(
                "for webhooks set CONFERENCE_WEBHOOK_SECRET and CONFERENCE_PUBLIC_URL",
            ));
        }
        let listener = TcpListener::bind(&config.listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, world: world.clone() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`.
    ///
    /// # Errors
    /// [`RunError`] when the socket fails.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunError> {
        let app = routes(&self.world);
        let limits = ConnectionLimits::for_this_process();
        let ended = stop.clone();
        let served = tgbio_server::http::serve(
            self.listener,
            limits,
            app,
            async move { ended.cancelled().await },
            PATIENCE,
        );
        let result = served.await;
        stop.cancel();
        Ok(result?)
    }
}
