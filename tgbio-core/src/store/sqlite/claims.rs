//! Claims of due work.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::codec::{all, limit};
use super::copied::CopiedRows;
use super::instance::Instance;
use super::look::rank;
use super::{held, record};
use crate::store::{Claim, Held, Lease, StoreError, StoreResult};
use crate::{Priority, ProfileId, Timestamp};

/// Claimed profiles whose rows nobody has read yet.
#[derive(Debug)]
pub(super) struct Claimed {
    rows: CopiedRows,
    leases: Vec<(Lease, Vec<Held>)>,
}

impl Claimed {
    /// The claims; if a row cannot be read, the tokens of all, which then have to be given back.
    pub(super) fn read(&mut self) -> Result<Vec<Claim>, (StoreError, Vec<i64>)> {
        let claims = self.rows.cells().zip(&mut self.leases).map(|(mut cells, (lease, held))| {
            let row = record::read(&mut cells)?;
            Ok(Claim::new(row.record, std::mem::take(held), *lease))
        });
        let claims = claims.collect::<StoreResult<_>>();
        claims.map_err(|error| (error, self.leases.iter().map(|(lease, _)| lease.token).collect()))
    }

    /// The room for the rows of the next ones.
    pub(super) fn room(mut self) -> CopiedRows {
        self.rows.clear();
        self.rows
    }
}

/// Claims the profiles that are longest due, as their priorities count. What a dead process has claimed is free again for
/// the first claim of another one, and otherwise as soon as not enough else is due.
pub(super) fn due(
    conn: &Connection,
    instance: &Instance,
    (now, lease): (Timestamp, Duration),
    most: usize,
    mut rows: CopiedRows,
) -> StoreResult<Claimed> {
    if instance.begins() {
        void_dead(conn, instance)?;
    }
    free(conn, now, most, &mut rows)?;
    if rows.len() < most && void_dead(conn, instance)? {
        free(conn, now, most, &mut rows)?;
    }
    let any_held = held::any(conn)?;
    let mut insert = Leases::new(conn, instance, now.after(lease))?;
    let mut leases = Vec::with_capacity(rows.len());
    for mut cells in rows.cells() {
        let (key, version) = record::mark(&mut cells)?;
        let held = if any_held { held::of(conn, key)? } else { Vec::new() };
        leases.push((insert.take(key, version)?, held));
    }
    Ok(Claimed { rows, leases })
}

/// Whoever asks for so many mostly looks at all of them within a moment, whichever comes first.
const MANY: usize = 128;

/// Due profiles that nobody has. Mostly all are of normal priority, and are read in one go; many of them in the order of
/// the file, so that what is found of those who are looked at together is written to fewer pages.
fn free(conn: &Connection, now: Timestamp, most: usize, into: &mut CopiedRows) -> StoreResult<()> {
    into.clear();
    let mut others = ranked(conn, now, most, Priority::High)?;
    others.extend(ranked(conn, now, most, Priority::Low)?);
    if others.is_empty() {
        let values = [now.as_millis(), limit(most), rank(Priority::Normal)];
        record::copy(conn, (&due_sql(), values), into)?;
        return if into.len() < MANY { Ok(()) } else { into.sort_by_key(|cells| Ok(record::mark(cells)?.0)) };
    }
    others.extend(ranked(conn, now, most, Priority::Normal)?);
    others.sort_unstable();
    others.truncate(most);
    others.into_iter().try_for_each(|(_, key)| record::copy_by_key(conn, key, into))
}

/// The longest due of one priority, with the time by which they are compared with the others.
fn ranked(
    conn: &Connection,
    now: Timestamp,
    rows: usize,
    priority: Priority,
) -> StoreResult<Vec<(Timestamp, i64)>> {
    let values = [now.as_millis(), limit(rows), rank(priority)];
    all(conn.prepare_cached(RANKED)?.query(values)?, |cells| {
        Ok((cells.time()?.after(priority.waits_behind()), cells.int()?))
    })
}

pub(super) const RANKED: &str = "SELECT l.next_check_at, l.profile FROM look l WHERE l.priority = ?3 \
    AND l.next_check_at <= ?1 AND NOT EXISTS (SELECT 1 FROM lease e WHERE e.profile = l.profile AND e.until_at > ?1) \
    ORDER BY l.next_check_at LIMIT ?2";

/// The due query; it walks along the index of the next look.
pub(super) fn due_sql() -> String {
    format!(
        "SELECT {} FROM look l CROSS JOIN profile p ON p.key = l.profile WHERE l.priority = ?3 AND l.next_check_at <= ?1 \
         AND NOT EXISTS (SELECT 1 FROM lease e WHERE e.profile = l.profile AND e.until_at > ?1) ORDER BY l.next_check_at LIMIT ?2",
        record::COLUMNS
    )
}

/// Makes looks due that failed and are planned later, unless somebody has them or a change waits.
pub(super) fn bring_failed_forward(conn: &Connection, now: Timestamp, rows: usize) -> StoreResult<u64> {
    let moved = conn.prepare_cached(FORWARD)?.execute([now.as_millis(), limit(rows)])?;
    Ok(moved as u64)
}

