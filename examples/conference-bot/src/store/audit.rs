//! The audit log: who did what, append-only and chained by hash.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::{Res, all, one, run};
use crate::domain::Millis;

/// One line of the log.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Entry {
    pub id: i64,
    pub at: Millis,
    pub actor: String,
    pub action: String,
    pub entity: String,
    pub entity_id: i64,
    pub detail: String,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

const ENTRY: &str = "SELECT id, at, actor, action, entity, entity_id, detail, prev_hash, hash FROM audit";

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        entity: row.get(4)?,
        entity_id: row.get(5)?,
        detail: row.get(6)?,
        prev: row.get(7)?,
        hash: row.get(8)?,
    })
}

/// Lengths stand before the texts, so that no two lines look the same.
fn hash(prev: &[u8], at: Millis, texts: [&str; 4], entity_id: i64) -> Vec<u8> {
    let mut sum =
        Sha256::new().chain_update(prev).chain_update(at.to_be_bytes()).chain_update(entity_id.to_be_bytes());
    for text in texts {
        sum = sum.chain_update((text.len() as u64).to_be_bytes()).chain_update(text);
    }
    sum.finalize().to_vec()
}

/// Adds a line.
pub fn write(
    conn: &Connection,
    at: Millis,
    actor: &str,
    action: &str,
    entity: (&str, i64),
    detail: &str,
) -> Res<()> {
    let last: Option<Vec<u8>> =
        one(conn, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1", [], |row| row.get(0))?;
    let prev = last.unwrap_or_else(|| vec![0; 32]);
    let hash = hash(&prev, at, [actor, action, entity.0, detail], entity.1);
    let sql = "INSERT INTO audit (at, actor, action, entity, entity_id, detail, prev_hash, hash)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    run(conn, sql, params![at, actor, action, entity.0, entity.1, detail, prev, hash])?;
    Ok(())
}

/// The newest lines before a number, newest first.
pub fn newest(conn: &Connection, before: i64, most: i64) -> Res<Vec<Entry>> {
    all(conn, &format!("{ENTRY} WHERE id < ?1 ORDER BY id DESC LIMIT ?2"), [before, most], entry)
}

/// The lines about one thing, in order.
pub fn about(conn: &Connection, name: &str, id: i64) -> Res<Vec<Entry>> {
    all(conn, &format!("{ENTRY} WHERE entity = ?1 AND entity_id = ?2 ORDER BY id"), params![name, id], entry)
}

/// The number of the first line that does not fit to those before it, if there is one.
pub fn broken(conn: &Connection) -> Res<Option<i64>> {
    let mut prev = vec![0; 32];
    let mut statement = conn.prepare_cached(&format!("{ENTRY} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line = entry(row)?;
        let texts = [line.actor.as_str(), &line.action, &line.entity, &line.detail];
        if line.prev != prev || line.hash != hash(&prev, line.at, texts, line.entity_id) {
            return Ok(Some(line.id));
        }
        prev = line.hash;
    }
    Ok(None)
}
