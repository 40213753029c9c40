//! The programme.

use poem_openapi::Object;
use rusqlite::{Connection, Row};

use crate::store::{Res, all, one};

/// A slot of the programme.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct SlotRow {
    pub id: i64,
    pub section_id: Option<i64>,
    pub section: Option<String>,
    pub section_ru: Option<String>,
    pub section_en: Option<String>,
    pub paper_id: Option<i64>,
    pub code: Option<String>,
    pub title: String,
    pub speakers: Option<String>,
    pub room: String,
    pub starts_at: i64,
    pub minutes: i64,
}

impl SlotRow {
    /// When it ends.
    pub fn ends_at(&self) -> i64 {
        self.starts_at + self.minutes * crate::domain::MINUTE
    }
}

const SLOT: &str = "SELECT g.id, ifnull(g.section_id, s.section_id), c.code, c.title_ru, c.title_en, g.submission_id,
    s.code, coalesce(g.title, s.title, '—'),
    (SELECT group_concat(p.full_name, ', ' ORDER BY w.position) FROM authorship w JOIN person p ON p.id = w.person_id
        WHERE w.submission_id = s.id AND w.role <> 'supervisor' AND p.erased_at IS NULL),
    g.room, g.starts_at, g.minutes FROM programme_slot g LEFT JOIN submission s ON s.id = g.submission_id
    LEFT JOIN section c ON c.id = ifnull(g.section_id, s.section_id)";

fn slot(row: &Row<'_>) -> rusqlite::Result<SlotRow> {
    Ok(SlotRow {
        id: row.get(0)?,
        section_id: row.get(1)?,
        section: row.get(2)?,
        section_ru: row.get(3)?,
        section_en: row.get(4)?,
        paper_id: row.get(5)?,
        code: row.get(6)?,
        title: row.get(7)?,
        speakers: row.get(8)?,
        room: row.get(9)?,
        starts_at: row.get(10)?,
        minutes: row.get(11)?,
    })
}

/// All slots in the order of time.
pub fn slots(conn: &Connection) -> Res<Vec<SlotRow>> {
    all(conn, &format!("{SLOT} ORDER BY g.starts_at, g.room, g.id"), [], slot)
}

/// One of them.
pub fn get(conn: &Connection, id: i64) -> Res<Option<SlotRow>> {
    one(conn, &format!("{SLOT} WHERE g.id = ?1"), [id], slot)
}

/// Confirmed papers that have no slot yet: number, code, title, section.
pub fn unplaced(conn: &Connection) -> Res<Vec<super::papers::PaperRow>> {
    super::papers::waiting(conn, crate::domain::PaperState::Confirmed)
}
