//! People: the list and the card.

use poem_openapi::Object;
use rusqlite::{Connection, Row, params};

use super::audit::AuditRow;
use super::{Listed, found, listed};
use crate::domain::{ApplicationState, Status};
use crate::store::{Res, all, one};

/// Somebody in the list.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct PersonRow {
    pub id: i64,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub birth_date: Option<String>,
    pub status: Option<String>,
    pub organisation: Option<String>,
    pub organisation_full: Option<String>,
    pub organisation_en: Option<String>,
    pub username: Option<String>,
    pub telegram_id: Option<i64>,
    pub locale: String,
    pub application: Option<String>,
    pub submitted_at: Option<i64>,
    pub created_at: i64,
    pub erased_at: Option<i64>,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of a name, an address, a number, a @name or an organisation.
    pub text: String,
    /// What they are.
    pub status: Option<Status>,
    /// How far their registration is.
    pub application: Option<ApplicationState>,
}

const PERSON: &str =
    "SELECT p.id, p.full_name, p.email, p.phone, p.birth_date, p.status, o.abbr, o.full_name, o.abbr_en,
    t.username, t.tg_id, p.locale, a.state, a.submitted_at, p.created_at, p.erased_at
    FROM person p LEFT JOIN organisation o0 ON o0.id = p.organisation_id
    LEFT JOIN organisation o ON o.id = ifnull(o0.merged_into, o0.id)
    LEFT JOIN tg_account t ON t.person_id = p.id LEFT JOIN application a ON a.person_id = p.id";

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    Ok(PersonRow {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        phone: row.get(3)?,
        birth_date: row.get(4)?,
        status: row.get(5)?,
        organisation: row.get(6)?,
        organisation_full: row.get(7)?,
        organisation_en: row.get(8)?,
        username: row.get(9)?,
        telegram_id: row.get(10)?,
        locale: row.get(11)?,
        application: row.get(12)?,
        submitted_at: row.get(13)?,
        created_at: row.get(14)?,
        erased_at: row.get(15)?,
    })
}

/// Those who fit, newest first.
pub fn list(conn: &Connection, filter: &Filter, before: Option<i64>, limit: usize) -> Res<Listed<PersonRow>> {
    let sql = format!(
        "{PERSON} WHERE p.id < ?1 AND (?2 IS NULL OR p.status = ?2) AND (?3 IS NULL OR a.state = ?3) ORDER BY p.id DESC"
    );
    let params = params![before.unwrap_or(i64::MAX), filter.status, filter.application];
    let fits = |row: &PersonRow| {
        let texts =
            [&row.name, &row.email, &row.phone, &row.organisation, &row.organisation_full, &row.username];
        found(&filter.text, &texts.map(|text| text.as_deref()))
    };
    listed(conn, &sql, params, limit, person, fits, |row| row.id)
}

/// Everybody, one after the other.
pub fn each(conn: &Connection, mut with: impl FnMut(&PersonRow) -> Res<()>) -> Res<()> {
    let mut statement = conn.prepare_cached(&format!("{PERSON} WHERE p.erased_at IS NULL ORDER BY p.id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        with(&person(row)?)?;
    }
    Ok(())
}

/// One of them.
pub fn get(conn: &Connection, id: i64) -> Res<Option<PersonRow>> {
    one(conn, &format!("{PERSON} WHERE p.id = ?1"), [id], person)
}

/// A consent that was given.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct ConsentRow {
    pub version: String,
    pub document_id: Option<i64>,
    pub mime: Option<String>,
    pub at: i64,
    pub withdrawn_at: Option<i64>,
}

/// The registration of a person.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct ApplicationRow {
    pub id: i64,
    pub person_id: i64,
    pub name: Option<String>,
    pub organisation: Option<String>,
    pub state: String,
    pub comment: Option<String>,
    pub submitted_at: Option<i64>,
    pub claimed_by: Option<i64>,
    pub claimed_by_name: Option<String>,
    pub claim_expires: Option<i64>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<i64>,
}

