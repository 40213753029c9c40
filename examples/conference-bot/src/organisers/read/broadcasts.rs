//! Messages to many.

use poem_openapi::Object;
use rusqlite::Connection;

use crate::store::{Res, all};

/// A message that was sent to many.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct BroadcastRow {
    pub id: i64,
    pub audience: String,
    pub text_ru: String,
    pub text_en: String,
    pub made_by: String,
    pub sent_at: Option<i64>,
    pub recipients: i64,
}

/// The newest ones.
pub fn newest(conn: &Connection) -> Res<Vec<BroadcastRow>> {
    let sql = "SELECT id, audience, text_ru, text_en, made_by, sent_at, recipients FROM broadcast ORDER BY id DESC LIMIT 50";
    all(conn, sql, [], |row| {
        Ok(BroadcastRow {
            id: row.get(0)?,
            audience: row.get(1)?,
            text_ru: row.get(2)?,
            text_en: row.get(3)?,
            made_by: row.get(4)?,
            sent_at: row.get(5)?,
            recipients: row.get(6)?,
        })
    })
}
