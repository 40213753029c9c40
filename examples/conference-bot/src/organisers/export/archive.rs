//! All documents as a ZIP, written while the client reads: `<section>/<code> <surname>/paper.pdf` and `permit.pdf`, with
//! a table of everything. What people wrote never becomes a path.

use std::io::Write;

use rusqlite::Connection;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::stream::{Pipe, failed};
use crate::World;
use crate::domain::file::Format;
use crate::organisers::read::papers::{self, PaperRow};
use crate::organisers::read::privacy;
use crate::store::{Res, documents};

type Zip<'a> = ZipWriter<StreamWriter<&'a mut Pipe>>;

/// Documents are packed already.
fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

/// A text as one part of a path: letters, digits, single hyphens and underscores, not long. Empty when nothing is left.
fn part(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(40).collect()
}

/// Surnames come first.
fn surname(name: Option<&str>) -> String {
    part(name.and_then(|name| name.split_whitespace().next()).unwrap_or_default())
}

fn folder(paper: &PaperRow) -> String {
    let section = part(paper.section.as_deref().unwrap_or_default());
    let section = if section.is_empty() { "section".to_owned() } else { section };
    let code = part(paper.code.as_deref().unwrap_or_default());
    let code = if code.is_empty() { paper.id.to_string() } else { code };
    format!("{section}/{}", format!("{code} {}", surname(paper.author.as_deref())).trim_end())
}

fn add(zip: &mut Zip<'_>, conn: &Connection, id: i64, path: &str) -> Res<()> {
    let Some(document) = documents::get(conn, id)? else { return Ok(()) };
    let extension = Format::of_mime(&document.mime).map_or("bin", Format::extension);
    zip.start_file(format!("{path}.{extension}"), stored()).map_err(failed)?;
    documents::read_body(conn, id, zip).map(|_| ())
}

/// Writes the archive of all papers that were sent and not withdrawn.
pub fn write(conn: &Connection, world: &World, pipe: &mut Pipe) -> Res<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("index.csv", packed).map_err(failed)?;
    super::csv::write(conn, world, "papers", &mut zip)?;
    papers::each_sent(conn, |paper| {
        if paper.state == "withdrawn" {
            return Ok(());
        }
        let folder = folder(paper);
        for (document, name) in [(paper.paper_doc, "paper"), (paper.permit_doc, "permit")] {
            if let Some(id) = document {
                add(&mut zip, conn, id, &format!("{folder}/{name}"))?;
            }
        }
        Ok(())
    })?;
    zip.finish().map_err(failed)?;
    Ok(())
}

/// Writes everything about one person, for that person: data and documents.
pub fn write_person(conn: &Connection, person: i64, pipe: &mut Pipe) -> Res<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("data.json", packed).map_err(failed)?;
    let data = privacy::export(conn, person)?;
    write!(zip, "{data:#}").map_err(failed)?;
    for (id, kind) in documents::of_uploader(conn, person)? {
        add(&mut zip, conn, id, &format!("documents/{} {id}", kind.code()))?;
    }
    zip.finish().map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_paths() {
        let cases = [
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\Windows\\x", "C-Windows-x"),
            ("..", ""),
            ("Иванов", "Иванов"),
            ("О’Брайен", "О-Брайен"),
            ("a\u{202e}gpj\0.exe", "a-gpj-exe"),
            ("<b>\"x\"</b>", "b-x-b"),
            ("😀", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(part(name), expected, "{name}");
        }
        assert_eq!(part(&"я".repeat(300)).chars().count(), 40);
        assert_eq!(surname(Some("Иванов Иван")), "Иванов");
    }
}
