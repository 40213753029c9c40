//! The row of a followed profile.

use std::time::Duration;

use rusqlite::{Connection, ToSql, params};

use super::codec::{Cells, all, damaged, first, in_row, int, millis, name, to_json};
use super::copied::CopiedRows;
use super::look::{self, look_columns};
use super::sources::Others;
use super::state_json::StateJson;
use super::{names, sources, text, totals};
use crate::store::{Look, ProfileKey, ProfileRecord, RecordVersion, StoreError, StoreResult};
use crate::{Counts, Presence, ProfileId, Timestamp};

/// The columns of a record, in the order that [`read`] takes them, from `profile p` and its `look l`.
pub(super) const COLUMNS: &str = concat!(
    "p.key, l.version, p.id, p.username, p.followed_at, p.monitored, p.interval_ms, p.note, p.tags, p.presence, \
    p.state, p.state_fetcher, p.seen_by, p.counts, p.revisions, p.last_number, p.last_changed_at, p.failures, \
    p.first_observed_at, p.photo_url, p.photo_tried_at, l.priority, ",
    look_columns!()
);

/// Where [`COLUMNS`] are when profiles are walked along.
pub(super) const FROM: &str = "profile p CROSS JOIN look l ON l.profile = p.key";

/// Stands for "nothing has changed yet", so that the order by the last change needs no NULL.
const NEVER: i64 = i64::MIN;

/// A record with what only the store knows of it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub key: i64,
    pub version: i64,
    pub record: ProfileRecord,
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(cells: &mut Cells<'_, '_>) -> StoreResult<Row> {
    let (key, version) = mark(cells)?;
    let record = in_row(read_record(cells), "profile", key)?;
    Ok(Row { key, version, record })
}

fn read_record(cells: &mut Cells<'_, '_>) -> StoreResult<ProfileRecord> {
    let id = ProfileId::from_bytes(cells.bytes()?);
    let username = name(cells.str()?)?;
    let mut record = ProfileRecord::new(id, username, cells.time()?);
    record.monitored = cells.flag()?;
    record.interval = cells.maybe_int()?.map(|ms| Duration::from_millis(ms.unsigned_abs()));
    record.note = cells.maybe_text()?;
    record.tags = cells.maybe_json()?.unwrap_or_default();
    let presence = cells.str()?;
    record.presence = Presence::from_name(presence).ok_or_else(|| damaged("a stored presence is unknown"))?;
    record.state = cells.maybe_json()?;
    record.state_fetcher = cells.maybe_text()?;
    record.seen_by = cells.maybe_text()?;
    record.counts = cells.maybe_json()?.unwrap_or_default();
    record.revisions = cells.number()?;
    record.last_number = cells.number()?;
    record.last_changed_at = Some(cells.int()?).filter(|ms| *ms != NEVER).map(Timestamp::from_millis);
    record.failures = u32::try_from(cells.int()?).unwrap_or(u32::MAX);
    record.first_observed_at = cells.maybe_time()?;
    record.photo.read_url = cells.maybe_text()?;
    record.photo.tried_at = cells.maybe_time()?;
    record.priority = look::priority_of(cells.int()?)?;
    look::read(cells)?.put(&mut record);
    Ok(record)
}

/// The row of a profile.
pub(super) fn find(conn: &Connection, key: &ProfileKey) -> StoreResult<Option<Row>> {
    match key {
        ProfileKey::Id(id) => {
            let sql = select("p.id = ?1");
            first(conn.prepare_cached(&sql)?.query([id.as_bytes().as_slice()])?, read)
        }
        ProfileKey::Username(username) => match names::holder(conn, &username.key())? {
            Some(key) => Ok(Some(by_key(conn, key)?)),
            None => Ok(None),
        },
    }
}

/// Which writing of a profile's row stands there.
pub(super) fn version(conn: &Connection, key: &ProfileKey) -> StoreResult<Option<RecordVersion>> {
    let read = |cells: &mut Cells<'_, '_>| {
        Ok(RecordVersion { id: ProfileId::from_bytes(cells.bytes()?), number: cells.number()? })
    };
    match key {
        ProfileKey::Id(id) => {
            let sql =
                "SELECT p.id, l.version FROM profile p JOIN look l ON l.profile = p.key WHERE p.id = ?1";
            first(conn.prepare_cached(sql)?.query([id.as_bytes().as_slice()])?, read)
        }
        ProfileKey::Username(username) => {
            let sql = "SELECT p.id, l.version FROM profile_name n JOIN profile p ON p.key = n.profile \
                JOIN look l ON l.profile = p.key WHERE n.name_key = ?1 AND n.until_at IS NULL ORDER BY n.from_at DESC LIMIT 1";
            first(conn.prepare_cached(sql)?.query([username.key()])?, read)
        }
    }
}

