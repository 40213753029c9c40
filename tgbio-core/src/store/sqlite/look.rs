//! What every look writes: a short row beside that of the profile, so that a look moves few bytes.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::codec::{Cells, damaged, millis};
use crate::coverage::Span;
use crate::store::{Look, StoreError, StoreResult};
use crate::{Health, Outcome, Priority, Timestamp};

/// The columns of a look, in the order that [`read`] takes them.
macro_rules! look_columns {
    () => {
        "l.next_check_at, l.last_checked_at, l.seen_ago, l.outcome, l.reason, l.doubted, l.health_ago, \
        l.span_from, l.span_ago, l.span_pause, l.photo_ago"
    };
}
pub(super) use look_columns;

/// Reads [`look_columns`].
pub(super) fn read(cells: &mut Cells<'_, '_>) -> StoreResult<Look> {
    let (next_check_at, last_checked_at) = (cells.maybe_time()?, cells.maybe_time()?);
    let base = base(last_checked_at);
    let before = |ago: Option<i64>| ago.map(|ago| Timestamp::from_millis(base.saturating_sub(ago)));
    let last_seen_at = before(cells.maybe_int()?);
    let (outcome, reason, doubted) = (cells.maybe_str()?, cells.maybe_text()?, cells.flag()?);
    let health = outcome.zip(before(cells.maybe_int()?)).map(|(outcome, at)| {
        let outcome = Outcome::from_name(outcome).ok_or_else(|| damaged("a stored outcome is unknown"))?;
        let mut health = Health::new(outcome, reason, at);
        health.doubted = doubted;
        StoreResult::Ok(health)
    });
    let health = health.transpose()?;
    let (from, until) = (cells.maybe_time()?, before(cells.maybe_int()?));
    let pause = pause(cells.maybe_int()?);
    let coverage = from.zip(until).map(|(from, until)| Span { from, until, pause });
    let photo_seen_at = before(cells.maybe_int()?);
    Ok(Look { next_check_at, last_checked_at, last_seen_at, health, coverage, photo_seen_at })
}

/// What distances are measured from.
fn base(last_checked_at: Option<Timestamp>) -> i64 {
    last_checked_at.map_or(0, Timestamp::as_millis)
}

/// Writes a look over that of a profile. [`StoreError::Conflict`] when the profile has not this version any more.
pub(super) fn write(conn: &Connection, (key, version): (i64, i64), look: &Look) -> StoreResult<()> {
    let base = base(look.last_checked_at);
    let ago = |at: Option<Timestamp>| at.map(|at| base.saturating_sub(at.as_millis()));
    let health = look.health.as_ref();
    let written = conn.prepare_cached(WRITE)?.execute(params![
        key,
        version,
        millis(look.next_check_at),
        millis(look.last_checked_at),
        ago(look.last_seen_at),
        health.map(|health| health.outcome.as_str()),
        health.and_then(|health| health.reason.as_deref()),
        health.is_some_and(|health| health.doubted),
        ago(health.map(|health| health.at)),
        millis(look.coverage.map(|span| span.from)),
        ago(look.coverage.map(|span| span.until)),
        look.coverage.and_then(pause_cell),
        ago(look.photo_seen_at),
    ])?;
    if written == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

const WRITE: &str = "UPDATE look SET version = ?2 + 1, next_check_at = ?3, last_checked_at = ?4, seen_ago = ?5, \
    outcome = ?6, reason = ?7, doubted = ?8, health_ago = ?9, span_from = ?10, span_ago = ?11, span_pause = ?12, \
    photo_ago = ?13 \
    WHERE profile = ?1 AND version = ?2";

/// How a span's longest pause is stored; nothing where it was not counted.
pub(super) fn pause_cell(span: Span) -> Option<i64> {
    span.pause.map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

/// What [`pause_cell`] has stored.
pub(super) fn pause(stored: Option<i64>) -> Option<Duration> {
    stored.map(|millis| Duration::from_millis(super::codec::number(millis)))
}

/// Writes that of a new profile.
pub(super) fn insert(
    conn: &Connection,
    key: i64,
    next_check_at: Option<Timestamp>,
    priority: Priority,
) -> StoreResult<()> {
    let sql = "INSERT INTO look (profile, next_check_at, priority) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![key, millis(next_check_at), rank(priority)])?;
    Ok(())
}

pub(super) fn set_priority(conn: &Connection, key: i64, priority: Priority) -> StoreResult<()> {
    let sql = "UPDATE look SET priority = ?2 WHERE profile = ?1";
    conn.prepare_cached(sql)?.execute([key, rank(priority)])?;
    Ok(())
}

/// How a priority is stored: the usual one takes no room.
pub(super) fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::High => 1,
        Priority::Normal => 0,
        Priority::Low => -1,
    }
}

pub(super) fn priority_of(stored: i64) -> StoreResult<Priority> {
    let known = Priority::ALL.into_iter().find(|priority| rank(*priority) == stored);
    known.ok_or_else(|| damaged("a stored priority is unknown"))
}
