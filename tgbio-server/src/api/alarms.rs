//! `/surges`: many profiles that change in the same way, decided about at once; `/drifts`: circuit breakers, closed by a
//! person who knows better.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use tgbio_core::store::Decision;
use tgbio_core::{settle_drift, settle_surge};

use super::Group;
use super::access::{By, Writer};
use crate::http::Problem;
use crate::wire::{Alarm, SettledSurge, drift_key};

/// The operations.
pub(super) struct Surges;

async fn settle(by: &By<Writer>, kind: &str, decision: Decision) -> Result<Json<SettledSurge>, Problem> {
    let key = format!("surge/{kind}");
    let store = &**by.app.store();
    let settled = settle_surge(store, &key, decision, by.app.now(), &by.actor()).await?;
    Ok(Json(SettledSurge { settled }))
}

#[OpenApi(tag = "Group::Held")]
impl Surges {
    /// All of it is true: write every change that the surge holds, and end its alarm.
    #[oai(path = "/surges/:kind/accept", method = "post", operation_id = "acceptSurge")]
    async fn accept(
        &self,
        by: By<Writer>,
        /// The kind of change, like `emptied:bio`: `surge` of an alarm.
        #[oai(validator(pattern = "^[a-z_]{1,30}:[a-z_]{1,30}$"))]
        kind: Path<String>,
    ) -> Result<Json<SettledSurge>, Problem> {
        settle(&by, &kind, Decision::Accept).await
    }

    /// None of it is true: keep the old states until something else is seen, and end the alarm.
    #[oai(path = "/surges/:kind/reject", method = "post", operation_id = "rejectSurge")]
    async fn reject(
        &self,
        by: By<Writer>,
        /// The kind of change, like `emptied:bio`: `surge` of an alarm.
        #[oai(validator(pattern = "^[a-z_]{1,30}:[a-z_]{1,30}$"))]
        kind: Path<String>,
    ) -> Result<Json<SettledSurge>, Problem> {
        settle(&by, &kind, Decision::Reject).await
    }
}

/// The operations about circuit breakers.
pub(super) struct Drifts;

async fn decide(by: &By<Writer>, drift: &str, decision: Decision) -> Result<Json<Alarm>, Problem> {
    let store = &**by.app.store();
    let alarm = settle_drift(store, &drift_key(drift), decision, by.app.now(), &by.actor()).await?;
    Ok(Json(Alarm::from(&alarm)))
}

#[OpenApi(tag = "Group::Held")]
impl Drifts {
    /// What the source shows is right: close the breaker, and judge the field or the backend as ever. What looks empty waits
    /// for its repeats as usual. It holds as long as its cause lasts and nothing else loses the field.
    #[oai(path = "/drifts/:drift/accept", method = "post", operation_id = "acceptDrift")]
    async fn accept(
        &self,
        by: By<Writer>,
        /// The breaker, like `scrape:bio` or `scrape`: `drift` of an alarm.
        #[oai(validator(pattern = "^[a-z_]{1,30}(:[a-z_]{1,30})?$"))]
        drift: Path<String>,
    ) -> Result<Json<Alarm>, Problem> {
        decide(&by, &drift, Decision::Accept).await
    }

    /// The source is wrong after all: take an acceptance back, so that the breaker is open again while its cause lasts.
    #[oai(path = "/drifts/:drift/reject", method = "post", operation_id = "rejectDrift")]
    async fn reject(
        &self,
        by: By<Writer>,
        /// The breaker, like `scrape:bio` or `scrape`: `drift` of an alarm.
        #[oai(validator(pattern = "^[a-z_]{1,30}(:[a-z_]{1,30})?$"))]
        drift: Path<String>,
    ) -> Result<Json<Alarm>, Problem> {
        decide(&by, &drift, Decision::Reject).await
    }
}