pub(super) const APPLICATION: &str =
    "SELECT a.id, a.person_id, p.full_name, o.abbr, a.state, a.comment, a.submitted_at,
    a.claimed_by, c.full_name, a.claim_expires, d.full_name, a.decided_at
    FROM application a JOIN person p ON p.id = a.person_id
    LEFT JOIN organisation o0 ON o0.id = p.organisation_id
    LEFT JOIN organisation o ON o.id = ifnull(o0.merged_into, o0.id)
    LEFT JOIN person c ON c.id = a.claimed_by LEFT JOIN person d ON d.id = a.decided_by";

pub(super) fn application(row: &Row<'_>) -> rusqlite::Result<ApplicationRow> {
    Ok(ApplicationRow {
        id: row.get(0)?,
        person_id: row.get(1)?,
        name: row.get(2)?,
        organisation: row.get(3)?,
        state: row.get(4)?,
        comment: row.get(5)?,
        submitted_at: row.get(6)?,
        claimed_by: row.get(7)?,
        claimed_by_name: row.get(8)?,
        claim_expires: row.get(9)?,
        decided_by_name: row.get(10)?,
        decided_at: row.get(11)?,
    })
}

/// By its number.
pub fn application_by_id(conn: &Connection, id: i64) -> Res<Option<ApplicationRow>> {
    one(conn, &format!("{APPLICATION} WHERE a.id = ?1"), [id], application)
}

/// A part in a paper.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct PartRow {
    pub paper_id: i64,
    pub person_id: i64,
    pub part: String,
    pub name: Option<String>,
    pub code: Option<String>,
    pub title: Option<String>,
    pub state: String,
}

pub(super) const PART: &str =
    "SELECT s.id, p.id, w.role, p.full_name, s.code, s.title, s.state FROM authorship w
    JOIN submission s ON s.id = w.submission_id JOIN person p ON p.id = w.person_id";

pub(super) fn part(row: &Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow {
        paper_id: row.get(0)?,
        person_id: row.get(1)?,
        part: row.get(2)?,
        name: row.get(3)?,
        code: row.get(4)?,
        title: row.get(5)?,
        state: row.get(6)?,
    })
}

/// All about a person.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct PersonCard {
    pub person: PersonRow,
    pub application: Option<ApplicationRow>,
    pub consents: Vec<ConsentRow>,
    pub papers: Vec<PartRow>,
    pub roles: Vec<super::settings::RoleRow>,
    pub history: Vec<AuditRow>,
}

/// All about a person.
pub fn card(conn: &Connection, id: i64) -> Res<Option<PersonCard>> {
    let Some(person) = get(conn, id)? else { return Ok(None) };
    let found = one(conn, &format!("{APPLICATION} WHERE a.person_id = ?1"), [id], application)?;
    let of_application = found.as_ref().map_or(0, |application| application.id);
    Ok(Some(PersonCard {
        person,
        application: found,
        consents: consents(conn, id)?,
        papers: all(conn, &format!("{PART} WHERE w.person_id = ?1 ORDER BY s.id"), [id], part)?,
        roles: super::settings::roles_of(conn, id)?,
        history: super::audit::about(conn, &[("person", id), ("application", of_application)])?,
    }))
}

fn consents(conn: &Connection, person: i64) -> Res<Vec<ConsentRow>> {
    let sql = "SELECT c.version, c.document_id, d.mime, c.at, c.withdrawn_at FROM consent c
        LEFT JOIN document d ON d.id = c.document_id WHERE c.person_id = ?1 ORDER BY c.id DESC";
    all(conn, sql, [person], |row| {
        Ok(ConsentRow {
            version: row.get(0)?,
            document_id: row.get(1)?,
            mime: row.get(2)?,
            at: row.get(3)?,
            withdrawn_at: row.get(4)?,
        })
    })
}
