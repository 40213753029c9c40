//! `/documents/ID`: what people sent. It comes from strangers, so browsers may show pictures, only save the rest, and
//! nothing in a file can do anything.

use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};

use super::visitor::{Reply, Visitor, nothing};
use crate::domain::file::{Format, shown_name};
use crate::domain::{DocumentKind, Role};
use crate::organisers::export::streamed;
use crate::organisers::read::settings::within;
use crate::organisers::staff::Staff;
use crate::store::documents::{self, Document};
use crate::store::{Res, all, number};

/// Nothing in the file can do anything, even when it is opened by itself.
const INERT: &str = "default-src 'none'; sandbox";

#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.with(Role::ALL)?.clone();
    let asked = staff.clone();
    let found = visitor.desk.look(move |conn| {
        let Some(document) = documents::get(conn, id)? else { return Ok(None) };
        Ok(may_see(conn, &asked, &document)?.then_some(document))
    });
    let document = found.await?.ok_or_else(nothing)?;
    if document.kind == DocumentKind::Consent {
        let who = staff.who(visitor.locale);
        let seen = visitor.desk.act(who, move |act| act.audit("document.shown", ("document", id), "consent"));
        seen.await.map_err(crate::organisers::staff::problem)?;
    }
    let body =
        streamed(&visitor.desk, move |conn, pipe| documents::read_body(conn, id, pipe).map(|_| ())).await?;
    let format = Format::of_mime(&document.mime);
    let media = format.map_or("application/octet-stream", Format::mime);
    let shown = matches!(format, Some(Format::Jpeg | Format::Png));
    let name = shown_name(&document.file_name, format.unwrap_or(Format::Pdf));
    Ok(Response::builder()
        .content_type(media)
        .header(header::CONTENT_DISPOSITION, disposition(shown, &name))
        .header(header::CONTENT_SECURITY_POLICY, INERT)
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(body))
}

/// The name in RFC 6266's form: other letters than ASCII are written as bytes.
fn disposition(shown: bool, name: &str) -> String {
    let how = if shown { "inline" } else { "attachment" };
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{how}; filename*=UTF-8''{encoded}")
}

/// Consents are for moderators; papers and permits for those who deal with their sections, and papers for reviewers.
fn may_see(conn: &rusqlite::Connection, staff: &Staff, document: &Document) -> Res<bool> {
    if document.kind == DocumentKind::Consent {
        return Ok(staff.has(&[Role::Moderator]));
    }
    let sql = "SELECT s.section_id FROM submission s WHERE ?1 IN (s.paper_doc, s.permit_doc)
        UNION SELECT v.section_id FROM submission_version v WHERE ?1 IN (v.paper_doc, v.permit_doc)";
    let sections: Vec<Option<i64>> = all(conn, sql, [document.id], |row| row.get(0))?;
    let by_role = match within(&staff.roles) {
        None => staff.has(&[Role::Moderator, Role::Chair]),
        Some(own) => sections.iter().flatten().any(|section| own.contains(section)),
    };
    if by_role {
        return Ok(true);
    }
    let sql = "SELECT count(*) FROM review_assignment a JOIN submission_version v ON v.submission_id = a.submission_id
        AND v.no = a.version WHERE a.reviewer_id = ?1 AND a.state <> 'declined' AND v.paper_doc = ?2";
    Ok(number(conn, sql, [staff.person, document.id])? > 0)
}
