//! Counters and latencies of requests, and who may read all metrics.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, IntoResponse, Middleware, PathPattern, Request, Response};

use super::client_addr::TrustedProxies;
use super::problem::Problem;
use crate::auth::{Caller, Scope};

const REQUESTS: &str = "http_requests_total";
const SECONDS: &str = "http_request_duration_seconds";
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 20.0];

/// A recorder with this crate's buckets, to be installed with [`metrics::set_global_recorder`] once per process.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let every_latency = Matcher::Suffix("_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(every_latency, &BUCKETS)?.build_recorder();
    metrics::with_local_recorder(&recorder, || {
        metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status.");
        metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time to answer a request, by route.");
    });
    Ok(recorder)
}

/// Sorts new samples into their buckets now and then, for ever; without it they pile up until somebody reads.
pub async fn upkeep(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        handle.run_upkeep();
    }
}

/// All metrics as Prometheus text.
pub fn render(handle: &PrometheusHandle) -> Response {
    handle.render().with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}

/// Metrics are for this machine and for whoever may read, even where reading pages are public.
pub fn may_read(request: &Request, caller: &Caller, proxies: &TrustedProxies) -> Result<(), Problem> {
    if proxies.is_local(request) { Ok(()) } else { caller.require_own(Scope::Read) }
}

/// Middleware that counts requests by route template, never by address: addresses hold names. It counts with the
/// recorder that is there at the first request of a route.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountRequests;

/// The series of the routes that were asked so far: looking them up in the recorder costs more than counting.
#[derive(Default)]
struct Series(RwLock<HashMap<Arc<str>, OfRoute>>);

struct OfRoute {
    seconds: Histogram,
    requests: Vec<(&'static str, StatusCode, Counter)>,
}

impl Series {
    fn count(&self, method: &'static str, route: &Arc<str>, status: StatusCode, took: Duration) {
        let counted = {
            let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
            routes.get(route).is_some_and(|of_route| of_route.count(method, status, took))
        };
        if !counted {
            let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let of_route = routes.entry(Arc::clone(route)).or_insert_with(|| OfRoute::new(route));
            of_route.know(method, route, status);
            of_route.count(method, status, took);
        }
    }
}

impl OfRoute {
    fn new(route: &Arc<str>) -> Self {
        Self { seconds: metrics::histogram!(SECONDS, "route" => Arc::clone(route)), requests: Vec::new() }
    }

    fn know(&mut self, method: &'static str, route: &Arc<str>, status: StatusCode) {
        if self.requests.iter().any(|known| (known.0, known.1) == (method, status)) {
            return;
        }
        let code = status.as_str().to_owned();
        let counter =
            metrics::counter!(REQUESTS, "method" => method, "route" => Arc::clone(route), "status" => code);
        self.requests.push((method, status, counter));
    }

    /// Whether the series is known, and so was counted.
    fn count(&self, method: &'static str, status: StatusCode, took: Duration) -> bool {
        let Some((.., counter)) = self.requests.iter().find(|known| (known.0, known.1) == (method, status))
        else {
            return false;
        };
        self.seconds.record(took);
        counter.increment(1);
        true
    }
}

impl<E: Endpoint> Middleware<E> for CountRequests {
    type Output = CountRequestsEndpoint<E>;

    fn transform(&self, inner: E) -> CountRequestsEndpoint<E> {
        CountRequestsEndpoint { inner, series: Series::default() }
    }
}

/// Endpoint of [`CountRequests`].
pub struct CountRequestsEndpoint<E> {
    inner: E,
    series: Series,
}

impl<E> std::fmt::Debug for CountRequestsEndpoint<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CountRequestsEndpoint").finish_non_exhaustive()
    }
}

impl<E: Endpoint> Endpoint for CountRequestsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let method = label(request.method());
        let started = Instant::now();
        let response = self.inner.call(request).await?.into_response();
        match response.data::<PathPattern>() {
            Some(pattern) => self.series.count(method, &pattern.0, response.status(), started.elapsed()),
            None => self.series.count(method, &"none".into(), response.status(), started.elapsed()),
        }
        Ok(response)
    }
}

/// Clients may invent methods; each label value costs memory for ever.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
