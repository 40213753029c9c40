//! `/people/ID`: the card, everything about a person for that person, and erasing.

use askama::Template;
use poem::http::header;
use poem::web::{Form, Path};
use poem::{Body, Response, handler};
use serde::Deserialize;
use tgbio_server::auth::Scope;
use tgbio_server::http::Problem;
use tgbio_server::http::site::Flash;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, nothing};
use crate::actions::privacy;
use crate::domain::Role;
use crate::organisers::export::{archive, streamed};
use crate::organisers::read::people::{PersonCard, PersonRow};
use crate::organisers::read::settings::SectionRow;
use crate::organisers::read::{self, settings};

#[derive(Template)]
#[template(path = "person.html")]
struct Person {
    f: Frame,
    card: PersonCard,
    sections: Vec<SectionRow>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    visitor.with(&[Role::Moderator])?;
    let look = visitor.desk.look(move |conn| Ok((read::people::card(conn, id)?, settings::sections(conn)?)));
    let (card, sections) = look.await?;
    let card = card.ok_or_else(nothing)?;
    let f = visitor.frame(Nav::People, card.person.name.clone().unwrap_or_else(|| "—".to_owned()));
    visitor.show(&Person { f, card, sections })
}

/// All data of a person leaves a line in the audit log.
async fn exported(visitor: &Visitor, id: i64) -> Result<(), Problem> {
    let staff = visitor.organiser()?;
    let who = staff.who(visitor.locale);
    let done = visitor.desk.act(who, move |act| {
        if read::people::get(act.conn, id)?.is_none() {
            return crate::store::refuse("no.person");
        }
        act.audit("person.exported", ("person", id), "")
    });
    match done.await {
        Ok(()) => Ok(()),
        Err(crate::store::Stop::Refused(_)) => Err(nothing()),
        Err(stop) => Err(crate::organisers::staff::problem(stop)),
    }
}

#[handler]
pub(super) async fn data(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    exported(&visitor, id).await?;
    let data = visitor.desk.look(move |conn| read::privacy::export(conn, id)).await?;
    Ok(attachment("application/json", &format!("person-{id}.json"), Body::from_string(format!("{data:#}\n"))))
}

#[handler]
pub(super) async fn package(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    exported(&visitor, id).await?;
    let body = streamed(&visitor.desk, move |conn, pipe| archive::write_person(conn, id, pipe)).await?;
    Ok(attachment("application/zip", &format!("person-{id}.zip"), body))
}

/// A file that is to be saved.
pub(super) fn attachment(media_type: &str, name: &str, body: Body) -> Response {
    Response::builder()
        .content_type(media_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(body)
}

#[derive(Template)]
#[template(path = "erase.html")]
struct Erase {
    f: Frame,
    person: PersonRow,
    wrong: bool,
}

async fn erase_form(visitor: &Visitor, id: i64, wrong: bool) -> Reply {
    let person = visitor.desk.look(move |conn| read::people::get(conn, id)).await?.ok_or_else(nothing)?;
    visitor.show(&Erase { f: visitor.frame(Nav::People, visitor.t.erase_title), person, wrong })
}

#[handler]
pub(super) async fn erase_page(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    visitor.organiser()?;
    erase_form(&visitor, id, false).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Confirmed {
    #[serde(default)]
    number: String,
}

#[handler]
pub(super) async fn erase(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Confirmed>) -> Reply {
    let staff = visitor.organiser()?;
    staff.reaches(Scope::Admin)?;
    if given.number.trim() != id.to_string() {
        return erase_form(&visitor, id, true).await;
    }
    let done = visitor.act(staff, move |act| privacy::erase(act, id)).await?;
    if done.is_err() {
        return Ok(visitor.after(&format!("/people/{id}"), done.map(|()| None)));
    }
    visitor.desk.world.db.truncate_log().await?;
    Ok(visitor.go("/people", &Flash::good(visitor.t.erased)))
}
