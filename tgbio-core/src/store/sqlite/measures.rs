//! Measurements and coverage.

use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{Cells, all, from_json, limit};
use super::{look, record};
use crate::coverage::Span;
use crate::store::{CountPoint, StoreResult, thinning};
use crate::{Counts, Timestamp};

/// Adds a measurement and thins what has become old.
pub(super) fn add_point(conn: &Connection, profile: i64, at: Timestamp, counts: &Counts) -> StoreResult<()> {
    let Some(json) = record::counts(counts)? else { return Ok(()) };
    let sql = "SELECT at FROM count_point WHERE profile = ?1 ORDER BY at DESC LIMIT 1";
    let last: Option<i64> = conn.prepare_cached(sql)?.query_row([profile], |row| row.get(0)).optional()?;
    let sql = "INSERT OR REPLACE INTO count_point (profile, at, counts) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![profile, at.as_millis(), json])?;
    let Some(last) = last else { return Ok(()) };
    for step in thinning::due(Timestamp::from_millis(last), at) {
        let sql = "DELETE FROM count_point WHERE profile = ?1 AND at >= ?2 AND at < ?3 AND at NOT IN \
            (SELECT max(at) FROM count_point WHERE profile = ?1 AND at >= ?2 AND at < ?3 GROUP BY at / ?4)";
        conn.prepare_cached(sql)?.execute([
            profile,
            step.from.as_millis(),
            step.until.as_millis(),
            step.bucket,
        ])?;
    }
    Ok(())
}

/// The newest points of a period, oldest first.
pub(super) fn points(
    conn: &Connection,
    profile: i64,
    (from, until): (Timestamp, Timestamp),
    rows: usize,
) -> StoreResult<Vec<CountPoint>> {
    let sql = "SELECT at, counts FROM count_point WHERE profile = ?1 AND at >= ?2 AND at <= ?3 \
        ORDER BY at DESC LIMIT ?4";
    let params = [profile, from.as_millis(), until.as_millis(), limit(rows)];
    let mut points = all(conn.prepare_cached(sql)?.query(params)?, |cells| {
        Ok(CountPoint::new(cells.time()?, from_json(cells.str()?)?))
    })?;
    points.reverse();
    Ok(points)
}

/// Keeps a span that is over.
pub(super) fn close_span(conn: &Connection, profile: i64, span: Span) -> StoreResult<()> {
    let sql = "INSERT OR REPLACE INTO coverage (profile, from_at, until_at, pause) VALUES (?1, ?2, ?3, ?4)";
    let (from, until) = (span.from.as_millis(), span.until.as_millis());
    conn.prepare_cached(sql)?.execute(params![profile, from, until, look::pause_cell(span)])?;
    Ok(())
}

/// Spans that touch a period, oldest first; the open one is the last.
pub(super) fn coverage(
    conn: &Connection,
    profile: i64,
    (from, until): (Timestamp, Timestamp),
) -> StoreResult<Vec<Span>> {
    let sql = "SELECT from_at, until_at, pause FROM coverage WHERE profile = ?1 AND from_at <= ?3 AND until_at >= ?2 \
        UNION ALL SELECT span_from, ifnull(last_checked_at, 0) - span_ago, span_pause FROM look \
        WHERE profile = ?1 AND span_from <= ?3 AND ifnull(last_checked_at, 0) - span_ago >= ?2 ORDER BY 1";
    let span = |cells: &mut Cells<'_, '_>| {
        let (from, until) = (cells.time()?, cells.time()?);
        Ok(Span { from, until, pause: look::pause(cells.maybe_int()?) })
    };
    all(conn.prepare_cached(sql)?.query([profile, from.as_millis(), until.as_millis()])?, span)
}
