//! Accepting connections so that no client can hold the server up: deadlines for heads, idle and stalled
//! connections are closed, too many open files neither spin nor flood the log.
//!
//! [`serve`] puts the parts together. To use them apart, wrap any poem acceptor with [`Gate::acceptor`] and the
//! application with [`Gate::track`], both from one [`Gate`]: without the middleware the gate does not know that a
//! request is being answered and would take it for a head that does not end. A body that is streamed after the
//! handler has returned must move at least once per idle limit (a keep-alive comment does for event streams).

use std::io::{self, ErrorKind};
use std::time::Duration;

use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, EndpointExt, IntoResponse, Middleware, Request, Response, Server};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

use super::connection::ConnectionLimits;
use super::gate::Gate;
use super::guarded_io::GuardedIo;

/// Serves `app` on `listener` until `shutdown`, then gives running requests `grace` to end.
pub async fn serve<E>(
    listener: TcpListener,
    limits: ConnectionLimits,
    app: E,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()>
where
    E: Endpoint + 'static,
{
    let gate = Gate::new(limits);
    let acceptor = gate.acceptor(PromptTcp::new(listener)?);
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(app.with(gate.track()), shutdown, Some(grace))
        .await
}

impl Gate {
    /// Puts every connection of `inner` under this gate's limits.
    pub fn acceptor<A: Acceptor>(&self, inner: A) -> Guarded<A> {
        Guarded { inner, gate: self.clone(), trouble: Trouble::default() }
    }

    /// The middleware, outermost of all, that tells the gate which connections are answering a request.
    pub fn track(&self) -> Track {
        Track(self.clone())
    }
}

/// An acceptor under the limits of a [`Gate`]. It never reports an error: it waits and tries again.
#[derive(Debug)]
pub struct Guarded<A> {
    inner: A,
    gate: Gate,
    trouble: Trouble,
}

impl<A: Acceptor> Acceptor for Guarded<A> {
    type Io = GuardedIo<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        loop {
            self.gate.room().await;
            match sweeping(&self.gate, self.inner.accept()).await {
                Ok((io, local, remote, scheme)) => {
                    let Some(client) = remote.as_socket_addr().copied() else { continue };
                    self.trouble.over();
                    return Ok((GuardedIo::new(io, client, self.gate.clone()), local, remote, scheme));
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    self.gate.make_room();
                    let pause = self.trouble.pause(&error);
                    sweeping(&self.gate, tokio::time::sleep(pause)).await;
                }
            }
        }
    }
}

impl<A> Drop for Guarded<A> {
    fn drop(&mut self) {
        self.gate.close_unstarted();
    }
}

/// Awaits `work` and closes overdue connections meanwhile.
async fn sweeping<T>(gate: &Gate, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        let next = gate.sweep();
        tokio::select! {
            done = &mut work => return done,
            () = sleep_until(next) => {}
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | ConnectionRefused | Interrupted)
}

/// Errors of the listening socket itself, as when the process has too many files open.
#[derive(Debug, Default)]
struct Trouble {
    pause: Option<Duration>,
    last: Option<Instant>,
}

impl Trouble {
    const FIRST_PAUSE: Duration = Duration::from_millis(10);
    const LONGEST_PAUSE: Duration = Duration::from_secs(1);
    /// Errors closer together than this are one episode with one line in the log.
    const EPISODE: Duration = Duration::from_secs(60);

    fn pause(&mut self, error: &io::Error) -> Duration {
        let now = Instant::now();
        if self.last.is_none_or(|last| now - last > Self::EPISODE) {
            tracing::warn!(%error, "cannot accept connections; closing idle ones and trying again");
        }
        self.last = Some(now);
        let pause = self.pause.map_or(Self::FIRST_PAUSE, |pause| (pause * 2).min(Self::LONGEST_PAUSE));
        self.pause = Some(pause);
        pause
    }

    fn over(&mut self) {
        self.pause = None;
    }
}

/// A TCP acceptor that sends small answers at once (`TCP_NODELAY`).
#[derive(Debug)]
pub struct PromptTcp {
    listener: TcpListener,
    local: LocalAddr,
}

impl PromptTcp {
    /// Takes over a bound listener.
    pub fn new(listener: TcpListener) -> io::Result<Self> {
        let local = LocalAddr(Addr::socket(listener.local_addr()?));
        Ok(Self { listener, local })
    }
}

impl Acceptor for PromptTcp {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![self.local.clone()]
    }

    async fn accept(&mut self) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let (io, client) = self.listener.accept().await?;
        // A connection that is gone already fails here; its stream will tell.
        let _ = io.set_nodelay(true);
        Ok((io, self.local.clone(), RemoteAddr(Addr::socket(client)), Scheme::HTTP))
    }
}

/// Middleware of [`Gate::track`].
#[derive(Debug, Clone)]
pub struct Track(Gate);

impl<E: Endpoint> Middleware<E> for Track {
    type Output = Tracked<E>;

    fn transform(&self, inner: E) -> Tracked<E> {
        Tracked { inner, gate: self.0.clone() }
    }
}

/// Endpoint of [`Track`].
#[derive(Debug)]
pub struct Tracked<E> {
    inner: E,
    gate: Gate,
}

impl<E: Endpoint> Endpoint for Tracked<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let _busy = self.gate.request(req.remote_addr());
        self.inner.call(req).await.map(IntoResponse::into_response)
    }
}
