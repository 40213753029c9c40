//! The audit log.

use std::collections::HashMap;

use poem_openapi::Object;
use rusqlite::Connection;

use crate::store::{Res, audit, one};

/// One line.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct AuditRow {
    pub id: i64,
    pub at: i64,
    pub actor: String,
    /// The person who stands behind the actor now.
    pub actor_name: Option<String>,
    pub action: String,
    pub entity: String,
    pub entity_id: i64,
    pub detail: String,
}

impl AuditRow {
    /// The page about what the line is about.
    pub fn link(&self) -> Option<String> {
        let folder = match self.entity.as_str() {
            "person" => "people",
            "submission" => "papers",
            "application" => "applications",
            _ => return None,
        };
        Some(format!("/{folder}/{}", self.entity_id))
    }
}

impl From<audit::Entry> for AuditRow {
    fn from(entry: audit::Entry) -> Self {
        let audit::Entry { id, at, actor, action, entity, entity_id, detail, .. } = entry;
        Self { id, at, actor, actor_name: None, action, entity, entity_id, detail }
    }
}

/// What is known of these things, newest first.
pub fn about(conn: &Connection, things: &[(&str, i64)]) -> Res<Vec<AuditRow>> {
    let mut rows: Vec<AuditRow> = Vec::new();
    for (entity, id) in things {
        rows.extend(audit::about(conn, entity, *id)?.into_iter().map(AuditRow::from));
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    named(conn, &mut rows)?;
    Ok(rows)
}

/// Says who the actors are, where somebody is known by their number or log-in.
fn named(conn: &Connection, rows: &mut [AuditRow]) -> Res<()> {
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    for row in rows {
        if !known.contains_key(&row.actor) {
            known.insert(row.actor.clone(), name_of(conn, &row.actor)?);
        }
        row.actor_name = known.get(&row.actor).cloned().flatten();
    }
    Ok(())
}

fn name_of(conn: &Connection, actor: &str) -> Res<Option<String>> {
    let (sql, key) = match actor.split_once(':') {
        Some(("tg", id)) => (
            "SELECT p.full_name FROM tg_account t JOIN person p ON p.id = t.person_id WHERE t.tg_id = CAST(?1 AS INTEGER)",
            id,
        ),
        Some(("web", name)) => (
            "SELECT p.full_name FROM web_identity w JOIN person p ON p.id = w.person_id WHERE w.kind = 'user' AND w.name = ?1",
            name,
        ),
        _ => return Ok(None),
    };
    Ok(one(conn, sql, [key], |row| row.get(0))?.flatten())
}

/// A page of the log, newest first.
pub fn list(conn: &Connection, before: Option<i64>, limit: usize) -> Res<super::Listed<AuditRow>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX - 1);
    let mut items: Vec<AuditRow> =
        audit::newest(conn, before.unwrap_or(i64::MAX), most + 1)?.into_iter().map(AuditRow::from).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|row| row.id);
    named(conn, &mut items)?;
    Ok(super::Listed { items, next })
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, Copy, Object)]
pub struct Verification {
    /// Every line fits to those before it.
    pub whole: bool,
    /// Lines of the log.
    pub lines: i64,
    /// The first line that does not fit.
    pub broken_at: Option<i64>,
}

/// Checks the whole chain.
pub fn verify(conn: &Connection) -> Res<Verification> {
    let broken_at = audit::broken(conn)?;
    let lines = crate::store::number(conn, "SELECT count(*) FROM audit", [])?;
    Ok(Verification { whole: broken_at.is_none(), lines, broken_at })
}
