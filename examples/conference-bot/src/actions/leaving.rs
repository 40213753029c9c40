//! Withdrawing one's consent: nothing more is done with the data, and the organisers are asked to erase them. Until they
//! have, it can be taken back.

use super::{Act, Done, News};
use crate::dialog::button::Verb;
use crate::domain::{Millis, Role};
use crate::store::{Res, all, one, people, refuse, run};
use crate::texts::Say;

/// Since when a person waits for their data to be erased.
pub fn since(act: &Act<'_>, person: i64) -> Res<Option<Millis>> {
    Ok(one(act.conn, "SELECT leaving_at FROM person WHERE id = ?1", [person], |row| row.get(0))?.flatten())
}

/// Those whose data are to be erased, who waits longest first: number and name.
pub fn waiting(conn: &rusqlite::Connection) -> Res<Vec<(i64, String)>> {
    let sql =
        "SELECT id, ifnull(full_name, '—') FROM person WHERE leaving_at IS NOT NULL AND erased_at IS NULL
        ORDER BY leaving_at";
    all(conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The buttons of the profile.
pub fn press(act: &Act<'_>, verb: Verb) -> Res<Done> {
    match verb {
        Verb::Leave => leave(act),
        Verb::Remain => remain(act),
        _ => refuse("hint.old"),
    }
}

fn leave(act: &Act<'_>) -> Res<Done> {
    let me = act.me()?;
    if run(act.conn, "UPDATE person SET leaving_at = ?2 WHERE id = ?1 AND leaving_at IS NULL", [me, act.now])?
        == 0
    {
        return Ok(Done::said("leave.done"));
    }
    let sql = "UPDATE consent SET withdrawn_at = ?2 WHERE person_id = ?1 AND withdrawn_at IS NULL";
    run(act.conn, sql, [me, act.now])?;
    act.audit("consent.withdrawn", ("person", me), "")?;
    let name = people::load(act.conn, me)?.name();
    act.tell_role(Role::Organiser, None, &News::new(Say::new("news.leaving").with("name", name)).and_mail())?;
    Ok(Done::said("leave.done"))
}

/// The consent that was withdrawn last holds again.
fn remain(act: &Act<'_>) -> Res<Done> {
    let me = act.me()?;
    let Some(left) = since(act, me)? else { return refuse("hint.old") };
    run(act.conn, "UPDATE person SET leaving_at = NULL WHERE id = ?1", [me])?;
    let sql = "UPDATE consent SET withdrawn_at = NULL WHERE person_id = ?1 AND withdrawn_at = ?2";
    run(act.conn, sql, [me, left])?;
    act.audit("consent.renewed", ("person", me), "")?;
    Ok(Done::said("leave.undone"))
}
