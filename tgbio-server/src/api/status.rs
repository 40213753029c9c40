//! `/status`: how the server is doing.

use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::Group;
use super::access::{By, Keeper};
use crate::http::Problem;
use crate::state::App;
use crate::wire::{Account, Alarm, Budget, Canary, Checkpoint, Selector, Status};

/// The operations.
pub(super) struct ServerStatus;

async fn canaries(app: &App) -> Result<Vec<Canary>, Problem> {
    let mut canaries = Vec::new();
    for name in app.tracker.canaries() {
        let seen = app.store().canary(name).await?;
        canaries.push(seen.map_or_else(|| Canary::unseen(name.to_string()), Canary::from));
    }
    Ok(canaries)
}

async fn last_checkpoint(app: &App) -> Result<Option<Checkpoint>, Problem> {
    let Some(checkpoints) = app.checkpoints() else { return Ok(None) };
    Ok(checkpoints.last().await?.as_ref().map(Checkpoint::from))
}

#[OpenApi(tag = "Group::Server")]
impl ServerStatus {
    /// Totals, the poller, the canaries and the request budgets.
    #[oai(path = "/status", method = "get", operation_id = "getStatus")]
    async fn get(&self, by: By<Keeper>) -> Result<Json<Status>, Problem> {
        let app = &by.app;
        Ok(Json(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: app.settings.backend.clone(),
            started_at: app.settings.started_at.into(),
            now: app.now().into(),
            totals: app.store().totals().await?.into(),
            poller: app.poller.status().into(),
            canaries: canaries(app).await?,
            alarms: app.store().alarms().await?.iter().map(Alarm::from).collect(),
            selectors: app.tracker.selectors().into_iter().map(Selector::from).collect(),
            account: app.budgets.account().map(Account::from),
            checkpoint: last_checkpoint(app).await?,
            budgets: app.budgets.budgets().into_iter().map(Budget::from).collect(),
        }))
    }
}