/// The row of a profile that must be there.
pub(super) fn get(conn: &Connection, id: ProfileId) -> StoreResult<Row> {
    find(conn, &ProfileKey::Id(id))?.ok_or(StoreError::NotFound("profile"))
}

pub(super) fn by_key(conn: &Connection, key: i64) -> StoreResult<Row> {
    let sql = select("p.key = ?1");
    first(conn.prepare_cached(&sql)?.query([key])?, read)?.ok_or(StoreError::NotFound("profile"))
}

/// Rows of a query that selects [`COLUMNS`].
pub(super) fn list(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> StoreResult<Vec<Row>> {
    all(conn.prepare_cached(sql)?.query(params)?, read)
}

/// Adds the rows of such a query to others, unread.
pub(super) fn copy(
    conn: &Connection,
    (sql, params): (&str, impl rusqlite::Params),
    into: &mut CopiedRows,
) -> StoreResult<()> {
    let mut statement = conn.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        into.add(row, columns)?;
    }
    Ok(())
}

/// The same for one profile.
pub(super) fn copy_by_key(conn: &Connection, key: i64, into: &mut CopiedRows) -> StoreResult<()> {
    copy(conn, (&select("p.key = ?1"), [key]), into)
}

/// The key and the version of such a row.
pub(super) fn mark(cells: &mut Cells<'_, '_>) -> StoreResult<(i64, i64)> {
    Ok((cells.int()?, cells.int()?))
}

fn select(condition: &str) -> String {
    ["SELECT ", COLUMNS, " FROM ", FROM, " WHERE ", condition].concat()
}

/// Writes a new row and returns its key.
pub(super) fn insert(conn: &Connection, record: &ProfileRecord) -> StoreResult<i64> {
    let sql = "INSERT INTO profile (id, username, name_key, followed_at, monitored, interval_ms, note, tags, \
        presence, last_changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    conn.prepare_cached(sql)?.execute(params![
        record.id.as_bytes().as_slice(),
        record.username.as_str(),
        record.username.key(),
        record.followed_at.as_millis(),
        record.monitored,
        interval(record),
        record.note,
        tags(record)?,
        record.presence.as_str(),
        NEVER,
    ])?;
    let key = conn.last_insert_rowid();
    look::insert(conn, key, record.next_check_at, record.priority)?;
    names::begin(conn, key, &record.username, record.followed_at)?;
    set_tags(conn, key, &record.tags)?;
    totals::moved(conn, None, Some(record))?;
    text::profile_changed(conn, key)?;
    Ok(key)
}

fn interval(record: &ProfileRecord) -> Option<i64> {
    record.interval.map(|interval| i64::try_from(interval.as_millis()).unwrap_or(i64::MAX))
}

fn tags(record: &ProfileRecord) -> StoreResult<Option<String>> {
    if record.tags.is_empty() { Ok(None) } else { to_json(&record.tags).map(Some) }
}

fn set_tags(conn: &Connection, key: i64, tags: &[String]) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM profile_tag WHERE profile = ?1")?.execute([key])?;
    for tag in tags {
        conn.prepare_cached("INSERT INTO profile_tag (tag, profile) VALUES (?1, ?2)")?
            .execute(params![tag, key])?;
    }
    Ok(())
}

/// Writes what differs between a row and `next`. What `others` have said stays what it was.
/// [`StoreError::Conflict`] when somebody was faster.
pub(super) fn update(
    conn: &Connection,
    row: &Row,
    (next, json, others): (&ProfileRecord, &StateJson<'_>, Others<'_>),
    now: Timestamp,
) -> StoreResult<()> {
    let before = &row.record;
    if !only_bookkeeping(before, next) {
        if before.state.as_ref().is_some_and(|state| !json.is_of(state)) {
            sources::keep_apart(conn, row.key, others)?;
        }
        update_state(conn, row, (next, json), now)?;
    }
    look::write(conn, (row.key, row.version), &Look::of(next))
}

/// Whether nothing differs but what a [`Look`] holds.
fn only_bookkeeping(before: &ProfileRecord, next: &ProfileRecord) -> bool {
    before.presence == next.presence
        && before.failures == next.failures
        && before.monitored == next.monitored
        && before.revisions == next.revisions
        && before.last_number == next.last_number
        && before.last_changed_at == next.last_changed_at
        && before.counts == next.counts
        && before.state_fetcher == next.state_fetcher
        && before.seen_by == next.seen_by
        && before.first_observed_at == next.first_observed_at
        && before.photo.read_url == next.photo.read_url
        && before.photo.tried_at == next.photo.tried_at
        && before.interval == next.interval
        && before.priority == next.priority
        && before.note == next.note
        && before.tags == next.tags
        && before.username.as_str() == next.username.as_str()
        && same_spelling(before, next)
        && before.state == next.state
}

