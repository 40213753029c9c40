//! What organisers set: time limits, secret links, roles, letters that are tried again, reports that are closed.

use rusqlite::params;

use super::Act;
use crate::domain::{DeadlineKind, HOUR, Millis, Role};
use crate::store::passes::Gift;
use crate::store::{Res, deadlines, number, one, passes, people, refuse, run};

/// Longest life of a secret link.
const LONGEST: Millis = 90 * 24 * HOUR;

/// Sets a time limit for a section or for all, or takes it away.
pub fn deadline(act: &Act<'_>, kind: DeadlineKind, section: Option<i64>, at: Option<Millis>) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    known_section(act, section)?;
    deadlines::set(act.conn, kind, section, at)?;
    let action = if at.is_some() { "deadline.set" } else { "deadline.removed" };
    act.audit(action, ("section", section.unwrap_or(0)), kind.code())
}

fn known_section(act: &Act<'_>, section: Option<i64>) -> Res<()> {
    let Some(section) = section else { return Ok(()) };
    let known = number(act.conn, "SELECT count(*) FROM section WHERE id = ?1", [section])?;
    if known == 1 { Ok(()) } else { refuse("settings.section") }
}

/// Makes a secret link; what stands after `start=` in it.
pub fn link(act: &Act<'_>, gift: Gift, uses: i64, expires: Millis) -> Res<String> {
    act.with_role(Role::Organiser, None)?;
    if !(act.now + 1..=act.now + LONGEST).contains(&expires) || !(1..=1000).contains(&uses) {
        return refuse("settings.link");
    }
    let (what, section) = match gift {
        Gift::Role(role, section) => (role.code(), section),
        Gift::Late(kind, section) => (kind.code(), section),
    };
    known_section(act, section)?;
    let token = passes::create(act.conn, gift, uses, &act.who.actor, expires, act.now)?;
    act.audit("link.made", ("section", section.unwrap_or(0)), what)?;
    Ok(token)
}

/// Gives a person a role.
pub fn grant(act: &Act<'_>, person: i64, role: Role, section: Option<i64>) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    known_section(act, section)?;
    let alive = people::get(act.conn, person)?.is_some_and(|found| found.erased_at.is_none());
    if !alive {
        return refuse("no.person");
    }
    super::passes::give_role(act, person, role, section).map(|_| ())
}

/// Takes a role away. The last organiser stays.
pub fn revoke(act: &Act<'_>, grant: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let sql = "SELECT person_id, role FROM role_grant WHERE id = ?1 AND revoked_at IS NULL";
    let Some((person, role)) =
        one(act.conn, sql, [grant], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Role>(1)?)))?
    else {
        return refuse("settings.no_role");
    };
    let others =
        "SELECT count(*) FROM role_grant WHERE role = 'organiser' AND revoked_at IS NULL AND id <> ?1";
    if role == Role::Organiser && number(act.conn, others, [grant])? == 0 {
        return refuse("settings.last");
    }
    run(act.conn, "UPDATE role_grant SET revoked_at = ?2 WHERE id = ?1", [grant, act.now])?;
    act.audit("role.revoked", ("person", person), role.code())
}

/// Lets somebody in on the web pages, or a program.
pub fn let_in(act: &Act<'_>, kind: &str, name: &str, person: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let sql = "INSERT INTO web_identity (kind, name, person_id, made_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (kind, name) DO UPDATE SET person_id = ?3, made_at = ?4";
    run(act.conn, sql, params![kind, name, person, act.now])?;
    act.audit(&format!("{kind}.made"), ("person", person), name)
}

/// Lets a log-in or a program in no more.
pub fn shut_out(act: &Act<'_>, kind: &str, name: &str) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let sql = "DELETE FROM web_identity WHERE kind = ?1 AND name = ?2 RETURNING person_id";
    let person: Option<i64> = one(act.conn, sql, [kind, name], |row| row.get(0))?;
    act.audit(&format!("{kind}.removed"), ("person", person.unwrap_or(0)), name)
}

/// Tries a letter again that was given up.
pub fn retry(act: &Act<'_>, letter: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let sql =
        "UPDATE outbox SET state = 'queued', attempts = 0, not_before = ?2 WHERE id = ?1 AND state = 'dead'";
    if run(act.conn, sql, [letter, act.now])? == 0 {
        return refuse("settings.letter");
    }
    act.audit("letter.retried", ("outbox", letter), "")
}

/// Closes a report.
pub fn close_report(act: &Act<'_>, report: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let sql = "UPDATE error_report SET closed_at = ?2, closed_by = ?3 WHERE id = ?1 AND closed_at IS NULL";
    run(act.conn, sql, params![report, act.now, act.who.actor])?;
    act.audit("report.closed", ("error_report", report), "")
}
