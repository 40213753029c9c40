//! Revisions: written once, as the JSON that is hashed into the chain.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::codec::{Cells, all, damaged, first, from_json, in_row, int, limit, millis, to_json};
use super::state_json::StateJson;
use super::{chain, evidence};
use crate::store::{Revision, StoreError, StoreResult};
use crate::{Counts, Field, Presence, Profile, ProfileId, Timestamp};

/// Where revisions stand.
pub(super) const TABLE: &str = "revision";

/// What a search needs of a revision, without the rest.
#[derive(Deserialize)]
pub(super) struct Texts {
    changed: Vec<Field>,
    profile: TextsOfProfile,
}

#[derive(Deserialize)]
struct TextsOfProfile {
    username: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    bio: Option<String>,
}

impl Texts {
    /// The username, the display name and the bio that are new in the revision.
    pub(super) fn new_ones(&self) -> [Option<&str>; 3] {
        let TextsOfProfile { username, display_name, bio } = &self.profile;
        let texts = [
            (Field::Username, Some(username.as_str())),
            (Field::DisplayName, display_name.as_deref()),
            (Field::Bio, bio.as_deref()),
        ];
        texts.map(|(field, text)| text.filter(|_| self.changed.contains(&field)))
    }
}

/// The content of a revision, as it is hashed. Times are milliseconds since 1970 in UTC.
#[derive(Serialize)]
struct Written<'a> {
    profile_id: ProfileId,
    number: u64,
    changed: &'a [Field],
    profile: &'a RawValue,
    presence: Presence,
    counts: &'a Counts,
    last_seen_before: Option<i64>,
    first_seen: i64,
    confirmed_at: i64,
    fetcher: &'a str,
    parser: &'a str,
    evidence_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_at: Option<i64>,
}

/// The same, read back.
#[derive(Deserialize)]
struct Read {
    number: u64,
    changed: Vec<Field>,
    profile: Profile,
    presence: Presence,
    counts: Counts,
    last_seen_before: Option<i64>,
    first_seen: i64,
    confirmed_at: i64,
    fetcher: String,
    parser: String,
    evidence_sha256: Option<String>,
    corrected_at: Option<i64>,
}

fn content(id: ProfileId, revision: &Revision, json: &StateJson<'_>) -> StoreResult<String> {
    let profile = json.of(&revision.profile)?;
    to_json(&Written {
        profile_id: id,
        number: revision.number,
        changed: &revision.changed,
        profile: serde_json::from_str(&profile).map_err(StoreError::failed)?,
        presence: revision.presence,
        counts: &revision.counts,
        last_seen_before: millis(revision.last_seen_before),
        first_seen: revision.first_seen.as_millis(),
        confirmed_at: revision.confirmed_at.as_millis(),
        fetcher: &revision.fetcher,
        parser: &revision.parser,
        evidence_sha256: revision.evidence_sha256.map(hex::encode),
        corrected_at: millis(revision.corrected_at),
    })
}

pub(super) fn parse(content: &str) -> StoreResult<Revision> {
    let read: Read = from_json(content)?;
    let evidence_sha256 = read.evidence_sha256.map(|text| {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(damaged).map(|()| hash)
    });
    Ok(Revision {
        number: read.number,
        changed: read.changed,
        profile: read.profile,
        presence: read.presence,
        counts: read.counts,
        last_seen_before: read.last_seen_before.map(Timestamp::from_millis),
        first_seen: Timestamp::from_millis(read.first_seen),
        confirmed_at: Timestamp::from_millis(read.confirmed_at),
        fetcher: read.fetcher,
        parser: read.parser,
        evidence_sha256: evidence_sha256.transpose()?,
        corrected_at: read.corrected_at.map(Timestamp::from_millis),
    })
}

/// A revision as it goes into the chain.
#[derive(Debug)]
pub(super) struct Sealed {
    salt: [u8; 32],
    content: String,
    commitment: [u8; 32],
}

/// Writes a revision of a profile out and commits to it.
pub(super) fn seal(id: ProfileId, revision: &Revision, json: &StateJson<'_>) -> StoreResult<Sealed> {
    let (salt, content) = (rand::random(), content(id, revision, json)?);
    let commitment = chain::commitment(&salt, content.as_bytes());
    Ok(Sealed { salt, content, commitment })
}

/// Writes a revision as the next link of the chain, whose place comes back; `evidence` is the row of its raw answer.
pub(super) fn insert(
    conn: &Connection,
    profile: i64,
    (revision, sealed): (&Revision, &Sealed),
    evidence: Option<i64>,
) -> StoreResult<i64> {
    let seq = chain::append(conn, &sealed.commitment)?;
    let sql = "INSERT INTO revision (seq, profile, number, first_seen, salt, content, evidence) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![
        seq,
        profile,
        int(revision.number),
        revision.first_seen.as_millis(),
        sealed.salt.as_slice(),
        sealed.content,
        evidence,
    ])?;
    Ok(seq)
}

