//! Removing a revision, and what that does to its neighbours.

use rusqlite::Connection;

use super::sources::Others;
use super::state_json::StateJson;
use super::{audit, chain, changes, held, record, revisions, sources};
use crate::store::removal::{self, Plan};
use crate::store::{Actor, ProfileRecord, Revision, StoreError, StoreResult};
use crate::{Change, ProfileId, Timestamp};

pub(super) fn remove(
    conn: &Connection,
    id: ProfileId,
    number: u64,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<()> {
    let row = record::get(conn, id)?;
    let removed = revisions::one(conn, row.key, number)?.ok_or(StoreError::NotFound("revision"))?;
    let before = revisions::before(conn, row.key, number, 1)?.pop();
    let after = revisions::after(conn, row.key, number, 1)?.pop();
    let (before, after) = (before.map(|row| row.revision), after);
    let plan = removal::plan(before.as_ref(), &removed.revision, after.as_ref().map(|row| &row.revision));
    let mut tombstones = Vec::new();
    for gone in [Some(&removed), after.as_ref()].into_iter().flatten() {
        if plan.gone.contains(&gone.revision.number) {
            changes::remove(conn, row.key, gone.revision.number, None)?;
            revisions::delete(conn, row.key, gone, &mut tombstones)?;
        }
    }
    if let (Some(after), Some((revision, changes))) = (&after, &plan.rewritten) {
        revisions::forget(conn, after, &mut tombstones)?;
        rewrite(conn, &row, after, revision, changes)?;
    }
    chain::record_removal(conn, &mut tombstones)?;
    let last_change = revisions::last_change(conn, row.key)?;
    let next = removal::record_after(&row.record, &plan, (before.as_ref(), &removed.revision), last_change);
    record::update(conn, &row, (&next, &StateJson::new(next.state.as_ref()), Others::All), now)?;
    sources::forget(conn, row.key)?;
    correct_held(conn, row.key, &plan, &next)?;
    audit::write(conn, now, actor, "revision.remove", Some(id), Some(&number.to_string()))
}

/// Writes the revision behind the gap as a new link; the old link stays as a tombstone.
fn rewrite(
    conn: &Connection,
    row: &record::Row,
    old: &revisions::Row,
    revision: &Revision,
    now_changed: &[Change],
) -> StoreResult<()> {
    let sealed = revisions::seal(row.record.id, revision, &StateJson::new(None))?;
    revisions::insert(conn, row.key, (revision, &sealed), old.evidence)?;
    let logged = changes::of_revision(conn, row.key, revision.number)?;
    for entry in &logged {
        match now_changed.iter().find(|change| change.field == entry.field) {
            Some(change) => changes::correct(conn, row.key, revision, change)?,
            None => changes::remove(conn, row.key, revision.number, Some(entry.field))?,
        }
    }
    let new = now_changed.iter().filter(|change| logged.iter().all(|entry| entry.field != change.field));
    let new: Vec<Change> = new.cloned().collect();
    let username = row.record.username.as_str();
    let whose = changes::Whose { key: row.key, id: row.record.id, username };
    changes::insert(conn, whose, revision, &new)
}

/// What waits was judged against the state that is gone.
fn correct_held(conn: &Connection, key: i64, plan: &Plan, next: &ProfileRecord) -> StoreResult<()> {
    if !plan.falls_back {
        return Ok(());
    }
    for old in held::of(conn, key)? {
        match removal::held_after(&old, next) {
            Some(corrected) => held::rewrite(conn, &corrected)?,
            None => held::drop_row(conn, old.id)?,
        }
    }
    Ok(())
}
