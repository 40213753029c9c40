//! The change log: the monotonic feed of everything that changed.

use std::sync::atomic::Ordering;

use rusqlite::{Connection, Statement, params};

use super::SqliteStore;
use super::codec::{Cells, all, field, in_row, int, limit, millis, name, value, value_json};
use super::db::Durability;
use crate::store::{LoggedChange, Revision, StoreResult};
use crate::{Change, Field, ProfileId, Timestamp};

/// Where the entries stand.
const TABLE: &str = "change_log";

/// Whose entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub key: i64,
    pub id: ProfileId,
    pub username: &'a str,
}

pub(super) fn insert(
    conn: &Connection,
    whose: Whose<'_>,
    revision: &Revision,
    changes: &[Change],
) -> StoreResult<()> {
    let sql = "INSERT INTO change_log (profile, profile_id, username, revision, field, before, after, \
        last_seen_before, first_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut statement = conn.prepare_cached(sql)?;
    for change in changes {
        statement.execute(params![
            whose.key,
            whose.id.as_bytes().as_slice(),
            whose.username,
            int(revision.number),
            change.field.as_str(),
            value_json(change.before.as_ref())?,
            value_json(change.after.as_ref())?,
            millis(revision.last_seen_before),
            revision.first_seen.as_millis(),
        ])?;
    }
    Ok(())
}

impl SqliteStore {
    /// What was told of the log survives a power cut from here on: otherwise its numbers would be given to other changes, and
    /// whoever asks for what comes after them would miss those. A database that cannot be written is told from all the same.
    pub(super) async fn keep_told(&self, last: u64) {
        if self.told.load(Ordering::Relaxed) >= last {
            return;
        }
        let job = move |conn: &Connection| {
            let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('changes_told', ?1)";
            Ok(conn.prepare_cached(sql)?.execute([int(last)]).map(drop)?)
        };
        match self.write(Durability::Synced, job).await {
            Ok(()) => drop(self.told.fetch_max(last, Ordering::Relaxed)),
            Err(error) => tracing::debug!(%error, "the change log was told before it was synced"),
        }
    }
}

/// The log after a place.
pub(super) fn after(conn: &Connection, seq: u64, rows: usize) -> StoreResult<Vec<LoggedChange>> {
    let sql = "SELECT seq, profile_id, username, revision, field, before, after, last_seen_before, first_seen, \
        removed FROM change_log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    all(conn.prepare_cached(sql)?.query([int(seq), limit(rows)])?, |cells| {
        let seq = cells.number()?;
        in_row(logged(seq, cells), TABLE, seq)
    })
}

fn logged(seq: u64, cells: &mut Cells<'_, '_>) -> StoreResult<LoggedChange> {
    let profile_id = ProfileId::from_bytes(cells.bytes()?);
    let username = cells.maybe_str()?.map(name).transpose()?;
    let (revision, change) = (cells.number()?, change(cells)?);
    Ok(LoggedChange {
        seq,
        profile_id,
        username,
        revision,
        field: change.field,
        before: change.before,
        after: change.after,
        last_seen_before: cells.maybe_time()?,
        first_seen: cells.time()?,
        removed: cells.flag()?,
    })
}

fn change(cells: &mut Cells<'_, '_>) -> StoreResult<Change> {
    let field = field(cells.str()?)?;
    let mut side = || cells.maybe_str()?.map(|json| value(field, json)).transpose();
    Ok(Change::new(field, side()?, side()?))
}

/// The entries of a revision that were not removed.
pub(super) fn of_revision(conn: &Connection, profile: i64, revision: u64) -> StoreResult<Vec<Change>> {
    let sql = "SELECT seq, field, before, after FROM change_log WHERE profile = ?1 AND revision = ?2 AND removed = 0 \
        ORDER BY seq";
    all(conn.prepare_cached(sql)?.query([profile, int(revision)])?, |cells| {
        let seq = cells.int()?;
        in_row(change(cells), TABLE, seq)
    })
}

/// An entry that was not removed, as it is compared with its revision.
#[derive(Debug)]
pub(super) struct Entry {
    pub profile_id: ProfileId,
    pub username: Option<String>,
    pub last_seen_before: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub change: Change,
}

/// What [`entries`] reads.
pub(super) const OF_REVISION: &str = "SELECT seq, profile_id, username, last_seen_before, first_seen, field, before, after \
    FROM change_log WHERE profile = ?1 AND revision = ?2 AND removed = 0 ORDER BY seq";

/// The entries of a revision that were not removed, with their times.
pub(super) fn entries(statement: &mut Statement<'_>, profile: i64, revision: u64) -> StoreResult<Vec<Entry>> {
    all(statement.query([profile, int(revision)])?, |cells| {
        let seq = cells.int()?;
        in_row(entry(cells), TABLE, seq)
    })
}

fn entry(cells: &mut Cells<'_, '_>) -> StoreResult<Entry> {
    let (profile_id, username) = (ProfileId::from_bytes(cells.bytes()?), cells.maybe_text()?);
    let (last_seen_before, first_seen) = (cells.maybe_time()?, cells.time()?);
    Ok(Entry { profile_id, username, last_seen_before, first_seen, change: change(cells)? })
}

/// Takes the content out of entries; their places stay. All of a revision, or only one field of it.
pub(super) fn remove(conn: &Connection, profile: i64, revision: u64, only: Option<Field>) -> StoreResult<()> {
    let sql = "UPDATE change_log SET before = NULL, after = NULL, removed = 1 \
        WHERE profile = ?1 AND revision = ?2 AND (?3 IS NULL OR field = ?3)";
    conn.prepare_cached(sql)?.execute(params![profile, int(revision), only.map(Field::as_str)])?;
    Ok(())
}

/// Corrects what stood before, and since when.
pub(super) fn correct(
    conn: &Connection,
    profile: i64,
    revision: &Revision,
    change: &Change,
) -> StoreResult<()> {
    let sql = "UPDATE change_log SET before = ?4, after = ?5, last_seen_before = ?6, first_seen = ?7 \
        WHERE profile = ?1 AND revision = ?2 AND field = ?3 AND removed = 0";
    conn.prepare_cached(sql)?.execute(params![
        profile,
        int(revision.number),
        change.field.as_str(),
        value_json(change.before.as_ref())?,
        value_json(change.after.as_ref())?,
        millis(revision.last_seen_before),
        revision.first_seen.as_millis(),
    ])?;
    Ok(())
}

/// Takes all content of a profile out of the log.
pub(super) fn erase(conn: &Connection, profile: i64) -> StoreResult<()> {
    let sql =
        "UPDATE change_log SET username = NULL, before = NULL, after = NULL, removed = 1 WHERE profile = ?1";
    conn.prepare_cached(sql)?.execute([profile])?;
    Ok(())
}
