//! The hash chain: every revision's salted commitment, linked to the one before.
//!
//! `commitment = SHA-256(salt || content)`, `hash = SHA-256("tgbio chain 1" || hash before || seq || commitment)` with
//! `seq` as eight bytes, big-endian, and 32 zero bytes before the first link. Content can be erased and the chain still
//! verifies: a link without a revision is a tombstone.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::codec::{first, int, number};
use crate::store::StoreResult;

/// What every hash of the chain begins with.
const DOMAIN: &[u8] = b"tgbio chain 1";

/// A place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainHead {
    /// The place, from 1; zero for an empty chain.
    pub seq: u64,
    /// The hash of the link.
    pub hash: [u8; 32],
}

impl ChainHead {
    /// The head of an empty chain.
    pub fn empty() -> Self {
        Self { seq: 0, hash: [0; 32] }
    }

    /// The next link.
    pub fn next(&self, commitment: &[u8; 32]) -> Self {
        let seq = self.seq + 1;
        let hash = Sha256::new()
            .chain_update(DOMAIN)
            .chain_update(self.hash)
            .chain_update(seq.to_be_bytes())
            .chain_update(commitment)
            .finalize();
        Self { seq, hash: hash.into() }
    }
}

/// The commitment to a content.
pub fn commitment(salt: &[u8; 32], content: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(content).finalize().into()
}

/// The newest link.
pub(super) fn head(conn: &Connection) -> StoreResult<ChainHead> {
    let sql = "SELECT seq, hash FROM chain_link ORDER BY seq DESC LIMIT 1";
    let head = first(conn.prepare_cached(sql)?.query([])?, |cells| {
        Ok(ChainHead { seq: cells.number()?, hash: cells.bytes()? })
    })?;
    Ok(head.unwrap_or_else(ChainHead::empty))
}

/// Adds a link and returns its place.
pub(super) fn append(conn: &Connection, commitment: &[u8; 32]) -> StoreResult<i64> {
    let link = head(conn)?.next(commitment);
    conn.prepare_cached("INSERT INTO chain_link (seq, commitment, hash) VALUES (?1, ?2, ?3)")?
        .execute(params![int(link.seq), commitment.as_slice(), link.hash.as_slice()])?;
    Ok(int(link.seq))
}

/// What the verification of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainReport {
    /// The last link that was looked at.
    pub head: ChainHead,
    /// Revisions whose content was checked.
    pub revisions: u64,
    /// Links whose revision is gone.
    pub tombstones: u64,
    /// The first thing that is wrong; nothing after it was looked at.
    pub broken: Option<ChainBreak>,
}

/// Where the chain is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBreak {
    /// The place in the chain.
    pub seq: u64,
    /// What is wrong, as a sentence.
    pub what: &'static str,
}

/// Computes every commitment and hash anew, link by link, with one link in memory at a time.
pub(super) fn verify(conn: &Connection) -> StoreResult<ChainReport> {
    let mut report = ChainReport { head: ChainHead::empty(), revisions: 0, tombstones: 0, broken: None };
    let mut statement = conn.prepare(
        "SELECT c.seq, c.commitment, c.hash, r.salt, CAST(r.content AS BLOB) FROM chain_link c \
         LEFT JOIN revision r ON r.seq = c.seq ORDER BY c.seq",
    )?;
    let mut rows = statement.query([])?;
    while let (None, Some(row)) = (&report.broken, rows.next()?) {
        let seq = number(row.get(0)?);
        let what = check_link(row, seq, &mut report)?;
        report.broken = what.map(|what| ChainBreak { seq, what });
    }
    Ok(report)
}

fn check_link(
    row: &rusqlite::Row<'_>,
    seq: u64,
    report: &mut ChainReport,
) -> StoreResult<Option<&'static str>> {
    let (committed, hash): ([u8; 32], [u8; 32]) = (row.get(1)?, row.get(2)?);
    let next = report.head.next(&committed);
    if next.seq != seq {
        return Ok(Some("a link is missing"));
    }
    if next.hash != hash {
        return Ok(Some("the hash of the link is not that of its parts"));
    }
    report.head = next;
    let salt: Option<[u8; 32]> = row.get(3)?;
    let Some(salt) = salt else {
        report.tombstones += 1;
        return Ok(None);
    };
    report.revisions += 1;
    let content = row.get_ref(4)?.as_blob().map_err(super::codec::damaged)?;
    Ok((commitment(&salt, content) != committed)
        .then_some("the content is not the one that was committed to"))
}
