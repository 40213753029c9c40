//! Verifies the chain: every hash and commitment computed anew, link by link, with one link in memory at a time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row, Statement};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::chain::{ChainHead, commitment, removal_commitment};
use super::codec::{damaged, int, number};
use super::{checkpoints, derived, evidence, folding, listed, orphans, unchained};
use crate::ProfileId;
use crate::store::StoreResult;

/// What the verification of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainReport {
    /// The last link that was looked at.
    pub head: ChainHead,
    /// Revisions whose content was checked.
    pub revisions: u64,
    /// Links with the content of a revision from before it was corrected; checked as well.
    pub corrected: u64,
    /// Links whose content was removed, each with a record of the removal.
    pub tombstones: u64,
    /// Links that are records of removals.
    pub removals: u64,
    /// Raw pages that were compared with their hash.
    pub pages: u64,
    /// Checkpoints that the chain was compared with.
    pub checkpoints: u64,
    /// Photos that were compared with their hash.
    pub photos: u64,
    /// Display names in searches were not compared: a program with other rules of letter case has written them, and nobody
    /// has opened the database to write since.
    pub other_case: bool,
    /// The first thing that is wrong; nothing after it was looked at.
    pub broken: Option<ChainBreak>,
}

impl ChainReport {
    fn new() -> Self {
        let head = ChainHead::empty();
        let (revisions, corrected, tombstones, removals, pages, checkpoints, photos) = (0, 0, 0, 0, 0, 0, 0);
        Self {
            head,
            revisions,
            corrected,
            tombstones,
            removals,
            pages,
            checkpoints,
            photos,
            other_case: false,
            broken: None,
        }
    }
}

/// Where the chain is broken, or what stands beside it is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBreak {
    /// The place in the chain; of what belongs to no revision, that of the newest link.
    pub seq: u64,
    /// Whose it is, where that is known.
    pub profile: Option<ProfileId>,
    /// The revision's number, where it belongs to one.
    pub revision: Option<u64>,
    /// It stands beside the chain, which is whole.
    pub beside: bool,
    /// What is wrong, as a sentence.
    pub what: &'static str,
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.beside {
            true => write!(f, "the chain is whole, but not what stands beside it: {}", self.what),
            false => write!(f, "the chain is broken at link {}: {}", self.seq, self.what),
        }
    }
}

/// What is wrong with a link.
pub(super) type Wrong = &'static str;

const MISSING: Wrong = "a link is missing";
const HASH: Wrong = "the hash of the link is not that of its parts";
const CONTENT: Wrong = "the content is not the one that was committed to";
const PLACE: Wrong = "the content belongs to another profile or another number";
const GONE: Wrong = "the content is gone without a record of its removal";
const BOTH: Wrong = "the content is there although its removal is on record";
const RECORD: Wrong = "the record of removals is not the one that was committed to";
const PAGE: Wrong = "the raw page is not the one that was committed to";
const PAGE_GONE: Wrong = "the raw page is gone";
const STRAY: Wrong = "a revision has no link";
const CHECKPOINT: Wrong = "the hash is not the one of the checkpoint that was made here";
const SHORT: Wrong = "the chain ends before the checkpoint that was made here";

/// As [`verify`], then whether what is told beside the chain is what its revisions say, and then what is in no chain.
pub(super) fn verify_all(conn: &Connection, given: &[ChainHead]) -> StoreResult<ChainReport> {
    let mut report = verify(conn, given)?;
    report.other_case = !folding::is_ours(conn)?;
    if report.broken.is_none() {
        report.broken = derived::differs(conn, report.head)?;
    }
    if report.broken.is_none() {
        report.broken = orphans::first(conn, report.head)?;
    }
    if report.broken.is_none() {
        report.broken = listed::differs(conn, report.head)?;
    }
    if report.broken.is_none() {
        report.broken = unchained::differs(conn, &mut report)?;
    }
    Ok(report)
}

