//! `/people`.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use tgbio_server::http::Problem;

use super::Group;
use super::access::{By, Erases, Oversees, SeesPeople, nothing};
use super::wire::{Done, PeoplePage, place, usual_limit, word};
use crate::actions::privacy;
use crate::domain::{ApplicationState, Status};
use crate::organisers::read;
use crate::organisers::read::people::{Filter, PersonCard};

/// The operations.
pub(super) struct People;

#[OpenApi(tag = "Group::People")]
impl People {
    /// People, newest first.
    #[oai(path = "/people", method = "get", operation_id = "listPeople")]
    async fn list(
        &self,
        by: By<SeesPeople>,
        /// A part of a name, an address, a number, a @name or an organisation.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// `pupil`, `student`, `postgraduate` or `employee`.
        status: Query<Option<String>>,
        /// How far the registration is.
        application: Query<Option<String>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<PeoplePage>, Problem> {
        let filter = Filter {
            text: q.0.unwrap_or_default(),
            status: word(status.as_deref(), Status::of, "status")?,
            application: word(application.as_deref(), ApplicationState::of, "application")?,
        };
        let before = place(cursor.as_deref())?;
        let found = by.desk.look(move |conn| read::people::list(conn, &filter, before, limit.0 as usize));
        Ok(Json(found.await?.into()))
    }

    /// Everything that organisers see of a person.
    #[oai(path = "/people/:id", method = "get", operation_id = "getPerson")]
    async fn get(
        &self,
        by: By<SeesPeople>,
        /// The person's number.
        id: Path<i64>,
    ) -> Result<Json<PersonCard>, Problem> {
        by.desk.look(move |conn| read::people::card(conn, id.0)).await?.map(Json).ok_or_else(nothing)
    }

    /// Erases a person: nothing that they wrote or sent stays.
    #[oai(path = "/people/:id", method = "delete", operation_id = "erasePerson")]
    async fn erase(
        &self,
        by: By<Erases>,
        /// The person's number.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        by.act(move |act| privacy::erase(act, id.0)).await?;
        by.desk.world.db.truncate_log().await?;
        Ok(Json(Done::new("erased")))
    }

    /// All data of a person, for that person.
    #[oai(path = "/people/:id/data", method = "get", operation_id = "exportPerson")]
    async fn data(
        &self,
        by: By<Oversees>,
        /// The person's number.
        id: Path<i64>,
    ) -> Result<Json<serde_json::Value>, Problem> {
        by.desk.look(move |conn| read::people::get(conn, id.0)).await?.ok_or_else(nothing)?;
        by.act(move |act| act.audit("person.exported", ("person", id.0), "")).await?;
        Ok(Json(by.desk.look(move |conn| read::privacy::export(conn, id.0)).await?))
    }
}
