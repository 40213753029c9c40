//! `/sections`: the sections of the conference, made and changed by organisers.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path};
use serde::Deserialize;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, number};
use crate::actions::settings as set;
use crate::domain::{Demand, PaperFormat};
use crate::organisers::read::settings::{self, SectionRow};
use crate::texts::Locale;

#[derive(Template)]
#[template(path = "sections.html")]
struct Sections {
    f: Frame,
    sections: Vec<SectionRow>,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.organiser()?;
    let sections = visitor.desk.look(settings::sections).await?;
    visitor.show(&Sections { f: visitor.frame(Nav::Sections, visitor.t.nav_sections), sections })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    code: String,
    title_ru: String,
    title_en: String,
    language: String,
    position: String,
    active: String,
    permit: String,
    paper_format: String,
}

async fn keep(visitor: &Visitor, id: Option<i64>, given: Given) -> Reply {
    let staff = visitor.organiser()?;
    let new = set::Section {
        code: given.code.trim().to_owned(),
        title_ru: given.title_ru,
        title_en: given.title_en,
        language: Locale::of_code(&given.language).unwrap_or(Locale::Ru),
        position: number(&given.position)?.unwrap_or(0),
        // A box that is not ticked is not sent.
        active: !given.active.is_empty(),
        permit: Demand::of(&given.permit).unwrap_or(Demand::Required),
        paper_format: PaperFormat::of(&given.paper_format).unwrap_or(PaperFormat::Any),
    };
    let done = visitor.act(staff, move |act| set::section(act, id, &new)).await?;
    Ok(visitor.after("/sections", done.map(|_| None)))
}

#[handler]
pub(super) async fn add(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    keep(&visitor, None, given).await
}

#[handler]
pub(super) async fn change(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Given>) -> Reply {
    keep(&visitor, Some(id), given).await
}
