//! What people report with /error.

use rusqlite::{Connection, params};

use super::{Res, run};
use crate::domain::Millis;

/// Keeps a report: who, and where in the conversation with which bot.
pub fn write(
    conn: &Connection,
    bot: &str,
    tg_id: i64,
    person: Option<i64>,
    place: &str,
    now: Millis,
) -> Res<()> {
    let sql = "INSERT INTO error_report (at, bot, tg_id, person_id, place) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(conn, sql, params![now, bot, tg_id, person, place])?;
    Ok(())
}
