//! Compares pages with the hashes that were committed to.

use rusqlite::{Connection, Statement};

use super::packing::Unpacker;
use super::{dictionary, length};
use crate::store::StoreResult;
use crate::store::sqlite::codec::damaged;
use crate::store::sqlite::verify::page_hash;

/// Compares pages with the hashes that were committed to.
pub(in super::super) struct Verifier<'c> {
    conn: &'c Connection,
    row: Statement<'c>,
    unpacker: Unpacker,
    page: Vec<u8>,
    /// Revisions of one look share their page.
    last: Option<(i64, String)>,
}

impl<'c> Verifier<'c> {
    pub(in super::super) fn prepare(conn: &'c Connection) -> StoreResult<Self> {
        let row = conn.prepare("SELECT sha256, body, dictionary, length FROM evidence WHERE key = ?1")?;
        Ok(Self { conn, row, unpacker: Unpacker::new()?, page: Vec::new(), last: None })
    }

    /// Whether the page is there and has this hash, given in hexadecimal.
    pub(in super::super) fn is(&mut self, key: i64, hash: &str) -> StoreResult<bool> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != key) {
            let Some(found) = self.hash(key)? else { return Ok(false) };
            self.last = Some((key, found));
        }
        Ok(self.last.as_ref().is_some_and(|(_, found)| found == hash))
    }

    /// Whether the page is there and has the hash that its row says.
    pub(in super::super) fn is_whole(&mut self, key: i64) -> StoreResult<bool> {
        Ok(self.hash(key)?.is_some())
    }

    /// The hash of a page's bytes; `None` when it cannot be unpacked or is not what its row says.
    fn hash(&mut self, key: i64) -> StoreResult<Option<String>> {
        let mut rows = self.row.query([key])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let stated: [u8; 32] = row.get(0)?;
        let packed = (row.get_ref(1)?.as_blob().map_err(damaged)?, row.get(2)?);
        let (conn, length) = (self.conn, length(row.get(3)?)?);
        let dictionary = |key| dictionary::body(conn, key);
        let unpacked = self.unpacker.unpack(packed, length, &mut self.page, dictionary)?;
        let found = page_hash(&self.page);
        Ok((unpacked.is_ok() && hex::encode(stated) == found).then_some(found))
    }
}
