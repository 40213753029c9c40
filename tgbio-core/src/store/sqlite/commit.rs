//! Writing what a look or a decision found.

use rusqlite::Connection;

use super::record::Row;
use super::state_json::StateJson;
use super::{changes, claims, evidence, held, look, measures, names, record, revisions, sources, text};
use crate::store::{CheckRecord, Committed, Lease, Look, ProfileRecord, StoreError, StoreResult};

/// Writes what a look found, and gives its claim back. Which row was claimed is found by the lease.
pub(super) fn commit(
    conn: &Connection,
    claimed: &mut Row,
    token: i64,
    check: &CheckRecord,
    packed: &evidence::Packed,
) -> StoreResult<Committed> {
    claimed.key = claims::release(conn, token)?.ok_or(StoreError::Conflict)?;
    apply(conn, claimed, check, packed)
}

/// Writes a look that found nothing but its own time, and gives its claim back.
pub(super) fn only_look(conn: &Connection, lease: Lease, look: &Look) -> StoreResult<Committed> {
    let key = claims::release(conn, lease.token)?.ok_or(StoreError::Conflict)?;
    look::write(conn, (key, lease.version), look)?;
    Ok(Committed::default())
}

/// Writes everything of a check, given the row that it was judged against.
pub(super) fn apply(
    conn: &Connection,
    row: &Row,
    check: &CheckRecord,
    packed: &evidence::Packed,
) -> StoreResult<Committed> {
    let (key, before) = (row.key, &row.record);
    let next = check.applied_to(before);
    let json = StateJson::new(next.state.as_ref());
    record::update(conn, row, (&next, &json), check.at)?;
    let stored = if check.revisions.is_empty() && check.held.is_empty() {
        None
    } else {
        evidence::store(conn, packed)?
    };
    let numbers = write_revisions(conn, row, (&next, &json), check, stored)?;
    for step in &check.held {
        held::step(conn, key, step, stored.map(|row| row.key))?;
    }
    if let Some(source) = &check.source {
        sources::write(conn, key, before, source, &json)?;
    }
    if next.got_name_since(before) {
        displace_others(conn, key, &next, check)?;
    }
    if next.counts != before.counts {
        measures::add_point(conn, key, check.at, &next.counts)?;
    }
    if let Some(span) = check.coverage.closes(before.coverage) {
        measures::close_span(conn, key, span)?;
    }
    Ok(Committed::new(numbers))
}

/// Other followed profiles had the name until now.
fn displace_others(conn: &Connection, key: i64, by: &ProfileRecord, check: &CheckRecord) -> StoreResult<()> {
    for other in names::others(conn, &by.username.key(), key)? {
        let other = record::by_key(conn, other)?;
        if let Some(check) = check.displaces(&other.record, by) {
            apply(conn, &other, &check, &evidence::Packed::None)?;
        }
    }
    Ok(())
}

fn write_revisions(
    conn: &Connection,
    row: &Row,
    (next, json): (&ProfileRecord, &StateJson<'_>),
    check: &CheckRecord,
    stored: Option<evidence::Stored>,
) -> StoreResult<Vec<u64>> {
    let mut numbers = Vec::with_capacity(check.revisions.len());
    let mut newest = 0;
    for (new, number) in check.revisions.iter().zip(row.record.last_number + 1..) {
        let revision = new.numbered(number, stored.map(|row| row.sha256));
        newest = revisions::insert(conn, (row.key, next.id), (&revision, json), stored.map(|row| row.key))?;
        let whose = changes::Whose { key: row.key, id: next.id, username: next.username.as_str() };
        changes::insert(conn, whose, &revision, &new.changes)?;
        numbers.push(number);
    }
    text::revisions_added(conn, newest, numbers.len())?;
    Ok(numbers)
}
