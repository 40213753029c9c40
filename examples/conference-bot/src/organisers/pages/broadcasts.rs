//! `/broadcasts`: messages to many, looked at before they are sent.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path};
use serde::Deserialize;
use tgbio_server::http::site::see_other;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, nothing, number};
use crate::actions::broadcast::{self, Audience, Draft, Reach};
use crate::organisers::read::broadcasts::BroadcastRow;
use crate::organisers::read::settings::SectionRow;
use crate::organisers::read::{broadcasts, settings};
use crate::store::Stop;

#[derive(Template)]
#[template(path = "broadcasts.html")]
struct Broadcasts {
    f: Frame,
    rows: Vec<BroadcastRow>,
    sections: Vec<SectionRow>,
    given: Given,
    error: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    status: String,
    application: String,
    section: String,
    paper: String,
    role: String,
    text_ru: String,
    text_en: String,
}

async fn page(visitor: &Visitor, given: Given, error: Option<String>) -> Reply {
    let look = visitor.desk.look(|conn| Ok((broadcasts::newest(conn)?, settings::sections(conn)?)));
    let (rows, sections) = look.await?;
    let f = visitor.frame(Nav::Broadcasts, visitor.t.nav_broadcasts);
    visitor.show(&Broadcasts { f, rows, sections, given, error })
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.organiser()?;
    page(&visitor, Given::default(), None).await
}

fn word(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A text that cannot be used leads back to the form, which keeps what was written.
#[handler]
pub(super) async fn write(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let staff = visitor.organiser()?;
    let audience = Audience {
        status: word(&given.status),
        application: word(&given.application),
        section: number(&given.section)?,
        paper: word(&given.paper),
        role: word(&given.role),
    };
    let (ru, en) = (given.text_ru.clone(), given.text_en.clone());
    match visitor.act(staff, move |act| broadcast::draft(act, &audience, &ru, &en)).await? {
        Ok(id) => Ok(see_other(&format!("/broadcasts/{id}"))),
        Err(Stop::Refused(say)) => page(&visitor, given, Some(say.text(visitor.locale))).await,
        Err(stop) => Err(crate::organisers::staff::problem(stop)),
    }
}

#[derive(Template)]
#[template(path = "broadcast.html")]
struct Preview {
    f: Frame,
    draft: Draft,
    reach: Reach,
    audience: Vec<String>,
}

#[handler]
pub(super) async fn preview(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    visitor.organiser()?;
    let look = visitor.desk.look(move |conn| {
        let Some(draft) = broadcast::get(conn, id)? else { return Ok(None) };
        let reach = broadcast::reach(conn, &draft.audience)?;
        Ok(Some((draft, reach, settings::sections(conn)?)))
    });
    let (draft, reach, sections) = look.await?.ok_or_else(nothing)?;
    let f = visitor.frame(Nav::Broadcasts, visitor.t.broadcast_preview);
    let audience = described(&f, &draft.audience, &sections);
    visitor.show(&Preview { f, draft, reach, audience })
}

fn described(f: &Frame, audience: &Audience, sections: &[SectionRow]) -> Vec<String> {
    let of = |group: &str, word: &Option<String>| word.as_ref().map(|word| f.word(group, word));
    let section = sections.iter().find(|row| Some(row.id) == audience.section).map(|row| f.section(row));
    let parts = [
        of("status", &audience.status),
        of("application", &audience.application),
        section,
        of("state", &audience.paper),
        of("role", &audience.role),
    ];
    parts.into_iter().flatten().collect()
}

#[handler]
pub(super) async fn send(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.organiser()?;
    let done = visitor.act(staff, move |act| broadcast::send(act, id)).await?;
    let said = |count: i64| Some(format!("{} {count}", visitor.t.broadcast_queued));
    Ok(visitor.after(&format!("/broadcasts/{id}"), done.map(said)))
}