/// Verifies the chain, the pages, and that the chain goes through every checkpoint: the kept ones and those given.
pub(super) fn verify(conn: &Connection, given: &[ChainHead]) -> StoreResult<ChainReport> {
    let mut marks = checkpoints::heads(conn)?;
    // Each one that is kept counts, also where several are of one link; of those given, the ones that are not kept.
    let kept: HashSet<ChainHead> = marks.iter().copied().collect();
    marks.extend(given.iter().filter(|mark| !kept.contains(mark)));
    marks.sort_by_key(|mark| mark.seq);
    let mut report = ChainReport::new();
    let mut links = Links::prepare(conn)?;
    let mut statement = conn.prepare(
        "SELECT c.seq, c.commitment, c.hash, r.salt, r.content, r.number, r.evidence, p.id FROM chain_link c \
         LEFT JOIN revision r ON r.seq = c.seq LEFT JOIN profile p ON p.key = r.profile ORDER BY c.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut marks = marks.into_iter().peekable();
    let first = marks.next_if(|mark| mark.seq == 0 && mark.hash != ChainHead::empty().hash);
    report.broken = first.map(|_| at(0, CHECKPOINT));
    while let (None, Some(row)) = (&report.broken, rows.next()?) {
        let seq = number(row.get(0)?);
        let wrong = links.check(row, seq, &mut report)?;
        report.broken = wrong.map(|what| broken(row, seq, what)).transpose()?;
        while report.broken.is_none()
            && let Some(mark) = marks.next_if(|mark| mark.seq <= seq)
        {
            report.checkpoints += 1;
            report.broken = (mark.seq == seq && mark.hash != report.head.hash).then(|| at(seq, CHECKPOINT));
        }
    }
    if report.broken.is_none() {
        report.broken = match marks.find(|mark| mark.seq > report.head.seq) {
            Some(mark) => Some(at(mark.seq, SHORT)),
            None => stray(conn, report.head)?,
        };
    }
    Ok(report)
}

fn at(seq: u64, what: Wrong) -> ChainBreak {
    ChainBreak { seq, profile: None, revision: None, beside: false, what }
}

fn broken(row: &Row<'_>, seq: u64, what: Wrong) -> StoreResult<ChainBreak> {
    let (revision, profile): (Option<i64>, Option<[u8; 16]>) = (row.get(5)?, row.get(7)?);
    let (profile, revision) = (profile.map(ProfileId::from_bytes), revision.map(number));
    Ok(ChainBreak { seq, profile, revision, beside: false, what })
}

/// Content outside of the chain was never committed to.
fn stray(conn: &Connection, head: ChainHead) -> StoreResult<Option<ChainBreak>> {
    let sql = "SELECT (SELECT min(seq) FROM revision), (SELECT min(seq) FROM revision_before), \
        (SELECT max(seq) FROM revision), (SELECT max(seq) FROM revision_before)";
    let ends: [Option<i64>; 4] =
        conn.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
    let outside = |seq: &i64| *seq < 1 || *seq > int(head.seq);
    Ok(ends.into_iter().flatten().find(outside).map(|seq| at(number(seq), STRAY)))
}

/// Only what is compared.
#[derive(Deserialize)]
struct Content<'a> {
    profile_id: ProfileId,
    number: u64,
    #[serde(borrow)]
    evidence_sha256: Option<Cow<'a, str>>,
}

/// Whether a link is anything else than the record of a removal.
const OTHERWISE: &str = "SELECT EXISTS (SELECT 1 FROM revision WHERE seq = ?1) \
    OR EXISTS (SELECT 1 FROM revision_before WHERE seq = ?1) \
    OR EXISTS (SELECT 1 FROM chain_removal WHERE seq = ?1) \
    OR NOT EXISTS (SELECT 1 FROM chain_link WHERE seq = ?1)";

/// Looks links up.
struct Links<'c> {
    pages: evidence::Verifier<'c>,
    before: Statement<'c>,
    removed: Statement<'c>,
    otherwise: Statement<'c>,
    record: Statement<'c>,
}

