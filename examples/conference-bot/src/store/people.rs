//! People, their Telegram accounts, organisations and roles.

use rusqlite::{Connection, Row, params};

use super::{Res, all, number, one, run};
use crate::domain::{Millis, Role, Status, check};
use crate::texts::Locale;

/// A person, with the organisation that stands for theirs now.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Person {
    pub id: i64,
    pub full_name: Option<String>,
    pub birth_date: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub email_key: Option<String>,
    pub status: Option<Status>,
    pub organisation_id: Option<i64>,
    pub organisation: Option<Organisation>,
    pub locale: Option<Locale>,
    pub erased_at: Option<Millis>,
}

/// An organisation in its three forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Organisation {
    pub id: i64,
    pub full_name: String,
    pub abbr: String,
    pub abbr_en: String,
    pub verified: bool,
}

impl Person {
    /// The name, or a dash.
    pub fn name(&self) -> String {
        self.full_name.clone().unwrap_or_else(|| "—".to_owned())
    }

    /// The organisation's short name, or nothing.
    pub fn abbr(&self) -> String {
        self.organisation.as_ref().map(|org| org.abbr.clone()).unwrap_or_default()
    }
}

const PERSON: &str = "SELECT p.id, p.full_name, p.birth_date, p.phone, p.email, p.email_key, p.status,
    p.organisation_id, p.locale, p.erased_at, o.id, o.full_name, o.abbr, o.abbr_en, o.verified_at IS NOT NULL
    FROM person p LEFT JOIN organisation o0 ON o0.id = p.organisation_id
    LEFT JOIN organisation o ON o.id = ifnull(o0.merged_into, o0.id)";

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let organisation = match row.get::<_, Option<i64>>(10)? {
        Some(id) => Some(Organisation {
            id,
            full_name: row.get(11)?,
            abbr: row.get(12)?,
            abbr_en: row.get(13)?,
            verified: row.get(14)?,
        }),
        None => None,
    };
    Ok(Person {
        id: row.get(0)?,
        full_name: row.get(1)?,
        birth_date: row.get(2)?,
        phone: row.get(3)?,
        email: row.get(4)?,
        email_key: row.get(5)?,
        status: row.get(6)?,
        organisation_id: row.get(7)?,
        locale: Locale::of_code(&row.get::<_, String>(8)?),
        erased_at: row.get(9)?,
        organisation,
    })
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Person>> {
    one(conn, &format!("{PERSON} WHERE p.id = ?1"), [id], person)
}

/// By number, where the row must be there; a person that is gone is one without a name.
pub fn load(conn: &Connection, id: i64) -> Res<Person> {
    Ok(get(conn, id)?.unwrap_or_default())
}

/// Whose address this is.
pub fn of_email(conn: &Connection, key: &str) -> Res<Option<Person>> {
    one(conn, &format!("{PERSON} WHERE p.email_key = ?1"), [key], person)
}

/// A new person, who has a name if one is known.
pub fn create(conn: &Connection, name: Option<&str>, locale: Locale, now: Millis) -> Res<i64> {
    let sql = "INSERT INTO person (full_name, locale, created_at) VALUES (?1, ?2, ?3)";
    run(conn, sql, params![name, locale.code(), now])?;
    Ok(conn.last_insert_rowid())
}

