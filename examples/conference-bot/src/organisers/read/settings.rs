//! What organisers have set: time limits, links, roles, log-ins, sections.

use poem_openapi::Object;
use rusqlite::{Connection, Row};

use crate::domain::Role;
use crate::store::{Res, all};

/// A section.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct SectionRow {
    pub id: i64,
    pub code: String,
    pub title_ru: String,
    pub title_en: String,
    pub language: String,
    pub position: i64,
    pub active: bool,
    pub permit: String,
    pub paper_format: String,
}

/// All sections, in their order.
pub fn sections(conn: &Connection) -> Res<Vec<SectionRow>> {
    let sql =
        "SELECT id, code, title_ru, title_en, language, position, active, permit, paper_format FROM section
        ORDER BY position, id";
    all(conn, sql, [], |row| {
        Ok(SectionRow {
            id: row.get(0)?,
            code: row.get(1)?,
            title_ru: row.get(2)?,
            title_en: row.get(3)?,
            language: row.get(4)?,
            position: row.get(5)?,
            active: row.get(6)?,
            permit: row.get(7)?,
            paper_format: row.get(8)?,
        })
    })
}

/// A time limit.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct DeadlineRow {
    pub kind: String,
    pub section_id: Option<i64>,
    pub section: Option<String>,
    pub at: i64,
    pub grace_seconds: i64,
}

/// All time limits.
pub fn deadlines(conn: &Connection) -> Res<Vec<DeadlineRow>> {
    let sql = "SELECT d.kind, d.section_id, c.code, d.at, d.grace_s FROM deadline d
        LEFT JOIN section c ON c.id = d.section_id ORDER BY d.kind, c.position";
    all(conn, sql, [], |row| {
        Ok(DeadlineRow {
            kind: row.get(0)?,
            section_id: row.get(1)?,
            section: row.get(2)?,
            at: row.get(3)?,
            grace_seconds: row.get(4)?,
        })
    })
}

/// A secret link.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct PassRow {
    pub kind: String,
    pub role: Option<String>,
    pub deadline: Option<String>,
    pub section: Option<String>,
    pub made_by: String,
    pub made_at: i64,
    pub expires_at: i64,
    pub uses_left: i64,
}

/// Links that still work.
pub fn passes(conn: &Connection, now: i64) -> Res<Vec<PassRow>> {
    let sql = "SELECT p.kind, p.role, p.deadline, c.code, p.made_by, p.made_at, p.expires_at, p.uses_left FROM pass p
        LEFT JOIN section c ON c.id = p.section_id WHERE p.uses_left > 0 AND p.expires_at > ?1 ORDER BY p.made_at DESC";
    all(conn, sql, [now], |row| {
        Ok(PassRow {
            kind: row.get(0)?,
            role: row.get(1)?,
            deadline: row.get(2)?,
            section: row.get(3)?,
            made_by: row.get(4)?,
            made_at: row.get(5)?,
            expires_at: row.get(6)?,
            uses_left: row.get(7)?,
        })
    })
}

/// A role of a person.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct RoleRow {
    pub id: i64,
    pub person_id: i64,
    pub name: Option<String>,
    pub role: String,
    pub section: Option<String>,
    pub granted_by: String,
    pub at: i64,
}

const ROLE: &str = "SELECT g.id, g.person_id, p.full_name, g.role, c.code, g.granted_by, g.at FROM role_grant g
    JOIN person p ON p.id = g.person_id LEFT JOIN section c ON c.id = g.section_id WHERE g.revoked_at IS NULL";

fn role(row: &Row<'_>) -> rusqlite::Result<RoleRow> {
    Ok(RoleRow {
        id: row.get(0)?,
        person_id: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        section: row.get(4)?,
        granted_by: row.get(5)?,
        at: row.get(6)?,
    })
}

/// Everybody's roles.
pub fn roles(conn: &Connection) -> Res<Vec<RoleRow>> {
    all(conn, &format!("{ROLE} ORDER BY g.role, p.full_name, g.id"), [], role)
}

/// The roles of one person.
pub fn roles_of(conn: &Connection, person: i64) -> Res<Vec<RoleRow>> {
    all(conn, &format!("{ROLE} AND g.person_id = ?1 ORDER BY g.id"), [person], role)
}

/// A log-in or a token, and for whom it acts.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct IdentityRow {
    pub kind: String,
    pub name: String,
    pub person_id: i64,
    pub person: Option<String>,
    pub made_at: i64,
}

/// All log-ins and tokens.
pub fn identities(conn: &Connection) -> Res<Vec<IdentityRow>> {
    let sql = "SELECT w.kind, w.name, w.person_id, p.full_name, w.made_at FROM web_identity w
        JOIN person p ON p.id = w.person_id ORDER BY w.kind DESC, w.name";
    all(conn, sql, [], |row| {
        Ok(IdentityRow {
            kind: row.get(0)?,
            name: row.get(1)?,
            person_id: row.get(2)?,
            person: row.get(3)?,
            made_at: row.get(4)?,
        })
    })
}

/// The sections in which roles let somebody see papers; `None` is all of them.
pub fn within(roles: &[(Role, Option<i64>)]) -> Option<Vec<i64>> {
    let mut sections = Vec::new();
    for (role, section) in roles {
        match (role, section) {
            (Role::Organiser, _) | (Role::Moderator | Role::Chair, None) => return None,
            (Role::Moderator | Role::Chair, Some(section)) => sections.push(*section),
            (Role::Reviewer, _) => {}
        }
    }
    Some(sections)
}
