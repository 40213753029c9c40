//! `/slots`: the programme's editor; `/programme`, `/programme.ics` and `/programme.md`: what everybody sees of it.

use askama::Template;
use poem::http::header;
use poem::web::{Form, Path};
use poem::{Response, handler};
use serde::Deserialize;
use tgbio_server::http::{Problem, kinds};

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, number};
use crate::actions::programme::{self, Slot};
use crate::organisers::export::{calendar, markdown};
use crate::organisers::read;
use crate::organisers::read::papers::PaperRow;
use crate::organisers::read::programme::SlotRow;
use crate::organisers::read::settings::SectionRow;

#[derive(Template)]
#[template(path = "slots.html")]
struct Editor {
    f: Frame,
    slots: Vec<SlotRow>,
    papers: Vec<PaperRow>,
    sections: Vec<SectionRow>,
    rooms: Vec<String>,
}

#[handler]
pub(super) async fn edit(visitor: Visitor) -> Reply {
    visitor.organiser()?;
    let look = visitor.desk.look(|conn| {
        let slots = read::programme::slots(conn)?;
        Ok((slots, read::programme::unplaced(conn)?, read::settings::sections(conn)?))
    });
    let (slots, papers, sections) = look.await?;
    let mut rooms: Vec<String> = slots.iter().map(|slot| slot.room.clone()).collect();
    rooms.sort();
    rooms.dedup();
    let f = visitor.frame(Nav::Programme, visitor.t.nav_programme);
    visitor.show(&Editor { f, slots, papers, sections, rooms })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    paper: String,
    title: String,
    section: String,
    room: String,
    starts_at: String,
    minutes: String,
}

impl Given {
    fn time(&self, visitor: &Visitor) -> Result<i64, Problem> {
        let wrong =
            || Problem::new(kinds::UNPROCESSABLE, "the time cannot be used; go back and choose another one");
        visitor.desk.world.at_local(&self.starts_at).ok_or_else(wrong)
    }
}

#[handler]
pub(super) async fn add(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let staff = visitor.organiser()?;
    let slot = Slot {
        section: number(&given.section)?,
        paper: number(&given.paper)?,
        title: Some(given.title.clone()).filter(|title| !title.trim().is_empty()),
        room: given.room.clone(),
        starts_at: given.time(&visitor)?,
        minutes: number(&given.minutes)?.unwrap_or(0),
    };
    let done = visitor.act(staff, move |act| programme::add(act, slot)).await?;
    Ok(visitor.after("/slots", done.map(|_| None)))
}

#[handler]
pub(super) async fn shift(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Given>) -> Reply {
    let staff = visitor.organiser()?;
    let (at, minutes) = (given.time(&visitor)?, number(&given.minutes)?.unwrap_or(0));
    let done = visitor.act(staff, move |act| programme::shift(act, id, &given.room, at, minutes)).await?;
    Ok(visitor.after("/slots", done.map(|()| None)))
}

#[handler]
pub(super) async fn remove(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.organiser()?;
    let done = visitor.act(staff, move |act| programme::remove(act, id)).await?;
    Ok(visitor.after("/slots", done.map(|()| None)))
}

/// The slots of one day.
struct PublicDay {
    date: String,
    slots: Vec<SlotRow>,
}

#[derive(Template)]
#[template(path = "programme.html")]
struct Public {
    f: Frame,
    days: Vec<PublicDay>,
}

#[handler]
pub(super) async fn public(visitor: Visitor) -> Reply {
    let slots = visitor.desk.look(read::programme::slots).await?;
    let f = visitor.frame(Nav::Programme, visitor.t.nav_programme);
    let mut days: Vec<PublicDay> = Vec::new();
    for slot in slots {
        let date = visitor.desk.world.local(slot.starts_at).strftime("%d.%m.%Y").to_string();
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.slots.push(slot),
            None => days.push(PublicDay { date, slots: vec![slot] }),
        }
    }
    visitor.show(&Public { f, days })
}

#[handler]
pub(super) async fn ics(visitor: Visitor) -> Reply {
    let slots = visitor.desk.look(read::programme::slots).await?;
    let text = calendar::write(&visitor.desk.world, visitor.locale, &slots);
    Ok(file("text/calendar; charset=utf-8", "programme.ics", text))
}

#[handler]
pub(super) async fn plain(visitor: Visitor) -> Reply {
    let slots = visitor.desk.look(read::programme::slots).await?;
    let text = markdown::programme(&visitor.desk.world, visitor.locale, &slots);
    Ok(file("text/markdown; charset=utf-8", "programme.md", text))
}

fn file(media_type: &str, name: &str, text: String) -> Response {
    Response::builder()
        .content_type(media_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-cache")
        .body(text)
}