/// The Telegram account of a person: its number, and whether it has blocked the bot.
pub fn account(conn: &Connection, person: i64) -> Res<Option<(i64, bool)>> {
    let sql = "SELECT tg_id, blocked_at IS NOT NULL FROM tg_account WHERE person_id = ?1";
    one(conn, sql, [person], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The person of a Telegram account.
pub fn of_account(conn: &Connection, tg_id: i64) -> Res<Option<i64>> {
    Ok(one(conn, "SELECT person_id FROM tg_account WHERE tg_id = ?1", [tg_id], |row| row.get(0))?.flatten())
}

/// The folded @name of a Telegram account.
pub fn username(conn: &Connection, tg_id: i64) -> Res<Option<String>> {
    Ok(one(conn, "SELECT username_key FROM tg_account WHERE tg_id = ?1", [tg_id], |row| row.get(0))?
        .flatten())
}

/// The Telegram account that has this folded @name, as far as the bot has seen.
pub fn account_named(conn: &Connection, key: &str) -> Res<Option<i64>> {
    let sql = "SELECT tg_id FROM tg_account WHERE username_key = ?1 ORDER BY seen_at DESC LIMIT 1";
    one(conn, sql, [key], |row| row.get(0))
}

/// Notes that an account has written, under this @name. Whoever writes has not blocked the bot.
pub fn seen(conn: &Connection, tg_id: i64, username: Option<&str>, first_name: &str, now: Millis) -> Res<()> {
    let key = username.map(str::to_lowercase);
    // A name belongs to one account at a time: whoever had it before has it no more.
    run(
        conn,
        "UPDATE tg_account SET username = NULL, username_key = NULL WHERE username_key = ?1 AND tg_id <> ?2",
        params![key, tg_id],
    )?;
    let sql = "INSERT INTO tg_account (tg_id, username, username_key, first_name, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (tg_id) DO UPDATE SET username = ?2, username_key = ?3, first_name = ?4, seen_at = ?5,
        blocked_at = NULL";
    run(conn, sql, params![tg_id, username, key, first_name, now])?;
    Ok(())
}

/// Makes an account that of a person. Another account that was theirs is so no more.
pub fn bind(conn: &Connection, tg_id: i64, person: i64) -> Res<()> {
    run(conn, "UPDATE tg_account SET person_id = NULL WHERE person_id = ?1", [person])?;
    run(conn, "UPDATE tg_account SET person_id = ?2 WHERE tg_id = ?1", [tg_id, person])?;
    Ok(())
}

/// The organisation of this name, made if there is none.
pub fn organisation(conn: &Connection, full: &str, abbr: &str, abbr_en: &str) -> Res<i64> {
    let norm = check::organisation_key(full);
    let sql = "INSERT INTO organisation (full_name, abbr, abbr_en, norm) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (norm) DO NOTHING";
    run(conn, sql, params![full, abbr, abbr_en, norm])?;
    number(conn, "SELECT ifnull(merged_into, id) FROM organisation WHERE norm = ?1", [norm])
}

/// The organisations that are offered to choose from: those that somebody has checked, most people first.
pub fn organisations(conn: &Connection, most: i64) -> Res<Vec<(i64, String)>> {
    let sql = "SELECT o.id, o.abbr FROM organisation o LEFT JOIN person p ON p.organisation_id = o.id
        WHERE o.verified_at IS NOT NULL AND o.merged_into IS NULL
        GROUP BY o.id ORDER BY count(p.id) DESC, o.id LIMIT ?1";
    all(conn, sql, [most], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The roles of a person: each with the section that it is for, or for all.
pub fn roles(conn: &Connection, person: i64) -> Res<Vec<(Role, Option<i64>)>> {
    let sql = "SELECT role, section_id FROM role_grant WHERE person_id = ?1 AND revoked_at IS NULL";
    all(conn, sql, [person], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether a person has a role for a section, or for any where none is named. An organiser has all.
pub fn has_role(conn: &Connection, person: i64, role: Role, section: Option<i64>) -> Res<bool> {
    let fits = |(held, of): &(Role, Option<i64>)| {
        (*held == role || *held == Role::Organiser) && (section.is_none() || of.is_none() || *of == section)
    };
    Ok(roles(conn, person)?.iter().any(fits))
}

/// Gives a role, once.
pub fn grant(
    conn: &Connection,
    person: i64,
    role: Role,
    section: Option<i64>,
    by: &str,
    now: Millis,
) -> Res<bool> {
    let sql = "INSERT INTO role_grant (person_id, role, section_id, granted_by, at) SELECT ?1, ?2, ?3, ?4, ?5
        WHERE NOT EXISTS (SELECT 1 FROM role_grant WHERE person_id = ?1 AND role = ?2 AND section_id IS ?3
        AND revoked_at IS NULL)";
    Ok(run(conn, sql, params![person, role, section, by, now])? > 0)
}

/// Who was given a role for a section. Organisers, who may do everything, only where they were given it as well.
pub fn granted(conn: &Connection, role: Role, section: Option<i64>) -> Res<Vec<i64>> {
    let sql = "SELECT DISTINCT person_id FROM role_grant WHERE revoked_at IS NULL AND role = ?1
        AND (section_id IS NULL OR ?2 IS NULL OR section_id = ?2) ORDER BY person_id";
    all(conn, sql, params![role, section], |row| row.get(0))
}

/// Who has a role for a section.
pub fn with_role(conn: &Connection, role: Role, section: Option<i64>) -> Res<Vec<i64>> {
    let sql = "SELECT DISTINCT person_id FROM role_grant WHERE revoked_at IS NULL AND (role = ?1 OR role = 'organiser')
        AND (section_id IS NULL OR ?2 IS NULL OR section_id = ?2) ORDER BY person_id";
    all(conn, sql, params![role, section], |row| row.get(0))
}
