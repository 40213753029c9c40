//! Documents: what is known of them, and their bodies, written and read in pieces.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use rusqlite::{Connection, params};

use super::{Res, StoreError, all, one, run};
use crate::domain::{DocumentKind, Millis};

/// How much of a body is in memory at once.
const PIECE: usize = 64 * 1024;

/// What is known of a document.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Document {
    pub id: i64,
    pub kind: DocumentKind,
    pub sha256: Vec<u8>,
    pub size: i64,
    pub mime: String,
    pub file_name: String,
    pub uploader_id: Option<i64>,
    pub created_at: Millis,
}

/// What is to be stored.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct NewDocument<'a> {
    pub kind: DocumentKind,
    pub path: &'a Path,
    pub sha256: &'a [u8; 32],
    pub size: u64,
    pub mime: &'a str,
    pub file_name: &'a str,
    pub uploader: i64,
}

/// Stores a document. A body that is there already is stored once.
pub fn store(conn: &Connection, new: &NewDocument<'_>, now: Millis) -> Res<i64> {
    let sql = "SELECT body_id FROM document WHERE sha256 = ?1 LIMIT 1";
    let body = match one(conn, sql, [&new.sha256[..]], |row| row.get(0))? {
        Some(body) => body,
        None => write_body(conn, new)?,
    };
    let sql = "INSERT INTO document (body_id, kind, sha256, size, mime, file_name, uploader_id, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let size = i64::try_from(new.size).unwrap_or(i64::MAX);
    run(
        conn,
        sql,
        params![body, new.kind, &new.sha256[..], size, new.mime, new.file_name, new.uploader, now],
    )?;
    Ok(conn.last_insert_rowid())
}

fn write_body(conn: &Connection, new: &NewDocument<'_>) -> Res<i64> {
    run(conn, "INSERT INTO document_body (body) VALUES (?1)", [rusqlite::blob::ZeroBlob(new.size)])?;
    let body = conn.last_insert_rowid();
    let mut blob = conn.blob_open("main", "document_body", "body", body, false)?;
    let mut file = File::open(new.path).map_err(StoreError::failed)?;
    copy(&mut file, &mut blob)?;
    blob.close()?;
    Ok(body)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> Res<u64> {
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let read = from.read(&mut piece).map_err(StoreError::failed)?;
        if read == 0 {
            return Ok(total);
        }
        to.write_all(&piece[..read]).map_err(StoreError::failed)?;
        total += read as u64;
    }
}

const DOCUMENT: &str =
    "SELECT id, kind, sha256, size, mime, file_name, uploader_id, created_at FROM document";

fn document(row: &rusqlite::Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        id: row.get(0)?,
        kind: row.get(1)?,
        sha256: row.get(2)?,
        size: row.get(3)?,
        mime: row.get(4)?,
        file_name: row.get(5)?,
        uploader_id: row.get(6)?,
        created_at: row.get(7)?,
    })
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Document>> {
    one(conn, &format!("{DOCUMENT} WHERE id = ?1"), [id], document)
}

/// All, in order.
pub fn list(conn: &Connection) -> Res<Vec<Document>> {
    all(conn, &format!("{DOCUMENT} ORDER BY id"), [], document)
}

/// What a person has sent: number and kind.
pub fn of_uploader(conn: &Connection, person: i64) -> Res<Vec<(i64, DocumentKind)>> {
    let sql = "SELECT id, kind FROM document WHERE uploader_id = ?1 ORDER BY id";
    all(conn, sql, [person], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Writes a body out, piece by piece.
pub fn read_body(conn: &Connection, id: i64, to: &mut impl Write) -> Res<u64> {
    let body: i64 = conn.query_row("SELECT body_id FROM document WHERE id = ?1", [id], |row| row.get(0))?;
    let mut blob = conn.blob_open("main", "document_body", "body", body, true)?;
    copy(&mut blob, to)
}

/// By what a bot can send it again, and whether that was a photo.
pub fn file_id(conn: &Connection, document: i64, bot: &str) -> Res<Option<(String, bool)>> {
    let sql = "SELECT file_id, photo FROM tg_file WHERE document_id = ?1 AND bot = ?2";
    one(conn, sql, params![document, bot], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Notes by what a bot can send it again.
pub fn know_file_id(conn: &Connection, document: i64, bot: &str, file_id: &str, photo: bool) -> Res<()> {
    let sql = "INSERT INTO tg_file (document_id, bot, file_id, photo) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (document_id, bot) DO UPDATE SET file_id = ?3, photo = ?4";
    run(conn, sql, params![document, bot, file_id, photo])?;
    Ok(())
}

/// Forgets it, when the bot cannot send it so any more.
pub fn forget_file_id(conn: &Connection, document: i64, bot: &str) -> Res<()> {
    run(conn, "DELETE FROM tg_file WHERE document_id = ?1 AND bot = ?2", params![document, bot])?;
    Ok(())
}
