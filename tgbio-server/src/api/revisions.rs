//! `/profiles/{p}/revisions`: the history of a profile.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::Group;
use super::access::{Admin, By, Reader};
use super::cursor::{self, usual_limit};
use super::profiles::Removed;
use crate::http::Problem;
use crate::wire::{Revision, RevisionPage};

/// The operations.
pub(super) struct Revisions;

pub(super) fn no_such_revision() -> Problem {
    Problem::not_found("the profile has no revision of this number; it may have been removed")
}

fn place(revision: &tgbio_core::store::Revision) -> i64 {
    i64::try_from(revision.number).unwrap_or(i64::MAX)
}

#[OpenApi(tag = "Group::History")]
impl Revisions {
    /// The history of a profile, oldest first.
    #[oai(path = "/profiles/:p/revisions", method = "get", operation_id = "listRevisions")]
    async fn list(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// `next_cursor` of the page before.
        #[oai(validator(pattern = "^r[0-9a-f]{1,15}$"))]
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<RevisionPage>, Problem> {
        let after = cursor::read('r', cursor.as_deref())?.unwrap_or(0).unsigned_abs();
        let id = by.profile(&p).await?.id;
        let limit = limit.0 as usize;
        let mut rows = by.app.store().revisions(id, after, limit + 1).await?;
        let next_cursor = cursor::cut(&mut rows, limit, 'r', place);
        Ok(Json(RevisionPage { items: rows.iter().map(Revision::from).collect(), next_cursor }))
    }

    /// One revision.
    #[oai(path = "/profiles/:p/revisions/:number", method = "get", operation_id = "getRevision")]
    async fn get(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// The revision's number.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        number: Path<u64>,
    ) -> Result<Json<Revision>, Problem> {
        let id = by.profile(&p).await?.id;
        let revision = by.app.store().revision(id, number.0).await?.ok_or_else(no_such_revision)?;
        Ok(Json(Revision::from(&revision)))
    }

    /// Remove one revision for good.
    ///
    /// A tombstone without content stays in its place. When the revisions before and after it are then equal, the
    /// later one goes too. While the profile is monitored and the source still shows what the newest revision held, the next
    /// look writes it anew: pause the profile before.
    #[oai(path = "/profiles/:p/revisions/:number", method = "delete", operation_id = "removeRevision")]
    async fn remove(
        &self,
        by: By<Admin>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// The revision's number.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        number: Path<u64>,
    ) -> Result<Removed, Problem> {
        let id = by.profile(&p).await?.id;
        by.app.store().remove_revision(id, number.0, by.app.now(), &by.actor()).await?;
        by.app.answers().forget(id);
        Ok(Removed::Done)
    }
}
