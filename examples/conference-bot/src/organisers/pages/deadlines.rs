//! `/deadlines`: time limits, and secret links for being late or for a role.

use askama::Template;
use poem::handler;
use poem::web::Form;
use serde::Deserialize;
use tgbio_server::http::{Problem, kinds};

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, number};
use crate::actions::settings as set;
use crate::domain::{DeadlineKind, HOUR, Role};
use crate::organisers::read::settings;
use crate::organisers::read::settings::{DeadlineRow, PassRow, SectionRow};
use crate::store::passes::Gift;

#[derive(Template)]
#[template(path = "deadlines.html")]
struct Deadlines {
    f: Frame,
    sections: Vec<SectionRow>,
    deadlines: Vec<DeadlineRow>,
    passes: Vec<PassRow>,
    link: Option<String>,
}

async fn page(visitor: &Visitor, link: Option<String>) -> Reply {
    let now = visitor.desk.world.now();
    let look = visitor.desk.look(move |conn| {
        Ok((settings::sections(conn)?, settings::deadlines(conn)?, settings::passes(conn, now)?))
    });
    let (sections, deadlines, passes) = look.await?;
    let f = visitor.frame(Nav::Deadlines, visitor.t.nav_deadlines);
    visitor.show(&Deadlines { f, sections, deadlines, passes, link })
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.organiser()?;
    page(&visitor, None).await
}

fn wrong(what: &str) -> Problem {
    Problem::new(kinds::UNPROCESSABLE, format!("{what} cannot be used; go back and choose another one"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Limit {
    kind: String,
    section: String,
    at: String,
    grace: String,
}

#[handler]
pub(super) async fn set_limit(visitor: Visitor, Form(given): Form<Limit>) -> Reply {
    let staff = visitor.organiser()?;
    let kind = DeadlineKind::of(&given.kind).ok_or_else(|| wrong("the kind"))?;
    let section = number(&given.section)?;
    let at = match given.at.trim() {
        "" => None,
        text => Some(visitor.desk.world.at_local(text).ok_or_else(|| wrong("the time"))?),
    };
    let grace = number(&given.grace)?.unwrap_or(0);
    let done = visitor.act(staff, move |act| set::deadline(act, kind, section, at, grace)).await?;
    Ok(visitor.after("/deadlines", done.map(|()| None)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    gift: String,
    section: String,
    hours: String,
    uses: String,
}

/// The link is shown once: only its hash is kept.
#[handler]
pub(super) async fn make_link(visitor: Visitor, Form(given): Form<Link>) -> Reply {
    let staff = visitor.organiser()?;
    let section = number(&given.section)?;
    let gift = match given.gift.split_once(':') {
        Some(("late", kind)) => DeadlineKind::of(kind).map(|kind| Gift::Late(kind, section)),
        Some(("role", role)) => Role::of(role).map(|role| Gift::Role(role, section)),
        _ => None,
    };
    let gift = gift.ok_or_else(|| wrong("what the link gives"))?;
    let uses = number(&given.uses)?.unwrap_or(1);
    let hours = number(&given.hours)?.unwrap_or(24).clamp(0, 24 * 365);
    let done = visitor.act(staff, move |act| set::link(act, gift, uses, act.now + hours * HOUR)).await?;
    match done {
        Ok(token) => page(&visitor, Some(visitor.desk.world.deep_link(&token))).await,
        refused => Ok(visitor.after("/deadlines", refused.map(|_| None))),
    }
}
