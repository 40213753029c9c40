//! Raw answers, compressed.

use std::cell::RefCell;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::codec::{Cells, damaged, first, from_json, int, number, to_json};
use crate::Evidence;
use crate::store::{EvidenceSource, HeldId, KeptEvidence, StoreError, StoreResult};

/// A light level: pages shrink to a third of their size, and a check stays cheap.
const LEVEL: i32 = 1;
/// No page is larger when it is unpacked; a damaged length never asks for more memory.
const LARGEST: u64 = 64 << 20;

thread_local! {
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

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
    body: Vec<u8>,
    length: u64,
}

/// Compresses and hashes what is new.
pub(super) fn pack(source: &EvidenceSource) -> StoreResult<Packed> {
    match source {
        EvidenceSource::None => Ok(Packed::None),
        EvidenceSource::OfHeld(id) => Ok(Packed::OfHeld(*id)),
        EvidenceSource::New(evidence) => Ok(Packed::New(Box::new(Row {
            sha256: evidence.sha256(),
            url: evidence.url.clone(),
            status: evidence.status,
            media_type: evidence.media_type.clone(),
            headers: to_json(&evidence.headers)?,
            body: compress(&evidence.body)?,
            length: evidence.body.len() as u64,
        }))),
    }
}

/// Packing needs memory of its own, which each thread keeps for the next time.
fn compress(body: &[u8]) -> StoreResult<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        let packer = match packer {
            Some(packer) => packer,
            None => packer.insert(zstd::bulk::Compressor::new(LEVEL).map_err(StoreError::failed)?),
        };
        packer.compress(body).map_err(StoreError::failed)
    })
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
    let sql = "INSERT INTO evidence (sha256, url, status, media_type, headers, body, length) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![
        row.sha256.as_slice(),
        row.url,
        row.status,
        row.media_type,
        row.headers,
        row.body,
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
    let sql = "SELECT e.sha256, e.url, e.status, e.media_type, e.headers, e.body, e.length FROM revision r \
        JOIN evidence e ON e.key = r.evidence WHERE r.profile = ?1 AND r.number = ?2";
    first(conn.prepare_cached(sql)?.query([profile, int(revision)])?, read)
}

/// Reads the columns from `sha256` to `length`.
pub(super) fn read(cells: &mut Cells<'_, '_>) -> StoreResult<KeptEvidence> {
    let (sha256, url) = (cells.bytes()?, cells.text()?);
    let status = u16::try_from(cells.int()?).map_err(damaged)?;
    let (media_type, headers) = (cells.text()?, from_json(cells.str()?)?);
    let (body, length) = (cells.blob()?, number(cells.int()?).min(LARGEST));
    let length = usize::try_from(length).map_err(damaged)?;
    let body = zstd::bulk::decompress(body, length).map_err(damaged)?;
    let mut evidence = Evidence::new(url, status, media_type, Bytes::from(body));
    evidence.headers = headers;
    Ok(KeptEvidence::new(evidence, sha256))
}

/// Compares pages with the hashes that were committed to.
pub(super) struct Verifier<'c> {
    row: Statement<'c>,
    unpacker: zstd::bulk::Decompressor<'static>,
    page: Vec<u8>,
    /// Revisions of one look share their page.
    last: Option<(i64, String)>,
}

impl<'c> Verifier<'c> {
    pub(super) fn prepare(conn: &'c Connection) -> StoreResult<Self> {
        let row = conn.prepare("SELECT sha256, body, length FROM evidence WHERE key = ?1")?;
        let unpacker = zstd::bulk::Decompressor::new().map_err(StoreError::failed)?;
        Ok(Self { row, unpacker, page: Vec::new(), last: None })
    }

    /// Whether the page is there and has this hash, given in hexadecimal.
    pub(super) fn is(&mut self, key: i64, hash: &str) -> StoreResult<bool> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != key) {
            let Some(found) = self.hash(key)? else { return Ok(false) };
            self.last = Some((key, found));
        }
        Ok(self.last.as_ref().is_some_and(|(_, found)| found == hash))
    }

    /// The hash of a page's bytes; `None` when it cannot be unpacked or is not what its row says.
    fn hash(&mut self, key: i64) -> StoreResult<Option<String>> {
        let mut rows = self.row.query([key])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let stated: [u8; 32] = row.get(0)?;
        let length = usize::try_from(number(row.get(2)?).min(LARGEST)).map_err(damaged)?;
        self.page.clear();
        self.page.reserve(length);
        let packed = row.get_ref(1)?.as_blob().map_err(damaged)?;
        let unpacked = self.unpacker.decompress_to_buffer(packed, &mut self.page);
        let found = super::verify::page_hash(&self.page);
        Ok(unpacked.is_ok_and(|size| size == length && hex::encode(stated) == found).then_some(found))
    }
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