/// Equal states may spell the name differently.
fn same_spelling(before: &ProfileRecord, next: &ProfileRecord) -> bool {
    let spelling =
        |record: &ProfileRecord| record.state.as_ref().map(|state| state.username.as_str().to_owned());
    spelling(before) == spelling(next)
}

/// Writes the state, and the columns with indexes of their own only where they differ.
fn update_state(
    conn: &Connection,
    row: &Row,
    (next, json): (&ProfileRecord, &StateJson<'_>),
    now: Timestamp,
) -> StoreResult<()> {
    let before = &row.record;
    // What an index is kept of is named only where it differs: naming it alone moves its entry.
    let sql = if before.last_changed_at == next.last_changed_at { STATE } else { STATE_AND_CHANGE };
    let mut statement = conn.prepare_cached(sql)?;
    let named = statement.parameter_count();
    let (state, counts, tags) = (json.state()?, counts(&next.counts)?, tags(next)?);
    let cells: [&dyn ToSql; 14] = [
        &row.key,
        &state,
        &next.state_fetcher,
        &next.seen_by,
        &counts,
        &int(next.revisions),
        &int(next.last_number),
        &millis(next.first_observed_at),
        &next.photo.read_url,
        &millis(next.photo.tried_at),
        &interval(next),
        &next.note,
        &tags,
        &next.last_changed_at.map_or(NEVER, Timestamp::as_millis),
    ];
    statement.execute(&cells[..named])?;
    if before.priority != next.priority {
        look::set_priority(conn, row.key, next.priority)?;
    }
    if before.tags != next.tags {
        set_tags(conn, row.key, &next.tags)?;
    }
    update_listed(conn, row, next)?;
    update_names(conn, row, next, now)?;
    totals::moved(conn, Some(before), Some(next))
}

/// The columns without an index, as [`update_state`] fills them.
macro_rules! set_state {
    () => {
        "UPDATE profile SET state = ?2, state_fetcher = ?3, seen_by = ?4, counts = ?5, revisions = ?6, \
        last_number = ?7, first_observed_at = ?8, photo_url = ?9, photo_tried_at = ?10, interval_ms = ?11, note = ?12, \
        tags = ?13"
    };
}
const STATE: &str = concat!(set_state!(), " WHERE key = ?1");
const STATE_AND_CHANGE: &str = concat!(set_state!(), ", last_changed_at = ?14 WHERE key = ?1");

pub(super) fn counts(counts: &Counts) -> StoreResult<Option<String>> {
    if *counts == Counts::default() { Ok(None) } else { to_json(counts).map(Some) }
}

/// The columns that lists are filtered by.
fn update_listed(conn: &Connection, row: &Row, next: &ProfileRecord) -> StoreResult<()> {
    let listed = |record: &ProfileRecord| (record.presence, kind(record), record.monitored);
    if listed(&row.record) != listed(next) {
        conn.prepare_cached("UPDATE profile SET presence = ?2, kind = ?3, monitored = ?4 WHERE key = ?1")?
            .execute(params![row.key, next.presence.as_str(), kind(next), next.monitored])?;
    }
    if row.record.failures != next.failures {
        conn.prepare_cached("UPDATE profile SET failures = ?2 WHERE key = ?1")?
            .execute([row.key, i64::from(next.failures)])?;
    }
    Ok(())
}

pub(super) fn kind(record: &ProfileRecord) -> Option<&'static str> {
    Some(record.state.as_ref()?.kind.present()?.as_str())
}

/// The names, and the text index of them.
fn update_names(conn: &Connection, row: &Row, next: &ProfileRecord, now: Timestamp) -> StoreResult<()> {
    let before = &row.record;
    let moved = before.username != next.username || before.holds_name() != next.holds_name();
    let respelt = before.username.as_str() != next.username.as_str();
    let retitled = title(before) != title(next);
    if !respelt && !retitled && !moved {
        return Ok(());
    }
    let sql = "UPDATE profile SET username = ?2, name_key = ?3, title_key = ?4 WHERE key = ?1";
    let title_key = title(next).map(crate::store::fold);
    conn.prepare_cached(sql)?.execute(params![
        row.key,
        next.username.as_str(),
        next.username.key(),
        title_key
    ])?;
    if moved {
        names::moved(conn, row.key, next.holds_name().then_some(&next.username), now)?;
    }
    text::profile_changed(conn, row.key)
}

pub(super) fn title(record: &ProfileRecord) -> Option<&str> {
    record.state.as_ref()?.display_name.present().map(String::as_str)
}
