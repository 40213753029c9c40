//! Counters and latencies of requests, and who may read all metrics.

use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use poem::http::Method;
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

/// Middleware that counts requests by route template, never by address: addresses hold names.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountRequests;

impl<E: Endpoint> Middleware<E> for CountRequests {
    type Output = CountRequestsEndpoint<E>;

    fn transform(&self, inner: E) -> CountRequestsEndpoint<E> {
        CountRequestsEndpoint(inner)
    }
}

/// Endpoint of [`CountRequests`].
#[derive(Debug)]
pub struct CountRequestsEndpoint<E>(E);

impl<E: Endpoint> Endpoint for CountRequestsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let method = label(request.method());
        let started = Instant::now();
        let response = self.0.call(request).await?.into_response();
        let route = response.data::<PathPattern>().map_or_else(|| "none".into(), |pattern| pattern.0.clone());
        let status = response.status().as_str().to_owned();
        metrics::histogram!(SECONDS, "route" => route.clone()).record(started.elapsed());
        metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
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
