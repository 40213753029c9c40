//! Registrations on their way through the moderators.

use rusqlite::{Connection, Row, params};

use super::{Res, all, one, run};
use crate::domain::{ApplicationState, Millis};

/// A registration.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Application {
    pub id: i64,
    pub person_id: i64,
    pub state: ApplicationState,
    pub submitted_at: Option<Millis>,
    pub claimed_by: Option<i64>,
    pub claim_expires: Option<Millis>,
    pub decided_by: Option<i64>,
    pub decided_at: Option<Millis>,
    pub comment: Option<String>,
}

const APPLICATION: &str =
    "SELECT id, person_id, state, submitted_at, claimed_by, claim_expires, decided_by, decided_at,
    comment FROM application";

fn application(row: &Row<'_>) -> rusqlite::Result<Application> {
    Ok(Application {
        id: row.get(0)?,
        person_id: row.get(1)?,
        state: row.get(2)?,
        submitted_at: row.get(3)?,
        claimed_by: row.get(4)?,
        claim_expires: row.get(5)?,
        decided_by: row.get(6)?,
        decided_at: row.get(7)?,
        comment: row.get(8)?,
    })
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Application>> {
    one(conn, &format!("{APPLICATION} WHERE id = ?1"), [id], application)
}

/// Of a person.
pub fn of(conn: &Connection, person: i64) -> Res<Option<Application>> {
    one(conn, &format!("{APPLICATION} WHERE person_id = ?1"), [person], application)
}

/// Begins one.
pub fn create(conn: &Connection, person: i64, now: Millis) -> Res<()> {
    let sql = "INSERT INTO application (person_id, state, created_at) VALUES (?1, 'draft', ?2)
        ON CONFLICT (person_id) DO NOTHING";
    run(conn, sql, [person, now])?;
    Ok(())
}

/// Those that wait and that nobody else has in hand, oldest first.
pub fn waiting(conn: &Connection, moderator: i64, now: Millis) -> Res<Vec<Application>> {
    let sql = format!(
        "{APPLICATION} WHERE state = 'submitted'
        AND (claimed_by IS NULL OR claimed_by = ?1 OR claim_expires <= ?2) ORDER BY submitted_at, id"
    );
    all(conn, &sql, [moderator, now], application)
}

/// Takes one in hand until `until`; false when somebody else has it or it is decided.
pub fn claim(conn: &Connection, id: i64, moderator: i64, now: Millis, until: Millis) -> Res<bool> {
    let sql =
        "UPDATE application SET claimed_by = ?2, claim_expires = ?4 WHERE id = ?1 AND state = 'submitted'
        AND (claimed_by IS NULL OR claimed_by = ?2 OR claim_expires <= ?3)";
    Ok(run(conn, sql, [id, moderator, now, until])? == 1)
}

/// Gives one back.
pub fn release(conn: &Connection, id: i64, moderator: i64) -> Res<()> {
    let sql =
        "UPDATE application SET claimed_by = NULL, claim_expires = NULL WHERE id = ?1 AND claimed_by = ?2";
    run(conn, sql, [id, moderator])?;
    Ok(())
}

/// Moves one from a state to another; false when it was not in that state any more.
pub fn set_state(
    conn: &Connection,
    id: i64,
    from: &[ApplicationState],
    to: ApplicationState,
    by: Option<i64>,
    comment: Option<&str>,
    now: Millis,
) -> Res<bool> {
    let Some(found) = get(conn, id)? else { return Ok(false) };
    if !from.contains(&found.state) {
        return Ok(false);
    }
    let sql = "UPDATE application SET state = ?2, rev = rev + 1, claimed_by = NULL, claim_expires = NULL,
        decided_by = ?3, decided_at = iif(?3 IS NULL, NULL, ?5), comment = ?4,
        submitted_at = iif(?2 = 'submitted', ifnull(submitted_at, ?5), submitted_at) WHERE id = ?1";
    Ok(run(conn, sql, params![id, to, by, comment, now])? == 1)
}

/// The last one that this moderator decided, not longer ago than `since`.
pub fn undoable(conn: &Connection, moderator: i64, since: Millis) -> Res<Option<Application>> {
    let sql = format!(
        "{APPLICATION} WHERE decided_by = ?1 AND decided_at >= ?2
        AND state IN ('approved', 'rejected', 'changes_requested') ORDER BY decided_at DESC LIMIT 1"
    );
    one(conn, &sql, [moderator, since], application)
}
