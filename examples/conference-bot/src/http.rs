//! The web server: the organisers' desk, where Telegram calls, and a sign of life. It stands behind tgbio's guarded
//! acceptor.

use std::net::SocketAddr;
use std::sync::Arc;

use poem::{EndpointExt as _, handler};
use secrecy::SecretString;
use tgbio_server::auth::GeneratedPassword;
use tgbio_server::http::Routes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::World;
use crate::organisers::Desk;
use crate::run::RunError;
use crate::run::web::called;

/// A web server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    desk: Desk,
    first: Option<GeneratedPassword>,
}

#[handler]
fn health() -> &'static str {
    "ok"
}

/// What is served beside the desk.
fn routes(world: &World) -> Routes {
    let routes = Routes::new().get("/health", health);
    match world.config.webhook_secret.clone().filter(|_| world.config.webhook) {
        Some(secret) => routes.post("/tg/:code", called.data(Arc::new(secret)).data(world.hooks.clone())),
        None => routes,
    }
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
        let (desk, first) = Desk::open(world.clone()).await?;
        Ok(Self { listener, address, desk, first })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The random password of the first organiser, if one was made just now.
    pub fn first_password(&self) -> Option<&SecretString> {
        self.first.as_ref().map(|made| &made.0)
    }

    /// Serves until `stop`.
    ///
    /// # Errors
    /// [`RunError`] when the socket fails.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunError> {
        let more = routes(&self.desk.world);
        let result = self.desk.serve(self.listener, more, stop.clone()).await;
        stop.cancel();
        Ok(result?)
    }
}