/// A revision with its place in the chain and its evidence's row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub seq: i64,
    pub evidence: Option<i64>,
    pub revision: Revision,
}

const SELECT: &str = "SELECT seq, evidence, content FROM revision WHERE profile = ?1 ";

fn read(cells: &mut Cells<'_, '_>) -> StoreResult<Row> {
    let (seq, evidence) = (cells.int()?, cells.maybe_int()?);
    Ok(Row { seq, evidence, revision: in_row(parse(cells.str()?), TABLE, seq)? })
}

/// Revisions with a number above `after`, oldest first.
pub(super) fn after(conn: &Connection, profile: i64, after: u64, rows: usize) -> StoreResult<Vec<Row>> {
    let sql = [SELECT, "AND number > ?2 ORDER BY number LIMIT ?3"].concat();
    all(conn.prepare_cached(&sql)?.query([profile, int(after), limit(rows)])?, read)
}

/// Revisions with a number below `before`, newest first.
pub(super) fn before(conn: &Connection, profile: i64, before: u64, rows: usize) -> StoreResult<Vec<Row>> {
    let sql = [SELECT, "AND number < ?2 ORDER BY number DESC LIMIT ?3"].concat();
    all(conn.prepare_cached(&sql)?.query([profile, int(before), limit(rows)])?, read)
}

pub(super) fn one(conn: &Connection, profile: i64, number: u64) -> StoreResult<Option<Row>> {
    let sql = [SELECT, "AND number = ?2"].concat();
    first(conn.prepare_cached(&sql)?.query([profile, int(number)])?, read)
}

/// What a revision was before it was corrected, each time.
pub(super) fn before_corrections(conn: &Connection, profile: i64, number: u64) -> StoreResult<Vec<Revision>> {
    let sql = "SELECT seq, content FROM revision_before WHERE profile = ?1 AND number = ?2";
    all(conn.prepare_cached(sql)?.query([profile, int(number)])?, |cells| {
        let seq = cells.int()?;
        in_row(parse(cells.str()?), "revision_before", seq)
    })
}

/// The revision at a place of the chain.
pub(super) fn at(conn: &Connection, seq: i64) -> StoreResult<Option<Row>> {
    let sql = "SELECT seq, evidence, content FROM revision WHERE seq = ?1";
    first(conn.prepare_cached(sql)?.query([seq])?, read)
}

/// Shows the texts of the revisions behind a place of the chain, in its order.
pub(super) fn each_text_after(
    conn: &Connection,
    seq: i64,
    rows: usize,
    mut show: impl FnMut(i64, &Texts) -> StoreResult<()>,
) -> StoreResult<()> {
    let sql = "SELECT seq, content FROM revision WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query([seq, limit(rows)])?;
    while let Some(row) = found.next()? {
        let mut cells = Cells::new(row);
        let seq = cells.int()?;
        show(seq, &in_row(from_json(cells.str()?), TABLE, seq)?)?;
    }
    Ok(())
}

/// Deletes a revision with what it was before corrections. The links that become tombstones by that are added to `gone`:
/// the caller writes them down with [`chain::record_removal`].
pub(super) fn delete(conn: &Connection, profile: i64, row: &Row, gone: &mut Vec<i64>) -> StoreResult<()> {
    forget(conn, row, gone)?;
    let sql = "DELETE FROM revision_before WHERE profile = ?1 AND number = ?2 RETURNING seq";
    let number = int(row.revision.number);
    gone.extend(all(conn.prepare_cached(sql)?.query([profile, number])?, |cells| cells.int())?);
    evidence::drop_unused(conn, row.evidence)
}

/// Deletes what stands at one link only, because it is written anew; its evidence stays.
pub(super) fn forget(conn: &Connection, row: &Row, gone: &mut Vec<i64>) -> StoreResult<()> {
    super::text::forget_revision(conn, row)?;
    conn.prepare_cached("DELETE FROM revision WHERE seq = ?1")?.execute([row.seq])?;
    gone.push(row.seq);
    Ok(())
}

/// When the newest change was first seen; the first revision is none, nor is one that a correction left without changes.
pub(super) fn last_change(conn: &Connection, profile: i64) -> StoreResult<Option<Timestamp>> {
    let sql = "SELECT max(first_seen) FROM revision WHERE profile = ?1 AND json_array_length(content, '$.changed') > 0 \
        AND number > \
        (SELECT min(number) FROM revision WHERE profile = ?1)";
    Ok(first(conn.prepare_cached(sql)?.query([profile])?, |cells| cells.maybe_time())?.flatten())
}
