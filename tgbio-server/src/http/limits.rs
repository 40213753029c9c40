//! Limits on what one request may send, and on how often one client may ask.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use poem::http::{HeaderValue, Method, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};
use tokio::time::timeout;

use super::client_addr::TrustedProxies;
use super::kinds;
use super::problem::Problem;

/// Reads the body before the handler runs: 413 when it is too large, 408 when it does not arrive in time.
#[derive(Debug, Clone)]
pub struct BodyLimit {
    /// Largest body in bytes.
    pub bytes: usize,
    /// Longest time for the whole body.
    pub time: Duration,
}

impl Default for BodyLimit {
    fn default() -> Self {
        Self { bytes: 64 * 1024, time: Duration::from_secs(20) }
    }
}

impl BodyLimit {
    /// This much of a refused body is read and thrown away, so that a client that sends first and reads later
    /// sees the answer and not a reset connection.
    const DISCARDED: usize = 1024 * 1024;
    const DISCARD_TIME: Duration = Duration::from_secs(2);

    fn declared(request: &Request) -> Option<usize> {
        request.header("content-length")?.parse().ok()
    }

    async fn read(&self, body: Body, declared: Option<usize>, asks_first: bool) -> Result<Body, Problem> {
        if declared.is_some_and(|bytes| bytes > self.bytes) {
            // A client that waits for "100 Continue" has sent nothing yet.
            if !asks_first {
                discard(body, Self::DISCARDED, Self::DISCARD_TIME).await;
            }
            return Err(self.too_large());
        }
        timeout(self.time, self.collect(body, declared)).await.unwrap_or_else(|_| Err(Self::too_slow()))
    }

    async fn collect(&self, body: Body, declared: Option<usize>) -> Result<Body, Problem> {
        let mut stream = body.into_bytes_stream();
        let mut collected = Vec::with_capacity(declared.unwrap_or(0));
        while let Some(chunk) = stream.next().await {
            let chunk =
                chunk.map_err(|_| Problem::new(kinds::BAD_BODY, "the body ended before it was complete"))?;
            if collected.len() + chunk.len() > self.bytes {
                discard(Body::from_bytes_stream(stream), Self::DISCARDED, Self::DISCARD_TIME).await;
                return Err(self.too_large());
            }
            collected.extend_from_slice(&chunk);
        }
        Ok(Body::from_vec(collected))
    }

    fn too_large(&self) -> Problem {
        let detail = format!("at most {} bytes can be sent at once", self.bytes);
        Problem::new(kinds::PAYLOAD_TOO_LARGE, detail)
            .header(header::CONNECTION, HeaderValue::from_static("close"))
    }

    fn too_slow() -> Problem {
        Problem::new(kinds::REQUEST_TIMEOUT, "send it again, over a better connection")
            .header(header::CONNECTION, HeaderValue::from_static("close"))
    }
}

async fn discard(body: Body, most: usize, time: Duration) {
    let mut stream = body.into_bytes_stream();
    let reading = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            seen += chunk.len();
            if seen > most {
                return;
            }
        }
    };
    // When time is up the connection is closed all the same.
    let _ = timeout(time, reading).await;
}

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> BodyLimitEndpoint<E> {
        BodyLimitEndpoint { inner, limit: self.clone() }
    }
}

/// Endpoint of [`BodyLimit`].
#[derive(Debug)]
pub struct BodyLimitEndpoint<E> {
    inner: E,
    limit: BodyLimit,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let declared = BodyLimit::declared(&request);
        let bodyless = declared.is_none() && !request.headers().contains_key(header::TRANSFER_ENCODING);
        let plain_get = matches!(*request.method(), Method::GET | Method::HEAD) && bodyless;
        if !plain_get {
            let asks_first = request.headers().contains_key(header::EXPECT);
            let body = self.limit.read(request.take_body(), declared, asks_first).await?;
            request.set_body(body);
        }
        self.inner.call(request).await
    }
}

/// Allows every client address so many requests a minute, with as many at once; 429 with `Retry-After` beyond.
#[derive(Debug, Clone)]
pub struct RateLimit {
    limiter: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    proxies: TrustedProxies,
    calls: Arc<AtomicU32>,
}

impl RateLimit {
    /// How many calls pass between two clean-ups of addresses that have not asked for long.
    const CLEAN_EVERY: u32 = 1024;

    /// A limit of its own for every client address, an IPv6 client being its /64 network.
    pub fn per_minute(requests: NonZeroU32, proxies: TrustedProxies) -> Self {
        let limiter = Arc::new(RateLimiter::keyed(Quota::per_minute(requests)));
        Self { limiter, proxies, calls: Arc::default() }
    }

    fn check(&self, request: &Request) -> Result<(), Problem> {
        let Some(client) = self.proxies.client(request) else { return Ok(()) };
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(Self::CLEAN_EVERY) {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network_of(client)).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::new(
                kinds::TOO_MANY_REQUESTS,
                "this network address has asked too often: wait before it asks again",
            )
            .retry_after(wait)
        })
    }
}

/// What one IPv6 subscriber commonly owns counts as one client.
pub(crate) fn network_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

impl<E: Endpoint> Middleware<E> for RateLimit {
    type Output = RateLimitEndpoint<E>;

    fn transform(&self, inner: E) -> RateLimitEndpoint<E> {
        RateLimitEndpoint { inner, limit: self.clone() }
    }
}

/// Endpoint of [`RateLimit`].
#[derive(Debug)]
pub struct RateLimitEndpoint<E> {
    inner: E,
    limit: RateLimit,
}

impl<E: Endpoint> Endpoint for RateLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        self.limit.check(&request)?;
        self.inner.call(request).await.map(IntoResponse::into_response)
    }
}
