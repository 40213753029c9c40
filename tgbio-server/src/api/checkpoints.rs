//! `/checkpoints`: signed heads of the chain of all revisions.

use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::Group;
use super::access::{Admin, By, Keeper, to_end};
use super::cursor::{self, usual_limit};
use crate::checkpoint::{CheckpointError, Checkpoints};
use crate::http::{Problem, kinds};
use crate::state::App;
use crate::wire::{Checkpoint, CheckpointPage};

/// The operations.
pub(super) struct CheckpointList;

fn of(app: &App) -> Result<&Checkpoints, Problem> {
    app.checkpoints().ok_or_else(|| Problem::new(kinds::UNAVAILABLE, "this server makes no checkpoints"))
}

impl From<CheckpointError> for Problem {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "no checkpoint");
                Self::new(kinds::UNAVAILABLE, "no checkpoint could be made: the server's log says why")
            }
        }
    }
}

#[OpenApi(tag = "Group::Server")]
impl CheckpointList {
    /// The checkpoints, newest first, and where they were sent.
    #[oai(path = "/checkpoints", method = "get", operation_id = "listCheckpoints")]
    async fn list(
        &self,
        by: By<Keeper>,
        /// `next_cursor` of the page before.
        #[oai(validator(pattern = "^k[0-9a-f]{1,15}$"))]
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<CheckpointPage>, Problem> {
        let before = cursor::read('k', cursor.as_deref())?.and_then(|id| u64::try_from(id).ok());
        let limit = limit.0 as usize;
        let mut rows = of(&by.app)?.list(before.unwrap_or(u64::MAX), limit + 1).await?;
        let next_cursor =
            cursor::cut(&mut rows, limit, 'k', |kept| i64::try_from(kept.id).unwrap_or(i64::MAX));
        Ok(Json(CheckpointPage { items: rows.iter().map(Checkpoint::from).collect(), next_cursor }))
    }

    /// Sign the present head of the chain, and send it to the configured places.
    #[oai(path = "/checkpoints", method = "post", operation_id = "makeCheckpoint")]
    async fn make(&self, by: By<Admin>) -> Result<Json<Checkpoint>, Problem> {
        let (checkpoints, now, actor) = (of(&by.app)?.clone(), by.app.now(), by.actor());
        let made = to_end(async move { checkpoints.send(checkpoints.make(now, &actor).await?).await });
        Ok(Json(Checkpoint::from(&made.await??)))
    }
}
