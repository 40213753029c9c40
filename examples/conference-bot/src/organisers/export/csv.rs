//! Tables as CSV for spreadsheets: UTF-8 with a mark at the start, and no cell that a spreadsheet takes for a formula.

use std::io::Write;

use csv::Writer;
use rusqlite::Connection;

use super::stream::failed;
use crate::World;
use crate::organisers::read::{papers, people, programme};
use crate::store::Res;

/// Spreadsheets know by it that the text is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The tables that can be had.
pub const TABLES: &[&str] = &["people", "papers", "reviews", "programme"];

/// A cell that is text to every spreadsheet.
fn cell(text: &str) -> String {
    let begins = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    let odd = begins.is_some_and(|c| "=+-@\t\r\n|%＝＋－＠".contains(c));
    if odd { format!("'{text}") } else { text.to_owned() }
}

struct Table<W: Write>(Writer<W>);

impl<W: Write> Table<W> {
    fn row(&mut self, cells: &[&str]) -> Res<()> {
        self.0.write_record(cells.iter().map(|text| cell(text))).map_err(failed)
    }
}

/// Writes a table; false when there is none of this name.
pub fn write(conn: &Connection, world: &World, name: &str, out: &mut impl Write) -> Res<bool> {
    if !TABLES.contains(&name) {
        return Ok(false);
    }
    out.write_all(MARK).map_err(failed)?;
    let mut table = Table(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
    match name {
        "people" => all_people(conn, world, &mut table)?,
        "papers" => all_papers(conn, world, &mut table)?,
        "reviews" => all_reviews(conn, &mut table)?,
        _ => all_slots(conn, world, &mut table)?,
    }
    table.0.flush().map_err(failed)?;
    Ok(true)
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

fn time(world: &World, at: Option<i64>) -> String {
    at.map_or_else(String::new, |at| world.local(at).strftime("%Y-%m-%d %H:%M").to_string())
}

fn all_people(conn: &Connection, world: &World, table: &mut Table<impl Write>) -> Res<()> {
    table.row(&[
        "id",
        "name",
        "birth_date",
        "phone",
        "email",
        "username",
        "status",
        "organisation",
        "organisation_full",
        "organisation_en",
        "application",
        "submitted_at",
    ])?;
    people::each(conn, |row| {
        let (id, sent) = (row.id.to_string(), time(world, row.submitted_at));
        table.row(&[
            &id,
            text(&row.name),
            text(&row.birth_date),
            text(&row.phone),
            text(&row.email),
            text(&row.username),
            text(&row.status),
            text(&row.organisation),
            text(&row.organisation_full),
            text(&row.organisation_en),
            text(&row.application),
            &sent,
        ])
    })
}

/// Names of those with a part in a paper, by part.
fn authors(card: &[people::PartRow], part: &str) -> String {
    let names = card.iter().filter(|row| row.part == part).filter_map(|row| row.name.as_deref());
    names.collect::<Vec<_>>().join(", ")
}

fn all_papers(conn: &Connection, world: &World, table: &mut Table<impl Write>) -> Res<()> {
    table.row(&[
        "code",
        "section",
        "title",
        "author",
        "co_authors",
        "supervisors",
        "state",
        "presentation",
        "version",
        "submitted_at",
        "keywords",
        "abstract",
    ])?;
    papers::each_sent(conn, |row| {
        let Some(card) = papers::card(conn, row.id)? else { return Ok(()) };
        let (version, sent) = (row.version.to_string(), time(world, row.submitted_at));
        table.row(&[
            text(&row.code),
            text(&row.section),
            text(&row.title),
            text(&row.author),
            &authors(&card.people, "co_author"),
            &authors(&card.people, "supervisor"),
            &row.state,
            text(&row.presentation),
            &version,
            &sent,
            text(&row.keywords),
            text(&card.summary),
        ])
    })
}

fn all_reviews(conn: &Connection, table: &mut Table<impl Write>) -> Res<()> {
    table.row(&["code", "version", "reviewer", "state", "scores", "advice", "to_author", "private"])?;
    papers::each_review(conn, |row| {
        table.row(&[
            text(&row.code),
            &row.version.to_string(),
            text(&row.reviewer),
            &row.state,
            &row.scores,
            text(&row.advice),
            text(&row.to_author),
            text(&row.private),
        ])
    })
}

fn all_slots(conn: &Connection, world: &World, table: &mut Table<impl Write>) -> Res<()> {
    table.row(&["starts_at", "minutes", "room", "section", "code", "title", "speakers"])?;
    for row in programme::slots(conn)? {
        table.row(&[
            &time(world, Some(row.starts_at)),
            &row.minutes.to_string(),
            &row.room,
            text(&row.section),
            text(&row.code),
            &row.title,
            text(&row.speakers),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1", "|cmd", "%x"] {
            assert_eq!(cell(bad), format!("'{bad}"));
        }
        for good in ["", "Иванов", "a=b", "5-3", "«Да»"] {
            assert_eq!(cell(good), good);
        }
    }
}
