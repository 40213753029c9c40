//! Papers, their versions and who has a part in them.

use rusqlite::{Connection, Row, params};

use super::{Res, all, number, one, run};
use crate::domain::{Millis, PaperState, Part};

/// A paper as it stands now.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Paper {
    pub id: i64,
    pub code: Option<String>,
    pub owner_id: i64,
    pub section_id: Option<i64>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub keywords: Option<String>,
    pub permit_doc: Option<i64>,
    pub paper_doc: Option<i64>,
    pub state: PaperState,
    pub version: i64,
    pub comment: Option<String>,
    pub claimed_by: Option<i64>,
    pub claim_expires: Option<Millis>,
    pub submitted_at: Option<Millis>,
    pub updated_at: Millis,
}

impl Paper {
    /// The title, or a dash.
    pub fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| "—".to_owned())
    }
}

const PAPER: &str =
    "SELECT id, code, owner_id, section_id, title, abstract, permit_doc, paper_doc, state, version,
    comment, claimed_by, claim_expires, submitted_at, updated_at, keywords FROM submission";

fn paper(row: &Row<'_>) -> rusqlite::Result<Paper> {
    Ok(Paper {
        id: row.get(0)?,
        code: row.get(1)?,
        owner_id: row.get(2)?,
        section_id: row.get(3)?,
        title: row.get(4)?,
        summary: row.get(5)?,
        permit_doc: row.get(6)?,
        paper_doc: row.get(7)?,
        state: row.get(8)?,
        version: row.get(9)?,
        comment: row.get(10)?,
        claimed_by: row.get(11)?,
        claim_expires: row.get(12)?,
        submitted_at: row.get(13)?,
        updated_at: row.get(14)?,
        keywords: row.get(15)?,
    })
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Paper>> {
    one(conn, &format!("{PAPER} WHERE id = ?1"), [id], paper)
}

/// All in one of these states, in the order of their numbers.
pub fn in_state(conn: &Connection, states: &[PaperState]) -> Res<Vec<Paper>> {
    let list: Vec<String> = states.iter().map(|state| format!("'{}'", state.code())).collect();
    all(conn, &format!("{PAPER} WHERE state IN ({}) ORDER BY submitted_at, id", list.join(", ")), [], paper)
}

/// Those in which a person has a part, newest first, with that part.
pub fn of(conn: &Connection, person: i64) -> Res<Vec<(Paper, Part)>> {
    let sql = format!(
        "SELECT s.*, a.role FROM ({PAPER}) s JOIN authorship a ON a.submission_id = s.id
        WHERE a.person_id = ?1 AND (s.state <> 'withdrawn' OR s.owner_id = ?1) ORDER BY s.id DESC"
    );
    all(conn, &sql, [person], |row| Ok((paper(row)?, row.get(16)?)))
}

/// A new draft of a person.
pub fn create(conn: &Connection, owner: i64, title: &str, now: Millis) -> Res<i64> {
    let sql = "INSERT INTO submission (owner_id, title, state, created_at, updated_at) VALUES (?1, ?2, 'draft', ?3, ?3)";
    run(conn, sql, params![owner, title, now])?;
    let id = conn.last_insert_rowid();
    join(conn, id, owner, Part::Author, now)?;
    Ok(id)
}

/// What somebody is to a paper.
pub fn part(conn: &Connection, paper: i64, person: i64) -> Res<Option<Part>> {
    let sql = "SELECT role FROM authorship WHERE submission_id = ?1 AND person_id = ?2";
    one(conn, sql, [paper, person], |row| row.get(0))
}

/// Gives somebody a part in a paper; false when they have one already.
pub fn join(conn: &Connection, paper: i64, person: i64, part: Part, now: Millis) -> Res<bool> {
    let sql = "INSERT INTO authorship (submission_id, person_id, role, position, confirmed_at)
        SELECT ?1, ?2, ?3, ifnull(max(position), 0) + 1, ?4 FROM authorship WHERE submission_id = ?1
        ON CONFLICT DO NOTHING";
    Ok(run(conn, sql, params![paper, person, part, now])? == 1)
}

/// Who has a part in a paper, in order: number, name, part.
pub fn people(conn: &Connection, paper: i64) -> Res<Vec<(i64, String, Part)>> {
    let sql =
        "SELECT p.id, ifnull(p.full_name, '—'), a.role FROM authorship a JOIN person p ON p.id = a.person_id
        WHERE a.submission_id = ?1 ORDER BY a.position";
    all(conn, sql, [paper], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// A section's titles in Russian and English.
pub fn section(conn: &Connection, id: i64) -> Res<Option<(String, String)>> {
    one(conn, "SELECT title_ru, title_en FROM section WHERE id = ?1", [id], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The open sections: number, titles in Russian and English.
pub fn sections(conn: &Connection) -> Res<Vec<(i64, String, String)>> {
    let sql = "SELECT id, title_ru, title_en FROM section WHERE active ORDER BY position";
    all(conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Moves a paper from a state to another; false when it was not in that state any more.
pub fn set_state(
    conn: &Connection,
    id: i64,
    from: PaperState,
    to: PaperState,
    comment: Option<&str>,
    now: Millis,
) -> Res<bool> {
    let sql =
        "UPDATE submission SET state = ?3, rev = rev + 1, comment = ?4, updated_at = ?5, claimed_by = NULL,
        claim_expires = NULL WHERE id = ?1 AND state = ?2";
    Ok(run(conn, sql, params![id, from, to, comment, now])? == 1)
}

/// Notes who moved a paper on, or that nobody can take it back any more.
pub fn decided(conn: &Connection, id: i64, by: Option<i64>, now: Millis) -> Res<()> {
    run(conn, "UPDATE submission SET decided_by = ?2, decided_at = ?3 WHERE id = ?1", params![id, by, now])?;
    Ok(())
}

/// The paper that somebody moved on last, if that was since a time and it still stands in one of these states.
pub fn undoable(conn: &Connection, by: i64, since: Millis, states: &[PaperState]) -> Res<Option<Paper>> {
    let sql = format!(
        "{PAPER} WHERE decided_by = ?1 AND decided_at >= ?2 ORDER BY decided_at DESC, id DESC LIMIT 1"
    );
    Ok(one(conn, &sql, [by, since], paper)?.filter(|paper| states.contains(&paper.state)))
}

/// Keeps the paper as it is now as its next version; the number of it.
pub fn keep_version(conn: &Connection, id: i64, by: i64, code: &str, now: Millis) -> Res<i64> {
    let sql =
        "UPDATE submission SET version = version + 1, rev = rev + 1, submitted_at = ifnull(submitted_at, ?2),
        updated_at = ?2, code = ifnull(code, ?3) WHERE id = ?1";
    run(conn, sql, params![id, now, code])?;
    let sql = "INSERT INTO submission_version (submission_id, no, title, abstract, keywords, section_id, permit_doc, paper_doc, by, at)
        SELECT id, version, title, abstract, keywords, section_id, permit_doc, paper_doc, ?2, ?3 FROM submission WHERE id = ?1";
    run(conn, sql, [id, by, now])?;
    number(conn, "SELECT version FROM submission WHERE id = ?1", [id])
}

/// What differs between the paper and its last version.
pub fn changed(conn: &Connection, id: i64) -> Res<bool> {
    let sql =
        "SELECT NOT EXISTS (SELECT 1 FROM submission s JOIN submission_version v ON v.submission_id = s.id
        AND v.no = s.version WHERE s.id = ?1 AND v.title = s.title AND v.abstract = s.abstract
        AND v.keywords IS s.keywords AND v.section_id = s.section_id AND v.permit_doc IS s.permit_doc
        AND v.paper_doc = s.paper_doc)";
    Ok(number(conn, sql, [id])? == 1)
}

/// Takes a paper in hand for screening.
pub fn claim(conn: &Connection, id: i64, moderator: i64, now: Millis, until: Millis) -> Res<bool> {
    let sql =
        "UPDATE submission SET claimed_by = ?2, claim_expires = ?4 WHERE id = ?1 AND state = 'submitted'
        AND (claimed_by IS NULL OR claimed_by = ?2 OR claim_expires <= ?3)";
    Ok(run(conn, sql, [id, moderator, now, until])? == 1)
}
