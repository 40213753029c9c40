//! What proves the history of one profile: the committed contents with their salts, the links of the chain from the first of
//! them on, and the raw pages. Read in one moment, a row at a time.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::chain::ChainHead;
use super::codec::{all, damaged, first, int, number};
use super::{SqliteStore, db, evidence, profiles};
use crate::ProfileId;
use crate::store::{StoreError, StoreResult};

/// What proves the history of one profile, as it is at one moment.
#[derive(Debug)]
pub struct Proofs<'c> {
    conn: &'c Connection,
    profile: i64,
    /// Links with contents, ascending.
    places: Vec<i64>,
    before: ChainHead,
    last: u64,
}

/// A committed content: `commitment = SHA-256(salt || content)`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProvenContent<'a> {
    /// Its link.
    pub link: u64,
    /// The salt.
    pub salt: [u8; 32],
    /// The content, a line of JSON.
    pub content: &'a [u8],
}

/// A raw page.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProvenPage<'a> {
    /// SHA-256 of the body.
    pub sha256: [u8; 32],
    /// The media type that came with it: a stranger's words.
    pub media_type: &'a str,
    /// The bytes.
    pub body: &'a [u8],
}

const CONTENT: &str = "SELECT salt, content FROM revision WHERE seq = ?1 UNION ALL \
    SELECT salt, content FROM revision_before WHERE seq = ?1";

impl SqliteStore {
    /// Reads what proves the history of a profile, up to link `until`, on a thread that may block.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no history up to there; the job's own error.
    pub async fn prove<T: Send + 'static>(
        &self,
        id: ProfileId,
        until: u64,
        job: impl FnOnce(&Proofs<'_>) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let path = self.path()?;
        super::blocking(move || {
            let conn = db::open_plain(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            super::snapshot(&conn, |conn| job(&Proofs::of(conn, id, until)?))
                .map_err(|error| db::at_path(error, &path))
        })
        .await
    }
}

impl<'c> Proofs<'c> {
    fn of(conn: &'c Connection, id: ProfileId, until: u64) -> StoreResult<Self> {
        let profile = profiles::key_of(conn, id)?.ok_or(StoreError::NotFound("profile"))?;
        let sql = "SELECT seq FROM revision WHERE profile = ?1 AND seq <= ?2 UNION ALL \
            SELECT seq FROM revision_before WHERE profile = ?1 AND seq <= ?2 ORDER BY 1";
        let places = all(conn.prepare(sql)?.query(params![profile, int(until)])?, |cells| cells.int())?;
        let start = places.first().copied().ok_or(StoreError::NotFound("revision"))?;
        let sql = "SELECT seq, hash FROM chain_link WHERE seq = ?1";
        let before = first(conn.prepare(sql)?.query([start - 1])?, |cells| {
            Ok(ChainHead::at(cells.number()?, cells.bytes()?))
        })?;
        let before = before.unwrap_or_else(ChainHead::empty);
        Ok(Self { conn, profile, places, before, last: until })
    }

    /// The link before the first content.
    pub fn before(&self) -> ChainHead {
        self.before
    }

    /// How many links [`each_link`](Self::each_link) gives.
    pub fn links(&self) -> u64 {
        self.last.saturating_sub(self.before.seq)
    }

    /// The length of all contents, in bytes, and how many there are.
    ///
    /// # Errors
    /// As reading.
    pub fn content_length(&self) -> StoreResult<(u64, u64)> {
        let mut bytes = 0;
        self.each_content(&mut |content| {
            bytes += content.content.len() as u64;
            Ok(())
        })?;
        Ok((bytes, self.places.len() as u64))
    }

    /// Gives every content in the order of the links.
    ///
    /// # Errors
    /// As reading, and what `give` answers.
    pub fn each_content(
        &self,
        give: &mut dyn FnMut(ProvenContent<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let mut statement = self.conn.prepare_cached(CONTENT)?;
        for seq in &self.places {
            let mut rows = statement.query([seq])?;
            let row = rows.next()?.ok_or_else(|| damaged("a content is gone"))?;
            let content = row.get_ref(1)?.as_bytes().map_err(damaged)?;
            give(ProvenContent { link: number(*seq), salt: row.get(0)?, content })?;
        }
        Ok(())
    }

    /// Gives the number and the commitment of every link behind [`before`](Self::before).
    ///
    /// # Errors
    /// As reading, and what `give` answers.
    pub fn each_link(&self, give: &mut dyn FnMut(u64, [u8; 32]) -> StoreResult<()>) -> StoreResult<()> {
        let sql = "SELECT seq, commitment FROM chain_link WHERE seq > ?1 AND seq <= ?2 ORDER BY seq";
        let mut statement = self.conn.prepare(sql)?;
        let mut rows = statement.query([int(self.before.seq), int(self.last)])?;
        while let Some(row) = rows.next()? {
            give(number(row.get(0)?), row.get(1)?)?;
        }
        Ok(())
    }

    /// Gives every raw page once.
    ///
    /// # Errors
    /// As reading, and what `give` answers.
    pub fn each_page(&self, give: &mut dyn FnMut(ProvenPage<'_>) -> StoreResult<()>) -> StoreResult<()> {
        let sql = "SELECT number FROM revision WHERE profile = ?1 AND evidence IS NOT NULL AND seq <= ?2 ORDER BY number";
        let mut statement = self.conn.prepare(sql)?;
        let mut rows = statement.query([self.profile, int(self.last)])?;
        let mut given = HashSet::new();
        while let Some(row) = rows.next()? {
            let kept = evidence::of_revision(self.conn, self.profile, number(row.get(0)?))?;
            let Some(kept) = kept.filter(|kept| given.insert(kept.sha256)) else { continue };
            let (sha256, media_type) = (kept.sha256, kept.evidence.media_type.as_str());
            give(ProvenPage { sha256, media_type, body: &kept.evidence.body })?;
        }
        Ok(())
    }
}
