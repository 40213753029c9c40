//! Raw answers, compressed.

mod dictionary;
mod packing;
#[cfg(test)]
mod tests;
mod verifier;
mod words;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{Cells, damaged, first, from_json, int, number, to_json};
use crate::Evidence;
use crate::store::{EvidenceSource, HeldId, KeptEvidence, StoreResult};
use packing::{Body, Unpacker};

pub(super) use dictionary::{Author, insert as keep_dictionary, newest as newest_dictionary};
pub(super) use packing::Packer;
pub(super) use verifier::Verifier;

/// No page is larger when it is unpacked; a damaged length never asks for more memory.
const LARGEST: u64 = 64 << 20;

/// Evidence as it is written; packed by the caller, so that the writer need not.
#[derive(Debug)]
pub(super) enum Packed {
    None,
    New(Box<Row>),
    OfHeld(HeldId),
}

#[derive(Debug)]
pub(super) struct Row {
    sha256: [u8; 32],
    url: String,
    status: u16,
    media_type: String,
    headers: String,
    body: Body,
    length: u64,
}

impl Packed {
    /// The hash of what is new.
    pub(super) fn sha256(&self) -> Option<[u8; 32]> {
        match self {
            Self::New(row) => Some(row.sha256),
            Self::None | Self::OfHeld(_) => None,
        }
    }
}

/// Compresses and hashes what is new.
pub(super) fn pack(packer: &Packer, source: &EvidenceSource) -> StoreResult<Packed> {
    match source {
        EvidenceSource::None => Ok(Packed::None),
        EvidenceSource::OfHeld(id) => Ok(Packed::OfHeld(*id)),
        EvidenceSource::New(evidence) => Ok(Packed::New(Box::new(Row {
            sha256: evidence.sha256(),
            url: evidence.url.clone(),
            status: evidence.status,
            media_type: evidence.media_type.clone(),
            headers: to_json(&evidence.headers)?,
            body: packer.pack(evidence)?,
            length: evidence.body.len() as u64,
        }))),
    }
}

/// A row that was written, or found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub key: i64,
    pub sha256: [u8; 32],
}

/// Writes new evidence, or finds that of a waiting change.
pub(super) fn store(conn: &Connection, packed: &Packed) -> StoreResult<Option<Stored>> {
    match packed {
        Packed::None => Ok(None),
        Packed::New(row) => insert(conn, row).map(Some),
        Packed::OfHeld(id) => {
            let sql =
                "SELECT e.key, e.sha256 FROM held h JOIN evidence e ON e.key = h.evidence WHERE h.id = ?1";
            first(conn.prepare_cached(sql)?.query([id.0])?, |cells| {
                Ok(Stored { key: cells.int()?, sha256: cells.bytes()? })
            })
        }
    }
}

fn insert(conn: &Connection, row: &Row) -> StoreResult<Stored> {
    let sql = "INSERT INTO evidence (sha256, url, status, media_type, headers, body, dictionary, length) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        row.sha256.as_slice(),
        row.url,
        row.status,
        row.media_type,
        row.headers,
        row.body.packed,
        row.body.dictionary,
        int(row.length),
    ])?;
    Ok(Stored { key: conn.last_insert_rowid(), sha256: row.sha256 })
}

/// The raw answer of a revision.
pub(super) fn of_revision(
    conn: &Connection,
    profile: i64,
    revision: u64,
) -> StoreResult<Option<KeptEvidence>> {
    let sql = "SELECT e.sha256, e.url, e.status, e.media_type, e.headers, e.body, e.dictionary, e.length \
        FROM revision r JOIN evidence e ON e.key = r.evidence WHERE r.profile = ?1 AND r.number = ?2";
    first(conn.prepare_cached(sql)?.query([profile, int(revision)])?, |cells| read(conn, cells))
}

/// Reads the columns from `sha256` to `length`.
pub(super) fn read(conn: &Connection, cells: &mut Cells<'_, '_>) -> StoreResult<KeptEvidence> {
    let (sha256, url) = (cells.bytes()?, cells.text()?);
    let status = u16::try_from(cells.int()?).map_err(damaged)?;
    let (media_type, headers) = (cells.text()?, from_json(cells.str()?)?);
    let packed = (cells.blob()?, cells.maybe_int()?);
    let length = length(cells.int()?)?;
    let mut body = Vec::new();
    let dictionary = |key| dictionary::body(conn, key);
    Unpacker::new()?.unpack(packed, length, &mut body, dictionary)?.map_err(damaged)?;
    let mut evidence = Evidence::new(url, status, media_type, Bytes::from(body));
    evidence.headers = headers;
    Ok(KeptEvidence::new(evidence, sha256))
}

/// How long a row says that its page is.
fn length(cell: i64) -> StoreResult<usize> {
    usize::try_from(number(cell).min(LARGEST)).map_err(damaged)
}

/// Deletes evidence that nothing refers to any more.
pub(super) fn drop_unused(conn: &Connection, key: Option<i64>) -> StoreResult<()> {
    let Some(key) = key else { return Ok(()) };
    let sql = "SELECT 1 FROM revision WHERE evidence = ?1 UNION ALL SELECT 1 FROM held WHERE evidence = ?1 \
        UNION ALL SELECT 1 FROM stray_page WHERE evidence = ?1 LIMIT 1";
    let used: Option<i64> = conn.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
    if used.is_none() {
        conn.prepare_cached("DELETE FROM evidence WHERE key = ?1")?.execute([key])?;
    }
    Ok(())
}