impl<'c> Links<'c> {
    fn prepare(conn: &'c Connection) -> StoreResult<Self> {
        let before = "SELECT salt, content FROM revision_before WHERE seq = ?1";
        Ok(Self {
            pages: evidence::Verifier::prepare(conn)?,
            before: conn.prepare(before)?,
            removed: conn.prepare("SELECT by FROM chain_removal WHERE seq = ?1")?,
            otherwise: conn.prepare(OTHERWISE)?,
            record: conn.prepare("SELECT seq FROM chain_removal WHERE by = ?1 ORDER BY seq")?,
        })
    }

    fn check(&mut self, row: &Row<'_>, seq: u64, report: &mut ChainReport) -> StoreResult<Option<Wrong>> {
        let (committed, hash): ([u8; 32], [u8; 32]) = (row.get(1)?, row.get(2)?);
        let next = report.head.next(&committed);
        if next.seq != seq {
            return Ok(Some(MISSING));
        }
        if next.hash != hash {
            return Ok(Some(HASH));
        }
        report.head = next;
        let removed: Option<i64> = self.removed.query_row([int(seq)], |row| row.get(0)).optional()?;
        match row.get::<_, Option<[u8; 32]>>(3)? {
            Some(_) if removed.is_some() => Ok(Some(BOTH)),
            Some(salt) => self.revision(row, &salt, &committed, report),
            None => self.other(seq, &committed, removed, report),
        }
    }

    fn revision(
        &mut self,
        row: &Row<'_>,
        salt: &[u8; 32],
        committed: &[u8; 32],
        report: &mut ChainReport,
    ) -> StoreResult<Option<Wrong>> {
        report.revisions += 1;
        let bytes = row.get_ref(4)?.as_bytes().map_err(damaged)?;
        if commitment(salt, bytes) != *committed {
            return Ok(Some(CONTENT));
        }
        let content: Content<'_> = serde_json::from_slice(bytes).map_err(damaged)?;
        let profile: Option<[u8; 16]> = row.get(7)?;
        if profile != Some(*content.profile_id.as_bytes()) || number(row.get(5)?) != content.number {
            return Ok(Some(PLACE));
        }
        let page: Option<i64> = row.get(6)?;
        match (page, content.evidence_sha256) {
            (None, None) => Ok(None),
            (None, Some(_)) => Ok(Some(PAGE_GONE)),
            (Some(_), None) => Ok(Some(PAGE)),
            (Some(key), Some(hash)) => {
                report.pages += 1;
                Ok((!self.pages.is(key, &hash)?).then_some(PAGE))
            }
        }
    }

    /// A link without a revision.
    fn other(
        &mut self,
        seq: u64,
        committed: &[u8; 32],
        removed: Option<i64>,
        report: &mut ChainReport,
    ) -> StoreResult<Option<Wrong>> {
        let mut rows = self.before.query([int(seq)])?;
        if let Some(row) = rows.next()? {
            report.corrected += 1;
            let salt: [u8; 32] = row.get(0)?;
            let same = commitment(&salt, row.get_ref(1)?.as_bytes().map_err(damaged)?) == *committed;
            return Ok(match removed {
                Some(_) => Some(BOTH),
                None => (!same).then_some(CONTENT),
            });
        }
        if let Some(by) = removed {
            report.tombstones += 1;
            let otherwise: bool = self.otherwise.query_row([by], |row| row.get(0))?;
            return Ok((number(by) <= seq || otherwise).then_some(RECORD));
        }
        let tombstones: Vec<i64> =
            self.record.query_map([int(seq)], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if tombstones.is_empty() {
            return Ok(Some(GONE));
        }
        report.removals += 1;
        Ok((removal_commitment(tombstones) != *committed).then_some(RECORD))
    }
}

/// SHA-256 of a page, in hexadecimal.
pub(super) fn page_hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}
