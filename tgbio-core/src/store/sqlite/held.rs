//! Waiting and rejected changes.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::codec::{Cells, all, damaged, first, from_json, in_row, limit, millis, name, to_json};
use super::{audit, evidence, totals};
use crate::store::{
    Held, HeldId, HeldStep, HoldReason, REJECTED, Rejected, SetBack, StoreError, StoreResult,
};
use crate::{Change, Counts, Profile, ProfileId, Timestamp};

/// What never changes while a change waits.
#[derive(Serialize, Deserialize)]
struct Content {
    username: String,
    reason: String,
    changes: Vec<Change>,
    after: Option<Profile>,
    counts: Counts,
    last_seen_before: Option<i64>,
    first_seen: i64,
    fetcher: String,
    parser: String,
}

fn content(held: &Held) -> StoreResult<String> {
    to_json(&Content {
        username: held.username.as_str().to_owned(),
        reason: held.reason.as_str().to_owned(),
        changes: held.changes.clone(),
        after: held.after.clone(),
        counts: held.counts,
        last_seen_before: millis(held.last_seen_before),
        first_seen: held.first_seen.as_millis(),
        fetcher: held.fetcher.clone(),
        parser: held.parser.clone(),
    })
}

const SELECT: &str = "SELECT h.id, p.id, h.rejected, h.confirmations, h.counted_at, h.content FROM held h \
    JOIN profile p ON p.key = h.profile ";

fn read(cells: &mut Cells<'_, '_>) -> StoreResult<Held> {
    let id = cells.int()?;
    in_row(read_held(HeldId(id), cells), "held", id)
}

fn read_held(id: HeldId, cells: &mut Cells<'_, '_>) -> StoreResult<Held> {
    let profile_id = ProfileId::from_bytes(cells.bytes()?);
    let (rejected, confirmations) = (cells.flag()?, cells.int()?);
    let (counted_at, content) = (cells.time()?, from_json::<Content>(cells.str()?)?);
    Ok(Held {
        id,
        profile_id,
        username: name(&content.username)?,
        reason: HoldReason::from_name(&content.reason)
            .ok_or_else(|| damaged("a stored reason is unknown"))?,
        changes: content.changes,
        after: content.after,
        counts: content.counts,
        last_seen_before: content.last_seen_before.map(Timestamp::from_millis),
        first_seen: Timestamp::from_millis(content.first_seen),
        confirmations: u32::try_from(confirmations).unwrap_or(u32::MAX),
        counted_at,
        fetcher: content.fetcher,
        parser: content.parser,
        rejected,
    })
}

/// Whether anything is waiting or rejected at all; mostly nothing is.
pub(super) fn any(conn: &Connection) -> StoreResult<bool> {
    Ok(conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM held)")?.query_row([], |row| row.get(0))?)
}

/// Waiting and rejected changes of a profile.
pub(super) fn of(conn: &Connection, profile: i64) -> StoreResult<Vec<Held>> {
    let sql = [SELECT, "WHERE h.profile = ?1 ORDER BY h.id"].concat();
    all(conn.prepare_cached(&sql)?.query([profile])?, read)
}

/// Waiting changes of one profile or of all, without the rejected ones.
pub(super) fn waiting(
    conn: &Connection,
    profile: Option<i64>,
    after: i64,
    rows: usize,
) -> StoreResult<Vec<Held>> {
    let rows = limit(rows);
    let end = "h.rejected = 0 AND h.id > ?1 ORDER BY h.id LIMIT ?2";
    match profile {
        Some(profile) => {
            let sql = [SELECT, "WHERE h.profile = ?3 AND ", end].concat();
            all(conn.prepare_cached(&sql)?.query([after, rows, profile])?, read)
        }
        None => {
            let sql = [SELECT, "WHERE ", end].concat();
            all(conn.prepare_cached(&sql)?.query([after, rows])?, read)
        }
    }
}

/// Rejected changes of a profile that are still seen, with who rejected them.
pub(super) fn rejected(conn: &Connection, profile: i64) -> StoreResult<Vec<Rejected>> {
    let rejected = of(conn, profile)?.into_iter().filter(|held| held.rejected);
    rejected
        .map(|held| {
            let line = audit::last(conn, REJECTED, held.profile_id, &held.id.to_string())?;
            Ok(Rejected::new(held, line))
        })
        .collect()
}

/// A waiting change.
pub(super) fn find(conn: &Connection, id: HeldId) -> StoreResult<Held> {
    let sql = [SELECT, "WHERE h.id = ?1 AND h.rejected = 0"].concat();
    let held = first(conn.prepare_cached(&sql)?.query([id.0])?, read)?;
    held.ok_or(StoreError::NotFound("waiting change"))
}

/// Does one step; `evidence` is the row of the look's answer.
pub(super) fn step(
    conn: &Connection,
    profile: i64,
    step: &HeldStep,
    evidence: Option<i64>,
) -> StoreResult<()> {
    match step {
        HeldStep::New(held) => insert(conn, profile, held, evidence),
        HeldStep::Counted { id, confirmations, at } => {
            let sql = "UPDATE held SET confirmations = ?2, counted_at = ?3 WHERE id = ?1";
            conn.prepare_cached(sql)?.execute(params![id.0, confirmations, at.as_millis()])?;
            Ok(())
        }
        HeldStep::Drop(id) => drop_row(conn, *id),
        HeldStep::Reject(id) => {
            let sql = "UPDATE held SET rejected = 1 WHERE id = ?1 AND rejected = 0";
            let changed = conn.prepare_cached(sql)?.execute([id.0])?;
            totals::add(conn, "held", -i64::try_from(changed).unwrap_or(0))
        }
    }
}

fn insert(conn: &Connection, profile: i64, held: &Held, evidence: Option<i64>) -> StoreResult<()> {
    let sql = "INSERT INTO held (profile, rejected, confirmations, counted_at, content, evidence) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.prepare_cached(sql)?.execute(params![
        profile,
        held.rejected,
        held.confirmations,
        held.counted_at.as_millis(),
        content(held)?,
        evidence,
    ])?;
    totals::add(conn, "held", i64::from(!held.rejected))
}

pub(super) fn drop_row(conn: &Connection, id: HeldId) -> StoreResult<()> {
    let sql = "DELETE FROM held WHERE id = ?1 RETURNING rejected, evidence";
    let gone =
        first(conn.prepare_cached(sql)?.query([id.0])?, |cells| Ok((cells.flag()?, cells.maybe_int()?)))?;
    let Some((rejected, evidence)) = gone else { return Ok(()) };
    totals::add(conn, "held", -i64::from(!rejected))?;
    evidence::drop_unused(conn, evidence)
}

/// Moves the times of everything that is waiting or rejected.
pub(super) fn set_back(conn: &Connection, clock: SetBack) -> StoreResult<()> {
    for mut held in all(conn.prepare_cached(SELECT)?.query([])?, read)? {
        held.set_back(clock);
        let sql = "UPDATE held SET counted_at = ?2, content = ?3 WHERE id = ?1";
        let values = params![held.id.0, held.counted_at.as_millis(), content(&held)?];
        conn.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

/// Writes the parts of a waiting change that the removal of a revision corrects.
pub(super) fn rewrite(conn: &Connection, held: &Held) -> StoreResult<()> {
    conn.prepare_cached("UPDATE held SET content = ?2 WHERE id = ?1")?
        .execute(params![held.id.0, content(held)?])?;
    Ok(())
}
