//! `/programme`.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use tgbio_server::http::Problem;

use super::Group;
use super::access::{By, Organises, SeesPapers, nothing};
use super::wire::{Done, MovedSlot, NewSlot};
use crate::actions::programme::{self, Slot};
use crate::organisers::read;
use crate::organisers::read::programme::SlotRow;

/// The operations.
pub(super) struct Programme;

#[OpenApi(tag = "Group::Programme")]
impl Programme {
    /// The programme in the order of time.
    #[oai(path = "/programme", method = "get", operation_id = "listSlots")]
    async fn list(&self, by: By<SeesPapers>) -> Result<Json<Vec<SlotRow>>, Problem> {
        Ok(Json(by.desk.look(read::programme::slots).await?))
    }

    /// Puts a confirmed paper, or something else, into the programme.
    #[oai(path = "/programme", method = "post", operation_id = "addSlot")]
    async fn add(&self, by: By<Organises>, body: Json<NewSlot>) -> Result<Json<SlotRow>, Problem> {
        let NewSlot { paper_id, title, section_id, room, starts_at, minutes } = body.0;
        let slot = Slot { section: section_id, paper: paper_id, title, room, starts_at, minutes };
        let id = by.act(move |act| programme::add(act, slot)).await?;
        by.desk.look(move |conn| read::programme::get(conn, id)).await?.map(Json).ok_or_else(nothing)
    }

    /// Moves a slot.
    #[oai(path = "/programme/:id", method = "put", operation_id = "moveSlot")]
    async fn shift(
        &self,
        by: By<Organises>,
        /// The slot's number.
        id: Path<i64>,
        body: Json<MovedSlot>,
    ) -> Result<Json<SlotRow>, Problem> {
        let MovedSlot { room, starts_at, minutes } = body.0;
        by.act(move |act| programme::shift(act, id.0, &room, starts_at, minutes)).await?;
        by.desk.look(move |conn| read::programme::get(conn, id.0)).await?.map(Json).ok_or_else(nothing)
    }

    /// Takes a slot out; its paper waits for another one.
    #[oai(path = "/programme/:id", method = "delete", operation_id = "removeSlot")]
    async fn remove(
        &self,
        by: By<Organises>,
        /// The slot's number.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        by.act(move |act| programme::remove(act, id.0)).await?;
        Ok(Json(Done::new("removed")))
    }
}
