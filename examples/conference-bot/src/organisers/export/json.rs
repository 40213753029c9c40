//! People and papers as JSON, one after the other.

use std::io::Write;

use poem_openapi::types::ToJSON;
use rusqlite::Connection;

use super::stream::failed;
use crate::organisers::read::{papers, people, programme, settings};
use crate::store::Res;

/// Elements of an array, with commas between them.
struct Array<'a, W: Write>(&'a mut W, bool);

impl<W: Write> Array<'_, W> {
    fn add(&mut self, value: &impl ToJSON) -> Res<()> {
        let comma = if self.1 { ",\n" } else { "\n" };
        self.1 = true;
        write!(self.0, "{comma}{}", value.to_json_string()).map_err(failed)
    }
}

fn array<W: Write>(out: &mut W, name: &str, fill: impl FnOnce(&mut Array<'_, W>) -> Res<()>) -> Res<()> {
    write!(out, "\"{name}\": [").map_err(failed)?;
    fill(&mut Array(out, false))?;
    write!(out, "\n]").map_err(failed)
}

/// Writes everything.
pub fn write(conn: &Connection, out: &mut impl Write) -> Res<()> {
    let put = |out: &mut _, text: &str| -> Res<()> { Write::write_all(out, text.as_bytes()).map_err(failed) };
    put(out, "{")?;
    array(out, "sections", |array| settings::sections(conn)?.iter().try_for_each(|row| array.add(row)))?;
    put(out, ",\n")?;
    array(out, "people", |array| people::each(conn, |row| array.add(row)))?;
    put(out, ",\n")?;
    array(out, "papers", |array| {
        papers::each_sent(conn, |row| match papers::card(conn, row.id)? {
            Some(card) => array.add(&card),
            None => Ok(()),
        })
    })?;
    put(out, ",\n")?;
    array(out, "programme", |array| programme::slots(conn)?.iter().try_for_each(|row| array.add(row)))?;
    put(out, "}\n")
}
