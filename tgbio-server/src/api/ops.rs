//! For those who run the server: is it alive, is it ready, what does it count. Open to everybody but the last, and
//! without a word about any profile.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use poem::web::{Data, Json};
use poem::{EndpointExt, Request, Response, handler};
use serde::Serialize;
use tokio::time::timeout;

use crate::auth::Caller;
use crate::http::client_addr::TrustedProxies;
use crate::http::{Problem, Routes, kinds, metrics};
use crate::state::App;

/// A store that takes longer is not ready.
const STORE_TIME: Duration = Duration::from_secs(3);
/// A poller that works turns at least every second, and every 30 s while the store fails.
const TURN_TIME: Duration = Duration::from_secs(60);

/// Where the metrics come from, and the proxies whose word counts about who is on this machine.
#[derive(Clone)]
pub struct Metrics {
    /// The recorder's handle.
    pub handle: PrometheusHandle,
    /// The proxies in front.
    pub proxies: TrustedProxies,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

/// What a ready server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Ready {
    ready: bool,
    /// What is wrong although the server works.
    warnings: Vec<String>,
}

/// Adds `/healthz`, `/readyz` and, where metrics are counted, `/metrics`.
pub(super) fn routes(routes: Routes, app: &App, metrics: Option<Metrics>) -> Routes {
    let routes = routes.get("/healthz", healthz).get("/readyz", readyz.data(app.clone()));
    match metrics {
        Some(metrics) => routes.get("/metrics", all_metrics.data(metrics)),
        None => routes,
    }
}

#[handler]
fn healthz() -> &'static str {
    "ok"
}

#[handler]
async fn readyz(Data(app): Data<&App>) -> Result<Json<Ready>, Problem> {
    store_answers(app).await?;
    poller_turns(app)?;
    Ok(Json(Ready { ready: true, warnings: warnings(app).await }))
}

#[handler]
fn all_metrics(
    request: &Request,
    caller: &Caller,
    Data(Metrics { handle, proxies }): Data<&Metrics>,
) -> Result<Response, Problem> {
    metrics::may_read(request, caller, proxies)?;
    Ok(metrics::render(handle))
}

fn not_ready(detail: &str) -> Problem {
    Problem::new(kinds::UNAVAILABLE, detail)
}

async fn store_answers(app: &App) -> Result<(), Problem> {
    match timeout(STORE_TIME, app.store().totals()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready: the store fails");
            Err(not_ready("the store fails: the server's log says why"))
        }
        Err(_) => Err(not_ready("the store does not answer in time")),
    }
}

fn poller_turns(app: &App) -> Result<(), Problem> {
    let status = app.poller.status();
    if status.store_error.is_some() {
        return Err(not_ready("the poller cannot reach the store: the server's log says why"));
    }
    let turned = status.turned_at.is_some_and(|turned| app.now().since(turned) < TURN_TIME);
    match (status.running, turned) {
        (true, true) => Ok(()),
        (true, false) => Err(not_ready("the poller has not turned for long")),
        (false, _) => Err(not_ready("the poller does not run")),
    }
}

/// The source cannot be believed, or asks to wait: history waits, and nothing is lost.
async fn warnings(app: &App) -> Vec<String> {
    let mut bad = 0;
    for name in app.tracker.canaries() {
        let seen = app.store().canary(name).await.ok().flatten();
        bad += usize::from(seen.is_some_and(|canary| !canary.is_good()));
    }
    let canaries = app.tracker.canaries().len();
    let mut warnings = Vec::new();
    if bad > 0 {
        warnings.push(format!(
            "{bad} of {canaries} canaries could not be read well: nothing suspicious is believed meanwhile"
        ));
    }
    let alarms = app.store().alarms().await.unwrap_or_default();
    warnings.extend(alarms.iter().filter(|alarm| alarm.is_open()).map(ToString::to_string));
    if let Some(account) = app.budgets.account().filter(|account| account.needs_person) {
        warnings.push(format!("the Telegram account cannot be used: {}", account.advice));
    }
    if let Some(until) = app.poller.status().paused_until.filter(|until| *until > app.now()) {
        warnings.push(format!("the source has refused, and is left alone until {until}"));
    }
    warnings
}
