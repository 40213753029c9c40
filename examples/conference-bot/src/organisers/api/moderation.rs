//! `/applications`.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use tgbio_server::http::Problem;

use super::Group;
use super::access::{By, Moderates, SeesPeople, nothing};
use super::wire::{Comment, Done};
use crate::organisers::read;
use crate::organisers::read::people::ApplicationRow;
use crate::organisers::work::{self, ApplicationVerb};

/// The operations.
pub(super) struct Moderation;

#[OpenApi(tag = "Group::Moderation")]
impl Moderation {
    /// Applications that wait, oldest first, with who has them in hand.
    #[oai(path = "/applications", method = "get", operation_id = "listApplications")]
    async fn list(&self, by: By<SeesPeople>) -> Result<Json<Vec<ApplicationRow>>, Problem> {
        Ok(Json(by.desk.look(read::queue::applications).await?))
    }

    /// One application.
    #[oai(path = "/applications/:id", method = "get", operation_id = "getApplication")]
    async fn get(
        &self,
        by: By<SeesPeople>,
        /// The application's number.
        id: Path<i64>,
    ) -> Result<Json<ApplicationRow>, Problem> {
        let found = by.desk.look(move |conn| read::people::application_by_id(conn, id.0)).await?;
        found.map(Json).ok_or_else(nothing)
    }

    /// Takes an application in hand, gives it back or decides about it. One moderator has it at a time; the others get
    /// a conflict that says who has it and until when.
    #[oai(path = "/applications/:id/:verb", method = "post", operation_id = "moderateApplication")]
    async fn work(
        &self,
        by: By<Moderates>,
        /// The application's number.
        id: Path<i64>,
        /// What to do.
        verb: Path<ApplicationVerb>,
        body: Json<Comment>,
    ) -> Result<Json<Done>, Problem> {
        let text = body.0.comment.unwrap_or_default();
        Ok(Json(by.act(move |act| work::application(act, id.0, verb.0, &text)).await?.into()))
    }
}
