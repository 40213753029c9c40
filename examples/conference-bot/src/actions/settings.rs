//! What organisers set: time limits, secret links, roles, letters that are tried again, reports that are closed.

use rusqlite::params;

use super::Act;
use crate::domain::{DeadlineKind, Demand, HOUR, Millis, PaperFormat, Role, check, is_time};
use crate::store::passes::Gift;
use crate::store::{Res, deadlines, number, one, passes, people, refuse, run};
use crate::texts::Locale;

/// Longest life of a secret link.
const LONGEST: Millis = 90 * 24 * HOUR;

/// Longest time for which everybody may be late.
const LONGEST_GRACE: i64 = 7 * 24 * 60;

/// Sets a time limit for a section or for all, after which everybody still has so many minutes, or takes it away.
pub fn deadline(
    act: &Act<'_>,
    kind: DeadlineKind,
    section: Option<i64>,
    at: Option<Millis>,
    grace_minutes: i64,
) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    known_section(act, section)?;
    if !at.is_none_or(is_time) {
        return refuse("settings.time");
    }
    if !(0..=LONGEST_GRACE).contains(&grace_minutes) {
        return refuse("settings.grace");
    }
    deadlines::set(act.conn, kind, section, at, grace_minutes * 60)?;
    let action = if at.is_some() { "deadline.set" } else { "deadline.removed" };
    act.audit(action, ("section", section.unwrap_or(0)), kind.code())
}

/// A section as it should be.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Section {
    pub code: String,
    pub title_ru: String,
    pub title_en: String,
    pub language: Locale,
    pub position: i64,
    /// Papers can be sent to it.
    pub active: bool,
    /// Whether its papers need a permit for open publication.
    pub permit: Demand,
    /// In which formats its papers are taken.
    pub paper_format: PaperFormat,
}

/// Letters, digits and signs that are harmless in names of folders.
fn is_code(code: &str) -> bool {
    (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Makes a section, or with a number changes it. There is always one to which papers can be sent.
pub fn section(act: &Act<'_>, id: Option<i64>, new: &Section) -> Res<i64> {
    act.with_role(Role::Organiser, None)?;
    known_section(act, id)?;
    let titles = [check::line(&new.title_ru), check::line(&new.title_en)];
    if !titles.iter().all(|title| (1..=200).contains(&title.chars().count())) {
        return refuse("settings.section_title");
    }
    let twin = "SELECT count(*) FROM section WHERE lower(code) = lower(?1) AND id IS NOT ?2";
    if !is_code(&new.code) || number(act.conn, twin, params![new.code, id])? > 0 {
        return refuse("settings.section_code");
    }
    let sql = "INSERT INTO section (id, code, title_ru, title_en, language, position, active, permit, paper_format)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET code = ?2, title_ru = ?3,
        title_en = ?4, language = ?5, position = ?6, active = ?7, permit = ?8, paper_format = ?9 RETURNING id";
    let language = new.language.code();
    let (permit, format) = (new.permit, new.paper_format);
    let values =
        params![id, new.code, titles[0], titles[1], language, new.position, new.active, permit, format];
    let id = one(act.conn, sql, values, |row| row.get(0))?.unwrap_or(0);
    if number(act.conn, "SELECT count(*) FROM section WHERE active", [])? == 0 {
        return refuse("settings.section_last");
    }
    act.audit("section.set", ("section", id), &new.code)?;
    Ok(id)
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
        Gift::Late(kind, _) if !kind.for_people() => return refuse("settings.link_late"),
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
