//! `/held`: changes that wait until repeats confirm them or a person decides, and those that a person has rejected.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use tgbio_core::store::{Decision, HeldId};

use super::Group;
use super::access::{By, Keeper, Writer};
use super::cursor::{self, usual_limit};
use crate::http::Problem;
use crate::wire::{Held, HeldPage, Rejected, RejectedChanges};

/// The operations.
pub(super) struct HeldChanges;

async fn settle(by: &By<Writer>, id: i64, decision: Decision) -> Result<Json<Held>, Problem> {
    let held = by.app.store().settle(HeldId(id), decision, by.app.now(), &by.actor()).await?;
    Ok(Json(Held::from(&held)))
}

#[OpenApi(tag = "Group::Held")]
impl HeldChanges {
    /// The waiting changes, oldest first.
    #[oai(path = "/held", method = "get", operation_id = "listHeld")]
    async fn list(
        &self,
        by: By<Keeper>,
        /// `next_cursor` of the page before.
        #[oai(validator(pattern = "^h[0-9a-f]{1,15}$"))]
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<HeldPage>, Problem> {
        let after = cursor::read('h', cursor.as_deref())?.unwrap_or(0);
        let limit = limit.0 as usize;
        let mut rows = by.app.store().held(None, after, limit + 1).await?;
        let next_cursor = cursor::cut(&mut rows, limit, 'h', |held| held.id.0);
        let alarms = by.app.store().alarms().await?;
        let items = rows.iter().map(|held| Held::among(held, &alarms)).collect();
        Ok(Json(HeldPage { items, next_cursor }))
    }

    /// What a person has rejected of a profile and its source still shows, oldest first. It is no part of the history.
    #[oai(path = "/profiles/:p/rejected", method = "get", operation_id = "listRejected")]
    async fn rejected(
        &self,
        by: By<Keeper>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
    ) -> Result<Json<RejectedChanges>, Problem> {
        let id = by.profile(&p).await?.id;
        let rejected = by.app.store().rejected(id).await?;
        Ok(Json(RejectedChanges { items: rejected.iter().map(Rejected::from).collect(), next_cursor: None }))
    }

    /// It is true: write it into the history.
    #[oai(path = "/held/:id/accept", method = "post", operation_id = "acceptHeld")]
    async fn accept(
        &self,
        by: By<Writer>,
        /// The waiting change's id.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        id: Path<i64>,
    ) -> Result<Json<Held>, Problem> {
        settle(&by, id.0, Decision::Accept).await
    }

    /// It is not true: keep the old state until something else is seen.
    #[oai(path = "/held/:id/reject", method = "post", operation_id = "rejectHeld")]
    async fn reject(
        &self,
        by: By<Writer>,
        /// The waiting change's id.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        id: Path<i64>,
    ) -> Result<Json<Held>, Problem> {
        settle(&by, id.0, Decision::Reject).await
    }
}
