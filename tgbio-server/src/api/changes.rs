//! `/changes`: the feed of everything that changed.

use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::Group;
use super::access::{By, Reader};
use super::cursor::usual_limit;
use crate::http::Problem;
use crate::wire::{ChangePage, LoggedChange};

/// The operations.
pub(super) struct Changes;

#[OpenApi(tag = "Group::Changes")]
impl Changes {
    /// The change log after a place, oldest first.
    ///
    /// Keep `next_after` and ask with it again: nothing is ever told twice, and nothing is left out.
    #[oai(path = "/changes", method = "get", operation_id = "listChanges")]
    async fn list(
        &self,
        by: By<Reader>,
        /// The last `seq` that is known; without it the log starts at its beginning.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "9000000000000000")))]
        after: Query<u64>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<u32>,
    ) -> Result<Json<ChangePage>, Problem> {
        let rows = by.app.store().changes(after.0, limit.0 as usize).await?;
        let next_after = rows.last().map_or(after.0, |change| change.seq);
        Ok(Json(ChangePage { items: rows.iter().map(LoggedChange::from).collect(), next_after }))
    }
}
