//! Secret links that give a role, or let somebody be late.

use rusqlite::{Connection, params};

use super::{Res, one, run};
use crate::domain::{DeadlineKind, Millis, Role, secret};

/// What a link gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gift {
    /// A role, for a section or for all.
    Role(Role, Option<i64>),
    /// Being late, until the link expires.
    Late(DeadlineKind, Option<i64>),
}

/// Makes a link's token.
pub fn create(
    conn: &Connection,
    gift: Gift,
    uses: i64,
    by: &str,
    expires: Millis,
    now: Millis,
) -> Res<String> {
    let token = secret::token();
    let (kind, role, deadline, section) = match gift {
        Gift::Role(role, section) => ("role", Some(role), None, section),
        Gift::Late(deadline, section) => ("late", None, Some(deadline), section),
    };
    let sql = "INSERT INTO pass (token_hash, kind, role, deadline, section_id, made_by, made_at, expires_at, uses_left)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let hash = secret::token_hash(&token);
    run(conn, sql, params![&hash[..], kind, role, deadline, section, by, now, expires, uses])?;
    Ok(format!("p_{token}"))
}

/// Uses a link up: what it gives and until when, if it still holds.
pub fn redeem(conn: &Connection, token: &str, now: Millis) -> Res<Option<(Gift, Millis)>> {
    let hash = secret::token_hash(token);
    let sql = "UPDATE pass SET uses_left = uses_left - 1 WHERE token_hash = ?1 AND uses_left > 0 AND expires_at > ?2
        RETURNING role, deadline, section_id, expires_at";
    one(conn, sql, params![&hash[..], now], |row| {
        let (role, deadline): (Option<Role>, Option<DeadlineKind>) = (row.get(0)?, row.get(1)?);
        let section = row.get(2)?;
        let gift = match (role, deadline) {
            (Some(role), _) => Gift::Role(role, section),
            (None, deadline) => Gift::Late(deadline.unwrap_or(DeadlineKind::Submission), section),
        };
        Ok((gift, row.get(3)?))
    })
}

/// Lets a person be late.
pub fn allow_late(
    conn: &Connection,
    person: i64,
    kind: DeadlineKind,
    section: Option<i64>,
    until: Millis,
) -> Res<()> {
    let sql = "INSERT INTO late_grant (person_id, kind, section_id, until) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (person_id, kind, ifnull(section_id, 0)) DO UPDATE SET until = max(until, ?4)";
    run(conn, sql, params![person, kind, section, until])?;
    Ok(())
}
