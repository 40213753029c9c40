//! What is on its way to people, what never arrived, and what people reported.

use poem_openapi::Object;
use rusqlite::{Connection, params};

use super::{Listed, listed};
use crate::store::{Res, all};

/// A letter, without its text: it may hold a code or a link.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct LetterRow {
    pub id: i64,
    pub channel: String,
    pub bot: String,
    pub recipient: String,
    pub person_id: Option<i64>,
    pub person: Option<String>,
    pub state: String,
    pub attempts: i64,
    pub created_at: i64,
    pub not_before: i64,
    pub sent_at: Option<i64>,
    pub last_error: Option<String>,
}

/// Answers to presses of buttons are no letters once they are sent.
const LETTERS: &str = "NOT (o.state = 'sent' AND o.recipient LIKE 'press:%')";

/// Letters in a state, newest first.
pub fn letters(
    conn: &Connection,
    state: Option<&str>,
    before: Option<i64>,
    limit: usize,
) -> Res<Listed<LetterRow>> {
    let sql = format!(
        "SELECT o.id, o.channel, o.bot, o.recipient, o.person_id, p.full_name, o.state, o.attempts, o.created_at,
        o.not_before, o.sent_at, o.last_error FROM outbox o LEFT JOIN person p ON p.id = o.person_id
        WHERE o.id < ?1 AND (?2 IS NULL OR o.state = ?2) AND {LETTERS} ORDER BY o.id DESC"
    );
    let read = |row: &rusqlite::Row<'_>| {
        Ok(LetterRow {
            id: row.get(0)?,
            channel: row.get(1)?,
            bot: row.get(2)?,
            recipient: row.get(3)?,
            person_id: row.get(4)?,
            person: row.get(5)?,
            state: row.get(6)?,
            attempts: row.get(7)?,
            created_at: row.get(8)?,
            not_before: row.get(9)?,
            sent_at: row.get(10)?,
            last_error: row.get(11)?,
        })
    };
    listed(conn, &sql, params![before.unwrap_or(i64::MAX), state], limit, read, |_| true, |row| row.id)
}

/// How many letters are in each state.
pub fn counts(conn: &Connection) -> Res<Vec<super::statistics::Count>> {
    let sql = format!("SELECT state, count(*) FROM outbox o WHERE {LETTERS} GROUP BY state ORDER BY state");
    all(conn, &sql, [], |row| Ok(super::statistics::Count { name: row.get(0)?, count: row.get(1)? }))
}

/// Something that somebody reported with /error.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct ReportRow {
    pub id: i64,
    pub at: i64,
    pub bot: String,
    pub telegram_id: i64,
    pub person_id: Option<i64>,
    pub person: Option<String>,
    pub place: String,
    pub closed_at: Option<i64>,
    pub closed_by: Option<String>,
}

/// Reports, newest first.
pub fn reports(conn: &Connection, before: Option<i64>, limit: usize) -> Res<Listed<ReportRow>> {
    let sql = "SELECT r.id, r.at, r.bot, r.tg_id, r.person_id, p.full_name, r.place, r.closed_at, r.closed_by
        FROM error_report r LEFT JOIN person p ON p.id = r.person_id WHERE r.id < ?1 ORDER BY r.id DESC";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(ReportRow {
            id: row.get(0)?,
            at: row.get(1)?,
            bot: row.get(2)?,
            telegram_id: row.get(3)?,
            person_id: row.get(4)?,
            person: row.get(5)?,
            place: row.get(6)?,
            closed_at: row.get(7)?,
            closed_by: row.get(8)?,
        })
    };
    listed(conn, sql, params![before.unwrap_or(i64::MAX)], limit, read, |_| true, |row| row.id)
}

/// An update that could not be worked on.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct FailureRow {
    pub bot: String,
    pub update_id: i64,
    pub at: i64,
    pub failures: i64,
    pub error: Option<String>,
}

/// The newest updates that failed.
pub fn failures(conn: &Connection) -> Res<Vec<FailureRow>> {
    let sql = "SELECT bot, update_id, received_at, failures, error FROM update_seen WHERE failures > 0
        ORDER BY received_at DESC LIMIT 20";
    all(conn, sql, [], |row| {
        Ok(FailureRow {
            bot: row.get(0)?,
            update_id: row.get(1)?,
            at: row.get(2)?,
            failures: row.get(3)?,
            error: row.get(4)?,
        })
    })
}
