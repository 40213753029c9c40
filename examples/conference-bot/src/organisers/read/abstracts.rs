//! Abstracts as they were sent last, for the book of them.

use rusqlite::{Connection, Row};

use crate::store::Res;
use crate::texts::Locale;

/// Which papers stand in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that were accepted and not withdrawn.
    Accepted,
    /// All that were sent and not withdrawn.
    Sent,
}

/// An abstract.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Abstract {
    pub code: String,
    pub title: String,
    pub text: String,
    pub keywords: Option<String>,
    pub authors: Option<String>,
    pub supervisors: Option<String>,
    section_ru: String,
    section_en: String,
}

impl Abstract {
    /// The title of its section.
    pub fn section(&self, locale: Locale) -> &str {
        if locale == Locale::Ru { &self.section_ru } else { &self.section_en }
    }
}

/// The names of those with some parts in a paper, each with the organisation.
macro_rules! names {
    ($parts:literal) => {
        concat!(
            "(SELECT group_concat(p.full_name || ifnull(' (' || o.abbr || ')', ''), ', ' ORDER BY w.position)
            FROM authorship w JOIN person p ON p.id = w.person_id
            LEFT JOIN organisation o0 ON o0.id = p.organisation_id
            LEFT JOIN organisation o ON o.id = ifnull(o0.merged_into, o0.id)
            WHERE w.submission_id = s.id AND p.erased_at IS NULL AND w.role ",
            $parts,
            ")"
        )
    };
}

const ABSTRACT: &str = concat!(
    "SELECT s.code, v.title, v.abstract, v.keywords, ",
    names!("<> 'supervisor'"),
    ", ",
    names!("= 'supervisor'"),
    ", c.title_ru, c.title_en FROM submission s
    JOIN submission_version v ON v.submission_id = s.id AND v.no = s.version
    JOIN section c ON c.id = v.section_id WHERE s.code IS NOT NULL AND s.state "
);

fn read(row: &Row<'_>) -> rusqlite::Result<Abstract> {
    Ok(Abstract {
        code: row.get(0)?,
        title: row.get(1)?,
        text: row.get(2)?,
        keywords: row.get(3)?,
        authors: row.get(4)?,
        supervisors: row.get(5)?,
        section_ru: row.get(6)?,
        section_en: row.get(7)?,
    })
}

/// All of them, section by section, one after the other.
pub fn each(conn: &Connection, which: Which, mut with: impl FnMut(&Abstract) -> Res<()>) -> Res<()> {
    let states = match which {
        Which::Accepted => "IN ('accepted', 'confirmed', 'scheduled')",
        Which::Sent => "<> 'withdrawn'",
    };
    let sql = format!("{ABSTRACT}{states} ORDER BY c.position, c.id, s.id");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        with(&read(row)?)?;
    }
    Ok(())
}
