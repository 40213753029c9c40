//! Time limits, and who may be late.

use rusqlite::{Connection, params};

use super::{Res, number, one, run};
use crate::domain::{DeadlineKind, Millis};

/// The limit of a kind: that of the section, else the one for all.
pub fn at(conn: &Connection, kind: DeadlineKind, section: Option<i64>) -> Res<Option<(Millis, Millis)>> {
    let sql = "SELECT at, grace_s FROM deadline WHERE kind = ?1 AND (section_id IS NULL OR section_id = ?2)
        ORDER BY section_id IS NULL LIMIT 1";
    one(conn, sql, params![kind, section], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? * 1000)))
}

/// Whether it is too late for a person.
pub fn passed(
    conn: &Connection,
    kind: DeadlineKind,
    section: Option<i64>,
    person: i64,
    now: Millis,
) -> Res<bool> {
    let Some((at, grace)) = at(conn, kind, section)? else { return Ok(false) };
    if now <= at + grace {
        return Ok(false);
    }
    let sql = "SELECT count(*) FROM late_grant WHERE person_id = ?1 AND kind = ?2 AND until >= ?3
        AND (section_id IS NULL OR section_id IS ?4)";
    Ok(number(conn, sql, params![person, kind, now, section])? == 0)
}

/// Sets a limit with the seconds that everybody may be late, or takes it away.
pub fn set(
    conn: &Connection,
    kind: DeadlineKind,
    section: Option<i64>,
    at: Option<Millis>,
    grace_s: i64,
) -> Res<()> {
    run(conn, "DELETE FROM deadline WHERE kind = ?1 AND section_id IS ?2", params![kind, section])?;
    if let Some(at) = at {
        let sql = "INSERT INTO deadline (kind, section_id, at, grace_s) VALUES (?1, ?2, ?3, ?4)";
        run(conn, sql, params![kind, section, at, grace_s])?;
    }
    Ok(())
}
