//! The audit log: who changed what, without content.

use rusqlite::{Connection, params};

use super::codec::{all, first, int, limit};
use crate::store::{Actor, AuditEntry, StoreResult};
use crate::{ProfileId, Timestamp};

pub(super) fn write(
    conn: &Connection,
    at: Timestamp,
    actor: &Actor,
    action: &str,
    profile: Option<ProfileId>,
    detail: Option<&str>,
) -> StoreResult<()> {
    let sql = "INSERT INTO audit_log (at, actor, action, profile_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let profile = profile.map(|id| id.as_bytes().to_vec());
    conn.prepare_cached(sql)?.execute(params![at.as_millis(), actor.as_str(), action, profile, detail])?;
    Ok(())
}

/// So many of the last lines of the log are read for one of them.
const RECENT: i64 = 10_000;

/// When something was last done with a profile, and by whom, as far as that is among the last lines of the log.
pub(super) fn last(
    conn: &Connection,
    action: &str,
    profile: ProfileId,
    detail: &str,
) -> StoreResult<Option<(Timestamp, String)>> {
    let sql = "SELECT at, actor FROM audit_log WHERE action = ?1 AND profile_id = ?2 AND detail = ?3 \
        AND seq > (SELECT max(seq) FROM audit_log) - ?4 ORDER BY seq DESC LIMIT 1";
    let whose = params![action, profile.as_bytes().as_slice(), detail, RECENT];
    first(conn.prepare_cached(sql)?.query(whose)?, |cells| Ok((cells.time()?, cells.text()?)))
}

pub(super) fn read(conn: &Connection, before: u64, rows: usize) -> StoreResult<Vec<AuditEntry>> {
    let sql = "SELECT seq, at, actor, action, profile_id, detail FROM audit_log WHERE seq < ?1 \
        ORDER BY seq DESC LIMIT ?2";
    all(conn.prepare_cached(sql)?.query([int(before), limit(rows)])?, |cells| {
        let mut entry = AuditEntry::new(cells.number()?, cells.time()?, cells.text()?, cells.text()?);
        entry.profile_id = cells.maybe_bytes()?.map(ProfileId::from_bytes);
        entry.detail = cells.maybe_text()?;
        Ok(entry)
    })
}
