//! `/queue` and `/applications/ID`: what waits for moderators, taken in hand by one of them at a time.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path};
use serde::Deserialize;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, nothing};
use crate::domain::{PaperState, Role};
use crate::organisers::read::papers::PaperRow;
use crate::organisers::read::people::{ApplicationRow, PersonCard};
use crate::organisers::read::{self};
use crate::organisers::work::{self, ApplicationVerb};

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    f: Frame,
    applications: Vec<ApplicationRow>,
    papers: Vec<PaperRow>,
    me: i64,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    let me = visitor.with(&[Role::Moderator])?.person;
    let look = visitor.desk.look(|conn| {
        Ok((read::queue::applications(conn)?, read::papers::waiting(conn, PaperState::Submitted)?))
    });
    let (applications, papers) = look.await?;
    visitor.show(&Queue { f: visitor.frame(Nav::Queue, visitor.t.nav_queue), applications, papers, me })
}

#[handler]
pub(super) async fn undo(visitor: Visitor) -> Reply {
    let staff = visitor.with(&[Role::Moderator])?;
    visitor.act_and_go(staff, "/queue", work::undo).await
}

#[derive(Template)]
#[template(path = "application.html")]
struct Application {
    f: Frame,
    application: ApplicationRow,
    card: PersonCard,
    held: bool,
    taken: bool,
    open: bool,
}

#[handler]
pub(super) async fn card(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.with(&[Role::Moderator])?;
    let look = visitor.desk.look(move |conn| {
        let Some(application) = read::people::application_by_id(conn, id)? else { return Ok(None) };
        let card = read::people::card(conn, application.person_id)?;
        Ok(card.map(|card| (application, card)))
    });
    let (application, card) = look.await?.ok_or_else(nothing)?;
    let leased = application.claim_expires.is_some_and(|until| until > visitor.desk.world.now());
    let mine = application.claimed_by == Some(staff.person);
    let f = visitor.frame(Nav::Queue, card.person.name.clone().unwrap_or_else(|| "—".to_owned()));
    let open = application.state == "submitted";
    visitor.show(&Application {
        f,
        held: open && leased && mine,
        taken: leased && !mine,
        open,
        application,
        card,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    comment: String,
    full_name: String,
    abbr: String,
    abbr_en: String,
}

#[handler]
pub(super) async fn moderate(
    visitor: Visitor,
    Path((id, verb)): Path<(i64, String)>,
    Form(given): Form<Given>,
) -> Reply {
    let staff = visitor.with(&[Role::Moderator])?;
    let verb = match verb.as_str() {
        "claim" => ApplicationVerb::Claim,
        "release" => ApplicationVerb::Release,
        "approve" => ApplicationVerb::Approve,
        "request_changes" => ApplicationVerb::RequestChanges,
        "reject" => ApplicationVerb::Reject,
        _ => return Err(nothing()),
    };
    let done = visitor.act(staff, move |act| work::application(act, id, verb, &given.comment)).await?;
    let stays = done.is_err() || verb == ApplicationVerb::Claim;
    let to = if stays { format!("/applications/{id}") } else { "/queue".to_owned() };
    Ok(visitor.after(&to, done.map(|done| done.notice.map(|say| say.text(visitor.locale)))))
}

#[handler]
pub(super) async fn organisation(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Given>) -> Reply {
    let staff = visitor.with(&[Role::Moderator])?;
    let correct = move |act: &crate::actions::Act<'_>| {
        work::organisation(act, id, [&given.full_name, &given.abbr, &given.abbr_en])
    };
    visitor.act_and_go(staff, &format!("/applications/{id}"), correct).await
}
