//! `/exports`: everything as files, streamed.

use askama::Template;
use poem::handler;
use poem::web::Path;

use super::frame::{Frame, Nav};
use super::person::attachment;
use super::visitor::{Reply, Visitor, nothing};
use crate::organisers::export::book::Book;
use crate::organisers::export::{archive, csv, json, streamed};

#[derive(Template)]
#[template(path = "exports.html")]
struct Exports {
    f: Frame,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.organiser()?;
    visitor.show(&Exports { f: visitor.frame(Nav::Exports, visitor.t.nav_exports) })
}

/// Who took what out stands in the audit log.
async fn noted(visitor: &Visitor, name: &'static str) -> Result<(), tgbio_server::http::Problem> {
    let who = visitor.organiser()?.who(visitor.locale);
    let noted = visitor.desk.act(who, move |act| act.audit("exported", ("conference", 0), name));
    noted.await.map_err(crate::organisers::staff::problem)
}

#[handler]
pub(super) async fn file(visitor: Visitor, Path(name): Path<String>) -> Reply {
    visitor.organiser()?;
    let world = visitor.desk.world.clone();
    if let Some(table) = csv::TABLES.iter().copied().find(|table| name == format!("{table}.csv")) {
        noted(&visitor, table).await?;
        let body =
            streamed(&visitor.desk, move |conn, pipe| csv::write(conn, &world, table, pipe).map(|_| ()))
                .await?;
        return Ok(attachment("text/csv; charset=utf-8", &name, body));
    }
    if let Some(book) = Book::named(&name, visitor.locale) {
        noted(&visitor, "abstracts").await?;
        let body = streamed(&visitor.desk, move |conn, pipe| book.write(conn, &world, pipe)).await?;
        return Ok(attachment(book.media_type(), &name, body));
    }
    match name.as_str() {
        "conference.json" => {
            noted(&visitor, "json").await?;
            let body = streamed(&visitor.desk, json::write).await?;
            Ok(attachment("application/json", &name, body))
        }
        "documents.zip" => {
            noted(&visitor, "zip").await?;
            let body = streamed(&visitor.desk, move |conn, pipe| archive::write(conn, &world, pipe)).await?;
            Ok(attachment("application/zip", &name, body))
        }
        _ => Err(nothing()),
    }
}
