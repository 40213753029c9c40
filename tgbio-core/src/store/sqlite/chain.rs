//! The hash chain: every revision's salted commitment, linked to the one before.
//!
//! `commitment = SHA-256(salt || content)`, `hash = SHA-256("tgbio chain 1" || hash before || seq || commitment)` with
//! `seq` as eight bytes, big-endian, and 32 zero bytes before the first link. There is one chain for all profiles, so that
//! its newest hash stands for everything before it. Content can be erased and the chain still verifies: what is left is a
//! tombstone, and a link of its own is the record of the removal, so that nothing goes silently.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::codec::{first, int};
use crate::store::StoreResult;

/// What every hash of the chain begins with.
const DOMAIN: &[u8] = b"tgbio chain 1";

/// What the commitment to a removal begins with.
const REMOVAL: &[u8] = b"tgbio removal 1";

/// A place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

    /// A place that is known from elsewhere, as from a checkpoint.
    pub fn at(seq: u64, hash: [u8; 32]) -> Self {
        Self { seq, hash }
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

/// The commitment to the removal of what stood at these links, in ascending order.
pub(super) fn removal_commitment(tombstones: impl IntoIterator<Item = i64>) -> [u8; 32] {
    let begun = Sha256::new().chain_update(REMOVAL);
    let hash = |hash: Sha256, seq: i64| hash.chain_update(seq.to_be_bytes());
    tombstones.into_iter().fold(begun, hash).finalize().into()
}

/// Writes down which links are tombstones now, as a link of its own.
pub(super) fn record_removal(conn: &Connection, tombstones: &mut [i64]) -> StoreResult<()> {
    if tombstones.is_empty() {
        return Ok(());
    }
    tombstones.sort_unstable();
    let by = append(conn, &removal_commitment(tombstones.iter().copied()))?;
    let mut insert = conn.prepare_cached("INSERT INTO chain_removal (seq, by) VALUES (?1, ?2)")?;
    for seq in tombstones {
        insert.execute([*seq, by])?;
    }
    Ok(())
}
