//! `/people`: the list, searched and narrowed.

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;
use tgbio_server::http::site::encoded;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::domain::{ApplicationState, Role, Status};
use crate::organisers::read::people::{Filter, PersonRow};
use crate::organisers::read::{self, PER_PAGE};

/// What the form of the list sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    status: String,
    application: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    f: Frame,
    wanted: Wanted,
    rows: Vec<PersonRow>,
    next: Option<String>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(wanted): Query<Wanted>) -> Reply {
    visitor.with(&[Role::Moderator])?;
    let filter = Filter {
        text: wanted.q.clone(),
        status: Status::of(&wanted.status),
        application: ApplicationState::of(&wanted.application),
    };
    let before = wanted.before;
    let found = visitor.desk.look(move |conn| read::people::list(conn, &filter, before, PER_PAGE)).await?;
    let Wanted { q, status, application, .. } = &wanted;
    let next = found.next.map(|next| {
        format!(
            "/people?q={}&status={}&application={}&before={next}",
            encoded(q),
            encoded(status),
            encoded(application)
        )
    });
    visitor.show(&People {
        f: visitor.frame(Nav::People, visitor.t.nav_people),
        rows: found.items,
        next,
        wanted,
    })
}
