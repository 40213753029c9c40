//! The programme: who speaks when and where. Two things never happen in one room at once.

use rusqlite::params;

use super::{Act, News};
use crate::dialog::place::{At, Place};
use crate::domain::{MINUTE, Millis, PaperState, Role, check, is_time};
use crate::store::{Res, one, papers, refuse, run};
use crate::texts::Say;

/// A slot as it should be: a paper, or a title of something else.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Slot {
    pub section: Option<i64>,
    pub paper: Option<i64>,
    pub title: Option<String>,
    pub room: String,
    pub starts_at: Millis,
    pub minutes: i64,
}

impl Slot {
    fn checked(mut self) -> Res<Self> {
        self.room = check::line(&self.room);
        self.title = self.title.map(|title| check::line(&title)).filter(|title| !title.is_empty());
        if !(1..=100).contains(&self.room.chars().count()) {
            return refuse("programme.room");
        }
        if !is_time(self.starts_at) {
            return refuse("settings.time");
        }
        if !(1..=600).contains(&self.minutes) {
            return refuse("programme.minutes");
        }
        match (&self.paper, &self.title) {
            (None, None) => refuse("programme.what"),
            (_, Some(title)) if title.chars().count() > 300 => refuse("programme.what"),
            _ => Ok(self),
        }
    }
}

/// Makes a slot.
pub fn add(act: &Act<'_>, slot: Slot) -> Res<i64> {
    act.with_role(Role::Organiser, None)?;
    let slot = slot.checked()?;
    free(act, &slot, 0)?;
    let sql = "INSERT INTO programme_slot (section_id, submission_id, title, room, starts_at, minutes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    if let Some(paper) = slot.paper {
        schedule(act, paper)?;
    }
    run(
        act.conn,
        sql,
        params![slot.section, slot.paper, slot.title, slot.room, slot.starts_at, slot.minutes],
    )?;
    let id = act.conn.last_insert_rowid();
    act.audit("slot.added", ("programme_slot", id), "")?;
    tell(act, slot.paper, &slot.room, slot.starts_at)?;
    Ok(id)
}

/// Moves a slot to another room or time.
pub fn shift(act: &Act<'_>, id: i64, room: &str, starts_at: Millis, minutes: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let Some((section, paper, title, old)) = stored(act, id)? else { return refuse("programme.none") };
    let slot = Slot { section, paper, title, room: room.to_owned(), starts_at, minutes }.checked()?;
    free(act, &slot, id)?;
    let sql = "UPDATE programme_slot SET room = ?2, starts_at = ?3, minutes = ?4 WHERE id = ?1";
    run(act.conn, sql, params![id, slot.room, slot.starts_at, slot.minutes])?;
    act.audit("slot.moved", ("programme_slot", id), "")?;
    if old != (slot.room.clone(), slot.starts_at) {
        tell(act, paper, &slot.room, slot.starts_at)?;
    }
    Ok(())
}

/// Takes a slot out; its paper waits for another one.
pub fn remove(act: &Act<'_>, id: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let Some((_, paper, ..)) = stored(act, id)? else { return refuse("programme.none") };
    run(act.conn, "DELETE FROM programme_slot WHERE id = ?1", [id])?;
    if let Some(paper) = paper {
        papers::set_state(act.conn, paper, PaperState::Scheduled, PaperState::Confirmed, None, act.now)?;
    }
    act.audit("slot.removed", ("programme_slot", id), "")
}

type Stored = (Option<i64>, Option<i64>, Option<String>, (String, Millis));

fn stored(act: &Act<'_>, id: i64) -> Res<Option<Stored>> {
    let sql = "SELECT section_id, submission_id, title, room, starts_at FROM programme_slot WHERE id = ?1";
    one(act.conn, sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, (row.get(3)?, row.get(4)?))))
}

/// Refuses when something else is in the room at that time.
fn free(act: &Act<'_>, slot: &Slot, but: i64) -> Res<()> {
    let sql = "SELECT coalesce(g.title, s.title, '—') FROM programme_slot g
        LEFT JOIN submission s ON s.id = g.submission_id WHERE g.id <> ?1 AND g.room = ?2
        AND g.starts_at < ?4 AND g.starts_at + g.minutes * 60000 > ?3 LIMIT 1";
    let end = slot.starts_at + slot.minutes * MINUTE;
    let other: Option<String> =
        one(act.conn, sql, params![but, slot.room, slot.starts_at, end], |row| row.get(0))?;
    match other {
        Some(title) => Err(crate::store::Stop::Refused(Say::new("programme.overlap").with("title", title))),
        None => Ok(()),
    }
}

/// Only what the authors have confirmed has a place in the programme, and only one.
fn schedule(act: &Act<'_>, paper: i64) -> Res<()> {
    let (from, to) = (PaperState::Confirmed, PaperState::Scheduled);
    if papers::set_state(act.conn, paper, from, to, None, act.now)? {
        Ok(())
    } else {
        refuse("programme.paper")
    }
}

fn tell(act: &Act<'_>, paper: Option<i64>, room: &str, at: Millis) -> Res<()> {
    let Some(paper) = paper else { return Ok(()) };
    let Some(found) = papers::get(act.conn, paper)? else { return Ok(()) };
    let say = Say::new("news.scheduled")
        .with("title", found.name())
        .with("room", room)
        .with("time", act.world.shown_time(at));
    act.tell_parties(paper, &News::new(say).button("btn.open", Place::about(At::Paper, paper)).and_mail())
}
