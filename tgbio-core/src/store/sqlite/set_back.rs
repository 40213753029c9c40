//! The latest time that anybody told, and what is moved back when the clock was set back: shared by all processes on one
//! file, so that it is done once.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::held;
use crate::Timestamp;
use crate::store::{MeasuredBack, SetBack, StoreResult, was_set_back};

/// Remembers the time, and moves everything back when it lies before what was told.
pub(super) fn tell_time(
    conn: &Connection,
    now: Timestamp,
    back: Option<MeasuredBack>,
) -> StoreResult<Duration> {
    let sql = "SELECT value FROM meta WHERE name = 'told_at'";
    let told: Option<i64> = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    let told = told.map(Timestamp::from_millis);
    let clock = was_set_back(told, now, back);
    if let Some(clock) = clock {
        let seconds = clock.by.as_secs();
        tracing::warn!(seconds, "the clock was set back; what is planned comes forward by as much");
        move_back(conn, clock)?;
    }
    if clock.is_some() || told < Some(now) {
        let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('told_at', ?1)";
        conn.prepare_cached(sql)?.execute([now.as_millis()])?;
    }
    Ok(clock.map_or(Duration::ZERO, |clock| clock.by))
}

fn move_back(conn: &Connection, clock: SetBack) -> StoreResult<()> {
    let by = i64::try_from(clock.by.as_millis()).unwrap_or(i64::MAX);
    let after = clock.moves_after().as_millis();
    LOOKS.iter().try_for_each(|sql| conn.execute(sql, [by, after]).map(drop))?;
    if !clock.is_far() {
        conn.execute(IN_GAP, [])?;
    }
    WAITS.iter().try_for_each(|sql| conn.execute(sql, [by]).map(drop))?;
    CUTS.iter().try_for_each(|sql| conn.execute(sql, []).map(drop))?;
    conn.execute(FORGOTTEN, [])?;
    held::set_back(conn, clock)
}

/// What is not written here follows: most times of a look are kept as their distance from the last one. The times of the
/// photo first, which go by that of the look.
const LOOKS: [&str; 2] = [
    "UPDATE profile SET photo_tried_at = photo_tried_at - ?1 WHERE photo_tried_at IS NOT NULL \
        AND (SELECT l.last_checked_at FROM look l WHERE l.profile = profile.key) > ?2",
    "UPDATE look SET version = version + 1, next_check_at = next_check_at - ?1, last_checked_at = last_checked_at - ?1, \
        span_from = min(span_from, last_checked_at - ?1 - span_ago) \
        WHERE coalesce(last_checked_at, next_check_at) > ?2",
];

const WAITS: [&str; 2] =
    ["UPDATE lease SET until_at = until_at - ?1", "UPDATE host_limit SET not_before = not_before - ?1"];

/// Open spans that lie in a gap before them now lose their end, and are forgotten when closed ones were cut by them.
const IN_GAP: &str = "UPDATE look SET span_ago = NULL, span_pause = NULL \
    WHERE span_from = last_checked_at - span_ago \
    AND NOT EXISTS (SELECT 1 FROM coverage c WHERE c.profile = look.profile \
        AND c.from_at <= look.span_from AND c.until_at >= look.span_from)";
const FORGOTTEN: &str = "UPDATE look SET span_from = NULL WHERE span_from IS NOT NULL AND span_ago IS NULL";

/// Closed spans end before the open one begins.
const CUTS: [&str; 2] = [
    "DELETE FROM coverage WHERE from_at >= (SELECT l.span_from FROM look l WHERE l.profile = coverage.profile)",
    "UPDATE coverage SET until_at = (SELECT l.span_from FROM look l WHERE l.profile = coverage.profile) \
        WHERE until_at > (SELECT l.span_from FROM look l WHERE l.profile = coverage.profile)",
];
