//! `/surges`: many profiles that change in the same way, decided about at once.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use tgbio_core::settle_surge;
use tgbio_core::store::Decision;

use super::Group;
use super::access::{By, Writer};
use crate::http::Problem;
use crate::wire::SettledSurge;

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