/// Goes by the index of those whose last look failed; whoever was told to wait waits.
pub(super) const FORWARD: &str = "UPDATE look SET version = version + 1, next_check_at = ?1 WHERE profile IN (\
    SELECT p.key FROM profile p CROSS JOIN look l ON l.profile = p.key WHERE p.failures > 0 AND l.next_check_at > ?1 \
    AND l.outcome IS NOT 'rate_limited' AND NOT EXISTS (SELECT 1 FROM lease e WHERE e.profile = p.key AND e.until_at > ?1) \
    AND NOT EXISTS (SELECT 1 FROM held h WHERE h.profile = p.key AND h.rejected = 0) LIMIT ?2)";

/// The lower bits of a token are the key of its profile, the upper ones are random.
const KEY_BITS: u32 = 40;

/// The profile that a token is for.
pub(super) fn key_of(token: i64) -> i64 {
    token & ((1 << KEY_BITS) - 1)
}

/// Leases of one process that end at the same time.
struct Leases<'a> {
    insert: CachedStatement<'a>,
    until: Timestamp,
    owner: &'a str,
}

impl<'a> Leases<'a> {
    fn new(conn: &'a Connection, instance: &'a Instance, until: Timestamp) -> StoreResult<Self> {
        let sql = "INSERT OR REPLACE INTO lease (profile, token, until_at, owner) VALUES (?1, ?2, ?3, ?4)";
        Ok(Self { insert: conn.prepare_cached(sql)?, until, owner: instance.name() })
    }

    fn take(&mut self, key: i64, version: i64) -> StoreResult<Lease> {
        let token = i64::from(rand::random::<u32>() >> 9) << KEY_BITS | key;
        self.insert.execute(params![key, token, self.until.as_millis(), self.owner])?;
        Ok(Lease { token, version })
    }
}

/// Claims one profile, unless somebody else has it.
pub(super) fn one(
    conn: &Connection,
    instance: &Instance,
    id: ProfileId,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Option<Claim>> {
    let row = record::get(conn, id)?;
    let others = taken(conn, row.key, now)?;
    if others && (!void_dead(conn, instance)? || taken(conn, row.key, now)?) {
        return Ok(None);
    }
    let held = held::of(conn, row.key)?;
    let lease = Leases::new(conn, instance, now.after(lease))?.take(row.key, row.version)?;
    Ok(Some(Claim::new(row.record, held, lease)))
}

fn taken(conn: &Connection, key: i64, now: Timestamp) -> StoreResult<bool> {
    let sql = "SELECT 1 FROM lease WHERE profile = ?1 AND until_at > ?2";
    let found: Option<i64> =
        conn.prepare_cached(sql)?.query_row([key, now.as_millis()], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Makes the leases of processes that are gone void. Says whether there were any.
pub(super) fn void_dead(conn: &Connection, instance: &Instance) -> StoreResult<bool> {
    let sql = "SELECT owner FROM lease WHERE owner <> ?1";
    let owners: HashSet<String> =
        all(conn.prepare_cached(sql)?.query([instance.name()])?, |cells| cells.text())?.into_iter().collect();
    let mut any = false;
    for owner in owners.iter().filter(|owner| !instance.lives(owner)) {
        conn.prepare_cached("DELETE FROM lease WHERE owner = ?1")?.execute([owner])?;
        any = true;
    }
    Ok(any)
}

/// Gives a claim back and tells whose it was; `None` when it is over.
pub(super) fn release(conn: &Connection, token: i64) -> StoreResult<Option<i64>> {
    let key = key_of(token);
    let sql = "DELETE FROM lease WHERE profile = ?1 AND token = ?2";
    let gone = conn.prepare_cached(sql)?.execute([key, token])?;
    Ok((gone == 1).then_some(key))
}

/// Takes the lease of a profile that is erased away.
pub(super) fn forget(conn: &Connection, key: i64) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM lease WHERE profile = ?1")?.execute([key])?;
    Ok(())
}

/// When the next one of a priority is due that nobody has.
pub(super) const NEXT: &str = "SELECT l.next_check_at FROM look l WHERE l.priority = ?1 \
    AND l.next_check_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lease e WHERE e.profile = l.profile) \
    ORDER BY l.next_check_at LIMIT 1";

/// When the first one of those that somebody has is given back and due; there are few of them.
pub(super) const GIVEN_BACK: &str = "SELECT min(max(l.next_check_at, e.until_at)) FROM lease e \
    CROSS JOIN look l ON l.profile = e.profile WHERE l.next_check_at IS NOT NULL";

/// When the next monitored profile is due that nobody has, or is given back at the latest.
pub(super) fn next_due(conn: &Connection) -> StoreResult<Option<Timestamp>> {
    let mut due: Option<i64> = conn.prepare_cached(GIVEN_BACK)?.query_row([], |row| row.get(0))?;
    for priority in Priority::ALL {
        let free: Option<i64> =
            conn.prepare_cached(NEXT)?.query_row([rank(priority)], |row| row.get(0)).optional()?;
        due = due.into_iter().chain(free).min();
    }
    Ok(due.map(Timestamp::from_millis))
}
