//! `serve`: the server and the poller until a signal.

use std::io::Write;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::error::{CliError, CliResult};
use crate::config::Config;
use crate::run::{FirstPassword, Server};

/// Listens, says where, and serves.
pub async fn run(context: &mut Context) -> CliResult {
    let config = context.config.clone();
    config.require_backend()?;
    for unknown in Config::unknown_variables() {
        tracing::warn!("{unknown}");
    }
    let listener = listen(&config.listen).await?;
    let address = listener.local_addr().map_err(CliError::failed)?;
    let shutdown = CancellationToken::new();
    let server = Server::open(config, listener).await?;
    stop_on_signals(shutdown.clone())?;
    if let Some(password) = server.first_password() {
        announce(password);
    }
    context.out.line(&format!("tgbio listens on http://{address}"))?;
    context.out.flush()?;
    server.run(shutdown).await?;
    Ok(())
}

async fn listen(address: &str) -> CliResult<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let help = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there: stop it or choose another with --listen"
            }
            std::io::ErrorKind::PermissionDenied => {
                "this port needs more rights: choose one above 1023 with --listen"
            }
            _ => "choose an address of this machine with --listen",
        };
        CliError::Failed(format!("the server cannot listen on {address} ({error}): {help}"))
    })
}

/// The made-up password is shown this once, beside the log and not in it.
fn announce(first: &FirstPassword) {
    use secrecy::ExposeSecret;
    let (user, password) = (super::safe::line(&first.user), first.password.expose_secret());
    let mut stderr = std::io::stderr().lock();
    // Nobody can be told when standard error is closed.
    let _ = writeln!(
        stderr,
        "\n  The first admin is `{user}` with the password {password}\n  It is shown only now; change it with `tgbio password`.\n"
    );
}

/// The first signal stops cleanly; a second one ends the process at once.
fn stop_on_signals(shutdown: CancellationToken) -> CliResult {
    let mut signals =
        Signals::new().map_err(|error| CliError::Failed(format!("signals cannot be caught: {error}")))?;
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping");
        shutdown.cancel();
        signals.next().await;
        tracing::warn!("stopping at once");
        std::process::exit(1);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
