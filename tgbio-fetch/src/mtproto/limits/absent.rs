//! The names that nobody had when they were looked up: they are looked up again at growing distances, so that they do
//! not eat the budget.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, params};
use tgbio_core::Timestamp;
use tgbio_core::store::StoreResult;

/// So many times a name is looked up again after the first distance, which then doubles each time: a disappearance is
/// confirmed as soon as anywhere else.
const STEADY: u32 = 4;
/// A name that nobody has asked for so long after its time is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a name that nobody has is left alone: the first distance and the longest one.
pub(in super::super) type AbsentSettings = (Duration, Duration);

/// A name that nobody had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Absence {
    /// How often it was looked up in vain, one time after the other.
    misses: u32,
    /// The last time Telegram said that nobody can have it.
    pub(super) impossible: bool,
    not_before: Timestamp,
    /// The distance that was kept to the last look-up.
    distance: Duration,
}

/// The names that nobody had, in lower case.
pub(super) type Absent = HashMap<String, Absence>;

impl Absence {
    /// After another look-up in vain.
    pub(super) fn after(
        before: Option<Self>,
        impossible: bool,
        now: Timestamp,
        (first, longest): AbsentSettings,
    ) -> Self {
        let misses = before.map_or(0, |before| before.misses).saturating_add(1);
        let distance = first.saturating_mul(1 << misses.saturating_sub(STEADY).min(20)).min(longest);
        Self { misses, impossible, not_before: now.after(distance), distance }
    }

    /// For how long it is not looked up.
    pub(super) fn left(self, now: Timestamp) -> Option<Duration> {
        let left = self.not_before.since(now);
        // A clock that was set back makes nobody wait for it.
        (!left.is_zero()).then(|| left.min(self.distance))
    }
}

pub(super) fn load(conn: &Connection, account: i64, now: Timestamp) -> StoreResult<Absent> {
    conn.execute("DELETE FROM mtproto_absent WHERE not_before <= ?1", [now.before(FORGOTTEN).as_millis()])?;
    let sql = "SELECT name, misses, not_before, distance, impossible FROM mtproto_absent WHERE account = ?1";
    let mut rows = conn.prepare(sql)?;
    let rows = rows.query_map([account], |row| {
        let not_before = Timestamp::from_millis(row.get(2)?);
        let distance = Duration::from_millis(row.get::<_, i64>(3)?.unsigned_abs());
        Ok((row.get(0)?, Absence { misses: row.get(1)?, impossible: row.get(4)?, not_before, distance }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn keep(conn: &Connection, account: i64, name: &str, absence: Absence) -> StoreResult<()> {
    let sql = "INSERT OR REPLACE INTO mtproto_absent (account, name, misses, not_before, distance, impossible) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let distance = i64::try_from(absence.distance.as_millis()).unwrap_or(i64::MAX);
    let not_before = absence.not_before.as_millis();
    conn.execute(sql, params![account, name, absence.misses, not_before, distance, absence.impossible])?;
    Ok(())
}

pub(super) fn forget(conn: &Connection, account: i64, name: &str) -> StoreResult<()> {
    conn.execute("DELETE FROM mtproto_absent WHERE account = ?1 AND name = ?2", params![account, name])?;
    Ok(())
}
