//! What the section of a paper asks for, and what is still missing in a paper.

use super::Act;
use crate::dialog::ask::Value;
use crate::dialog::place::{At, Place};
use crate::domain::file::Format;
use crate::domain::{Demand, DocumentKind, PaperFormat};
use crate::store::papers::{self, Paper};
use crate::store::{Res, Stop, documents, refuse, sections};
use crate::texts::Say;

/// What the section of a paper asks for.
pub fn of(act: &Act<'_>, paper: i64) -> Res<sections::Asks> {
    let section = papers::get(act.conn, paper)?.and_then(|paper| paper.section_id);
    sections::asks(act.conn, section)
}

/// Whether the answer to a question that may be left out may be so for this paper.
pub fn may_skip(act: &Act<'_>, place: Place) -> Res<bool> {
    Ok(place.at != At::PaperPermit || of(act, place.id)?.permit != Demand::Required)
}

/// The permit of an answer, or none where it is left out.
pub(super) fn permit(act: &Act<'_>, paper: &Paper, value: &Value) -> Res<Option<i64>> {
    match value {
        Value::Skipped if sections::asks(act.conn, paper.section_id)?.permit == Demand::Required => {
            refuse("paper.permit_needed")
        }
        Value::Skipped => Ok(None),
        _ => act.keep_file(value, DocumentKind::Permit, paper.owner_id).map(Some),
    }
}

/// The paper itself, in a format that its section takes.
pub(super) fn file(act: &Act<'_>, paper: &Paper, value: &Value) -> Res<i64> {
    let formats = sections::asks(act.conn, paper.section_id)?.paper;
    match value {
        Value::Document(got) if !formats.takes(got.format) => {
            Err(Stop::Refused(Say::new("paper.format").word("formats", word(formats))))
        }
        _ => act.keep_file(value, DocumentKind::Paper, paper.owner_id),
    }
}

/// The key of what formats are called.
pub fn word(formats: PaperFormat) -> String {
    format!("formats.{}", formats.code())
}

/// What is missing before a paper can be sent, if anything.
pub fn lacking(act: &Act<'_>, paper: &Paper) -> Res<Option<Say>> {
    let asks = sections::asks(act.conn, paper.section_id)?;
    let document = match paper.paper_doc {
        Some(id) => documents::get(act.conn, id)?,
        None => None,
    };
    let format = document.and_then(|document| Format::of_mime(&document.mime));
    let parts = [
        (At::PaperTitle, paper.title.is_none()),
        (At::PaperAbstract, paper.summary.is_none()),
        (At::PaperSection, paper.section_id.is_none()),
        (At::PaperPermit, paper.permit_doc.is_none() && asks.permit == Demand::Required),
        (At::PaperFile, !format.is_some_and(|format| asks.paper.takes(format))),
    ];
    let missing: Vec<String> =
        parts.iter().filter(|(_, lacks)| *lacks).map(|(at, _)| name(act, *at, asks)).collect();
    let say = || Say::new("paper.incomplete").with("missing", missing.join(", "));
    Ok((!missing.is_empty()).then(say))
}

fn name(act: &Act<'_>, at: At, asks: sections::Asks) -> String {
    let text = |key: String| Say::new(key).text(act.who.locale);
    let name = text(format!("field.{}", at.code()));
    if at == At::PaperFile { format!("{name} ({})", text(word(asks.paper))) } else { name }
}

/// Refuses a paper in which something is missing.
pub(super) fn complete(act: &Act<'_>, paper: &Paper) -> Res<()> {
    lacking(act, paper)?.map_or(Ok(()), |say| Err(Stop::Refused(say)))
}
