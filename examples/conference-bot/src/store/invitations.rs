//! Invitations to have a part in a paper. The token of the link is kept as a hash only.

use rusqlite::{Connection, Row, params};

use super::{Res, all, number, one, run};
use crate::domain::{InvitationState, Millis, Part};

/// An invitation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Invitation {
    pub id: i64,
    pub submission_id: i64,
    pub part: Part,
    pub inviter_id: i64,
    pub kind: String,
    pub target: String,
    pub shown: String,
    pub target_tg_id: Option<i64>,
    pub state: InvitationState,
    pub suspended: Option<String>,
    pub delivery: String,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub reminded_at: Option<Millis>,
    pub reason: Option<String>,
}

const INVITATION: &str =
    "SELECT id, submission_id, role, inviter_id, kind, target, shown, target_tg_id, state,
    suspended, delivery, created_at, expires_at, reminded_at, reason FROM invitation";

fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        submission_id: row.get(1)?,
        part: row.get(2)?,
        inviter_id: row.get(3)?,
        kind: row.get(4)?,
        target: row.get(5)?,
        shown: row.get(6)?,
        target_tg_id: row.get(7)?,
        state: row.get(8)?,
        suspended: row.get(9)?,
        delivery: row.get(10)?,
        created_at: row.get(11)?,
        expires_at: row.get(12)?,
        reminded_at: row.get(13)?,
        reason: row.get(14)?,
    })
}

/// What is to be stored.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct NewInvitation<'a> {
    pub submission_id: i64,
    pub part: Part,
    pub inviter_id: i64,
    pub kind: &'a str,
    pub target: &'a str,
    pub shown: &'a str,
    pub target_tg_id: Option<i64>,
    pub token_hash: [u8; 32],
    pub expires_at: Millis,
    pub check_at: Option<Millis>,
}

/// Makes an invitation, unless the same one is pending.
pub fn create(conn: &Connection, new: &NewInvitation<'_>, now: Millis) -> Res<Option<i64>> {
    let sql = "INSERT INTO invitation (submission_id, role, inviter_id, kind, target, shown, target_tg_id, token_hash,
        state, delivery, created_at, expires_at, check_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', 'by_hand', ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    let made = run(
        conn,
        sql,
        params![
            new.submission_id,
            new.part,
            new.inviter_id,
            new.kind,
            new.target,
            new.shown,
            new.target_tg_id,
            &new.token_hash[..],
            now,
            new.expires_at,
            new.check_at
        ],
    )?;
    Ok((made == 1).then(|| conn.last_insert_rowid()))
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Invitation>> {
    one(conn, &format!("{INVITATION} WHERE id = ?1"), [id], invitation)
}

/// By the hash of the link's token.
pub fn of_token(conn: &Connection, hash: &[u8]) -> Res<Option<Invitation>> {
    one(conn, &format!("{INVITATION} WHERE token_hash = ?1"), [hash], invitation)
}

/// Of a paper, newest first.
pub fn of_paper(conn: &Connection, paper: i64) -> Res<Vec<Invitation>> {
    all(conn, &format!("{INVITATION} WHERE submission_id = ?1 ORDER BY id DESC"), [paper], invitation)
}

/// How many for a part of a paper wait for an answer.
pub fn open_for(conn: &Connection, paper: i64, part: Part) -> Res<i64> {
    let sql = "SELECT count(*) FROM invitation WHERE submission_id = ?1 AND role = ?2 AND state = 'pending'";
    number(conn, sql, params![paper, part])
}

/// Those that wait for the answer of a person: theirs by account, by checked address, or by @name as long as no account
/// is bound.
pub fn inbox(
    conn: &Connection,
    tg_id: i64,
    email_key: Option<&str>,
    username_key: Option<&str>,
) -> Res<Vec<Invitation>> {
    let sql = format!(
        "{INVITATION} WHERE state = 'pending' AND suspended IS NULL AND (target_tg_id = ?1
        OR (kind = 'email' AND target = ?2 AND target_tg_id IS NULL)
        OR (kind = 'username' AND target = ?3 AND target_tg_id IS NULL)) ORDER BY id"
    );
    all(conn, &sql, params![tg_id, email_key, username_key], invitation)
}

/// All that are pending.
pub fn pending(conn: &Connection) -> Res<Vec<Invitation>> {
    all(conn, &format!("{INVITATION} WHERE state = 'pending' ORDER BY id"), [], invitation)
}

/// Those by @name whose name is to be looked up again.
pub fn to_check(conn: &Connection, now: Millis) -> Res<Vec<Invitation>> {
    let sql = format!(
        "{INVITATION} WHERE state = 'pending' AND kind = 'username' AND check_at <= ?1 ORDER BY check_at LIMIT 20"
    );
    all(conn, &sql, [now], invitation)
}

/// The pending ones by @name that are for this account, or for this name.
pub fn named(conn: &Connection, tg_id: i64, key: &str) -> Res<Vec<Invitation>> {
    let sql = format!(
        "{INVITATION} WHERE state = 'pending' AND kind = 'username' AND (target_tg_id = ?1 AND target <> ?2
        OR target = ?2 AND target_tg_id <> ?1)"
    );
    all(conn, &sql, params![tg_id, key], invitation)
}

/// Ends an invitation; false when it is not pending any more.
pub fn close(
    conn: &Connection,
    id: i64,
    state: InvitationState,
    by: Option<i64>,
    reason: Option<&str>,
    now: Millis,
) -> Res<bool> {
    let sql = "UPDATE invitation SET state = ?2, decided_by = ?3, reason = ?4, decided_at = ?5
        WHERE id = ?1 AND state = 'pending'";
    Ok(run(conn, sql, params![id, state, by, reason, now])? == 1)
}

/// Binds it to an account: from now on no other may answer it.
pub fn bind(conn: &Connection, id: i64, tg_id: i64) -> Res<()> {
    run(conn, "UPDATE invitation SET target_tg_id = ?2 WHERE id = ?1 AND state = 'pending'", [id, tg_id])?;
    Ok(())
}

/// How far its delivery is.
pub fn delivered(conn: &Connection, id: i64, delivery: &str) -> Res<()> {
    run(conn, "UPDATE invitation SET delivery = ?2 WHERE id = ?1", params![id, delivery])?;
    Ok(())
}
