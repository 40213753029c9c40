//! Pages that could not be judged: the newest few.

use rusqlite::{Connection, params};

use super::codec::{all, limit};
use super::{evidence, profiles};
use crate::ProfileId;
use crate::store::{STRAY_PAGES, StoreError, StoreResult, StrayPage};

pub(super) fn keep(conn: &Connection, page: &StrayPage, packed: &evidence::Packed) -> StoreResult<()> {
    let key = profiles::key_of(conn, page.profile_id)?.ok_or(StoreError::NotFound("profile"))?;
    let Some(stored) = evidence::store(conn, packed)? else { return Ok(()) };
    let sql = "INSERT INTO stray_page (profile, at, fetcher, reason, evidence) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![
        key,
        page.at.as_millis(),
        page.fetcher,
        page.reason,
        stored.key
    ])?;
    let oldest = "DELETE FROM stray_page WHERE id <= \
        (SELECT id FROM stray_page ORDER BY id DESC LIMIT 1 OFFSET ?1) RETURNING evidence";
    let gone = all(conn.prepare_cached(oldest)?.query([limit(STRAY_PAGES)])?, |cells| cells.int())?;
    gone.into_iter().try_for_each(|key| evidence::drop_unused(conn, Some(key)))
}

/// Erases the pages of a profile.
pub(super) fn erase(conn: &Connection, profile: i64) -> StoreResult<()> {
    let sql = "DELETE FROM stray_page WHERE profile = ?1 RETURNING evidence";
    let gone = all(conn.prepare_cached(sql)?.query([profile])?, |cells| cells.int())?;
    gone.into_iter().try_for_each(|key| evidence::drop_unused(conn, Some(key)))
}

pub(super) fn list(conn: &Connection, rows: usize) -> StoreResult<Vec<StrayPage>> {
    let sql = "SELECT p.id, s.at, s.fetcher, s.reason, \
        e.sha256, e.url, e.status, e.media_type, e.headers, e.body, e.dictionary, e.length \
        FROM stray_page s JOIN profile p ON p.key = s.profile JOIN evidence e ON e.key = s.evidence \
        ORDER BY s.id DESC LIMIT ?1";
    all(conn.prepare_cached(sql)?.query([limit(rows)])?, |cells| {
        let (id, at) = (ProfileId::from_bytes(cells.bytes()?), cells.time()?);
        let (fetcher, reason) = (cells.text()?, cells.text()?);
        let kept = evidence::read(conn, cells)?;
        Ok(StrayPage { profile_id: id, at, fetcher, reason, evidence: kept.evidence })
    })
}
