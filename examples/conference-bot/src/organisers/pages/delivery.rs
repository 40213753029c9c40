//! `/delivery`: letters on their way and dead ones; `/reports`: what people reported with /error.

use askama::Template;
use poem::handler;
use poem::web::{Path, Query};
use serde::Deserialize;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::actions::settings as set;
use crate::organisers::read::PER_PAGE;
use crate::organisers::read::delivery::{self, FailureRow, LetterRow, ReportRow};
use crate::organisers::read::statistics::Count;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct Delivery {
    f: Frame,
    counts: Vec<Count>,
    state: String,
    rows: Vec<LetterRow>,
    next: Option<String>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(wanted): Query<Wanted>) -> Reply {
    visitor.organiser()?;
    let state = ["queued", "sending", "sent", "dead"].into_iter().find(|state| *state == wanted.state);
    let before = wanted.before;
    let look = visitor
        .desk
        .look(move |conn| Ok((delivery::counts(conn)?, delivery::letters(conn, state, before, PER_PAGE)?)));
    let (counts, found) = look.await?;
    let state = state.unwrap_or_default().to_owned();
    let next = found.next.map(|next| format!("/delivery?state={state}&before={next}"));
    let f = visitor.frame(Nav::Delivery, visitor.t.nav_delivery);
    visitor.show(&Delivery { f, counts, state, rows: found.items, next })
}

#[handler]
pub(super) async fn retry(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.organiser()?;
    let done = visitor.act(staff, move |act| set::retry(act, id)).await?;
    Ok(visitor.after("/delivery?state=dead", done.map(|()| None)))
}

#[derive(Template)]
#[template(path = "reports.html")]
struct Reports {
    f: Frame,
    rows: Vec<ReportRow>,
    failures: Vec<FailureRow>,
    next: Option<i64>,
}

#[handler]
pub(super) async fn reports(visitor: Visitor, Query(wanted): Query<Wanted>) -> Reply {
    visitor.organiser()?;
    let before = wanted.before;
    let look = visitor
        .desk
        .look(move |conn| Ok((delivery::reports(conn, before, PER_PAGE)?, delivery::failures(conn)?)));
    let (found, failures) = look.await?;
    let f = visitor.frame(Nav::Reports, visitor.t.nav_reports);
    visitor.show(&Reports { f, rows: found.items, failures, next: found.next })
}

#[handler]
pub(super) async fn close(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.organiser()?;
    let done = visitor.act(staff, move |act| set::close_report(act, id)).await?;
    Ok(visitor.after("/reports", done.map(|()| None)))
}
