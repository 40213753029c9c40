//! `/audit`: who did what, and whether the chain is whole.

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::organisers::read::audit::{self, AuditRow, Verification};

const PER_PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    before: Option<i64>,
    verify: Option<String>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    f: Frame,
    rows: Vec<AuditRow>,
    next: Option<i64>,
    verification: Option<Verification>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(wanted): Query<Wanted>) -> Reply {
    visitor.organiser()?;
    let (before, verify) = (wanted.before, wanted.verify.is_some());
    let look = visitor.desk.look(move |conn| {
        let verification = if verify { Some(audit::verify(conn)?) } else { None };
        Ok((audit::list(conn, before, PER_PAGE)?, verification))
    });
    let (found, verification) = look.await?;
    let f = visitor.frame(Nav::Audit, visitor.t.nav_audit);
    visitor.show(&Audit { f, rows: found.items, next: found.next, verification })
}
