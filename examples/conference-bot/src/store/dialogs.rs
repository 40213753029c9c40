//! Where everybody stands in the conversation.

use rusqlite::{Connection, params};

use super::{Res, all, one, run};
use crate::dialog::place::{At, Place};
use crate::domain::Millis;
use crate::texts::Locale;

/// A conversation.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// Where it stands.
    pub place: Place,
    /// Counts its steps; buttons of another step do nothing.
    pub rev: i64,
    /// The chosen language.
    pub locale: Option<Locale>,
    /// The message with the buttons that count.
    pub prompt_id: Option<i64>,
    /// It has just begun.
    pub fresh: bool,
}

/// The conversation of an account with a bot.
pub fn load(conn: &Connection, bot: &str, tg_id: i64) -> Res<Dialog> {
    let sql = "SELECT place, rev, locale, prompt_id FROM dialog WHERE bot = ?1 AND tg_id = ?2";
    let found = one(conn, sql, params![bot, tg_id], |row| {
        let place: String = row.get(0)?;
        let locale: String = row.get(2)?;
        Ok(Dialog {
            // A place of another version of the program is home.
            place: place.parse().unwrap_or(Place::new(At::Welcome)),
            rev: row.get(1)?,
            locale: Locale::of_code(&locale),
            prompt_id: row.get(3)?,
            fresh: false,
        })
    })?;
    let fresh =
        || Dialog { place: Place::new(At::Welcome), rev: 0, locale: None, prompt_id: None, fresh: true };
    Ok(found.unwrap_or_else(fresh))
}

/// Keeps it.
pub fn save(conn: &Connection, bot: &str, tg_id: i64, dialog: &Dialog, now: Millis) -> Res<()> {
    let sql = "INSERT INTO dialog (bot, tg_id, place, rev, locale, prompt_id, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (bot, tg_id) DO UPDATE SET place = ?3, rev = ?4, locale = ?5,
        prompt_id = ?6, updated_at = ?7";
    let locale = dialog.locale.map_or("", Locale::code);
    run(conn, sql, params![bot, tg_id, dialog.place.to_string(), dialog.rev, locale, dialog.prompt_id, now])?;
    Ok(())
}

/// Notes which message has the buttons, if the conversation has not gone on meanwhile.
pub fn prompted(conn: &Connection, bot: &str, tg_id: i64, rev: i64, message: i64) -> Res<()> {
    let sql = "UPDATE dialog SET prompt_id = ?4 WHERE bot = ?1 AND tg_id = ?2 AND rev = ?3";
    run(conn, sql, params![bot, tg_id, rev, message])?;
    Ok(())
}

/// The bots with which an account has spoken, the latest first, and the language it chose.
pub fn bots(conn: &Connection, tg_id: i64) -> Res<Vec<(String, Option<Locale>)>> {
    let sql = "SELECT bot, locale FROM dialog WHERE tg_id = ?1 ORDER BY updated_at DESC, bot";
    all(conn, sql, [tg_id], |row| Ok((row.get(0)?, Locale::of_code(&row.get::<_, String>(1)?))))
}
