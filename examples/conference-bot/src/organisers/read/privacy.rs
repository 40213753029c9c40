//! All data of one person, for that person.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value, json};

use crate::store::{Res, StoreError};

/// Tables with the condition under which a row is about the person `?1`. Hashes and bodies are left out.
const TABLES: &[(&str, &str, &str)] = &[
    ("person", "*", "id = ?1"),
    ("telegram", "tg_id, username, first_name, seen_at, blocked_at FROM tg_account", "person_id = ?1"),
    ("roles", "role, section_id, granted_by, at, revoked_at FROM role_grant", "person_id = ?1"),
    ("late_passes", "kind, section_id, until FROM late_grant", "person_id = ?1"),
    ("consents", "version, document_id, at, withdrawn_at FROM consent", "person_id = ?1"),
    ("documents", "id, kind, size, mime, file_name, created_at FROM document", "uploader_id = ?1"),
    ("application", "state, created_at, submitted_at, decided_at, comment FROM application", "person_id = ?1"),
    (
        "papers",
        "s.id, s.code, w.role, s.title, s.abstract, s.keywords, s.state, s.submitted_at FROM authorship w
            JOIN submission s ON s.id = w.submission_id",
        "w.person_id = ?1",
    ),
    ("versions", "submission_id, no, title, abstract, keywords, at FROM submission_version", "\"by\" = ?1"),
    (
        "invitations",
        "submission_id, role, kind, shown, state, delivery, created_at, decided_at, reason FROM invitation",
        "inviter_id = ?1 OR decided_by = ?1",
    ),
    (
        "reviews",
        "a.submission_id, a.version, a.state, a.reason, r.scores, r.recommendation, r.comment_author, r.comment_private
            FROM review_assignment a LEFT JOIN review r ON r.assignment_id = a.id",
        "a.reviewer_id = ?1",
    ),
    ("letters", "channel, recipient, state, created_at, sent_at FROM outbox", "person_id = ?1"),
];

/// Everything as JSON.
pub fn export(conn: &Connection, person: i64) -> Res<Value> {
    let mut all = Map::new();
    for (name, what, condition) in TABLES {
        let from = if *what == "*" { format!("* FROM {name}") } else { (*what).to_owned() };
        let rows = rows(conn, &format!("SELECT {from} WHERE {condition}"), person)?;
        all.insert((*name).to_owned(), Value::Array(rows));
    }
    Ok(Value::Object(all))
}

fn rows(conn: &Connection, sql: &str, person: i64) -> Res<Vec<Value>> {
    let mut statement = conn.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([person])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(object(row, &names)?);
    }
    Ok(found)
}

fn object(row: &Row<'_>, names: &[String]) -> Res<Value> {
    let mut object = Map::new();
    for (at, name) in names.iter().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => json!(std::str::from_utf8(text).map_err(StoreError::failed)?),
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Object(object))
}
