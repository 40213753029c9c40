//! The moderators' queue of registrations: taken in hand with a lease, decided once, undone within a minute.

use rusqlite::params;

use super::{Act, Done, News, text, words};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{ApplicationState, MINUTE, Role, check};
use crate::store::applications::Application;
use crate::store::{Res, applications, one, people, refuse, run};
use crate::texts::Say;

/// How long a moderator has an application in hand.
pub const LEASE: i64 = 15 * MINUTE;
/// How long a decision can be taken back.
pub const UNDO: i64 = MINUTE;

/// The buttons of the queue and the card.
pub fn press(act: &Act<'_>, place: Place, verb: Verb, arg: i64) -> Res<Done> {
    act.with_role(Role::Moderator, None)?;
    match (place.at, verb) {
        (At::ModQueue, Verb::Open) => open(act, arg),
        (At::ModQueue, Verb::Undo) => undo(act),
        (At::ModCard, Verb::Approve) => decide(act, place.id, ApplicationState::Approved, None),
        (At::ModCard, Verb::Release) => {
            applications::release(act.conn, place.id, act.me()?)?;
            Ok(Done::said("mod.released"))
        }
        (At::ModOrg, Verb::Verify) => verify(act, place.id),
        _ => held(act, place.id).map(|_| Done::default()),
    }
}

/// An application that the one who acts has in hand.
pub fn held(act: &Act<'_>, id: i64) -> Res<Application> {
    let me = act.with_role(Role::Moderator, None)?;
    if applications::claim(act.conn, id, me, act.now, act.now + LEASE)?
        && let Some(found) = applications::get(act.conn, id)?
    {
        return Ok(found);
    }
    taken(act, id)
}

/// Says who was quicker, and what they did.
fn taken<T>(act: &Act<'_>, id: i64) -> Res<T> {
    let Some(found) = applications::get(act.conn, id)? else { return refuse("no.application") };
    let (by, at, key) = match found.state {
        ApplicationState::Submitted => (found.claimed_by, found.claim_expires, "mod.taken"),
        _ => (found.decided_by, found.decided_at, "mod.decided"),
    };
    let name = match by {
        Some(by) => people::load(act.conn, by)?.name(),
        None => "—".to_owned(),
    };
    let state = format!("application.{}", found.state.code());
    let say = Say::new(key).with("name", name).word("state", state);
    Err(crate::store::Stop::Refused(say.with("time", act.world.shown_time(at.unwrap_or(act.now)))))
}

fn open(act: &Act<'_>, id: i64) -> Res<Done> {
    let found = held(act, id)?;
    act.audit("application.opened", ("application", id), "")?;
    if let Some(document) = super::registration::consent_document(act, found.person_id)? {
        let name = people::load(act.conn, found.person_id)?.name();
        act.show_file(document, &Say::new("caption.consent").with("name", name), None)?;
    }
    Ok(Done::default())
}

fn decide(act: &Act<'_>, id: i64, to: ApplicationState, comment: Option<&str>) -> Res<Done> {
    let found = held(act, id)?;
    let me = act.me()?;
    if found.person_id == me {
        return refuse("mod.self");
    }
    applications::set_state(act.conn, id, &[ApplicationState::Submitted], to, Some(me), comment, act.now)?;
    act.audit(&format!("application.{}", to.code()), ("application", id), "")?;
    let key = format!("news.application.{}", to.code());
    let say = Say::new(key).with("comment", comment.unwrap_or("—"));
    let label = if to == ApplicationState::Approved { "btn.home" } else { "btn.chg" };
    let to_place = if to == ApplicationState::Approved { At::Menu } else { At::Waiting };
    act.tell(found.person_id, &News::new(say).button(label, Place::new(to_place)).and_mail())?;
    let notice = Say::new("mod.done").word("state", format!("application.{}", to.code()));
    Ok(Done { made: id, notice: Some(notice), go: None })
}

/// A comment ends the matter: changes are asked for, or it is refused.
pub fn comment(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let to = match place.at {
        At::ModReject => ApplicationState::Rejected,
        _ => ApplicationState::ChangesRequested,
    };
    decide(act, place.id, to, Some(&words(act, value)?))
}

fn undo(act: &Act<'_>) -> Res<Done> {
    let me = act.me()?;
    let Some(found) = applications::undoable(act.conn, me, act.now - UNDO)? else {
        return refuse("mod.no_undo");
    };
    let to = ApplicationState::Submitted;
    applications::set_state(act.conn, found.id, &[found.state], to, None, None, act.now)?;
    act.audit("application.undone", ("application", found.id), found.state.code())?;
    act.tell(found.person_id, &News::new(Say::new("news.undone")).and_mail())?;
    Ok(Done::said("mod.undone"))
}

/// The organisation of an application that the one who acts has in hand.
pub fn organisation(act: &Act<'_>, application: i64) -> Res<people::Organisation> {
    let found = held(act, application)?;
    match people::load(act.conn, found.person_id)?.organisation {
        Some(organisation) => Ok(organisation),
        None => refuse("no.organisation"),
    }
}

/// Corrects one form of an organisation for all who share it. A full name that another organisation has makes the two
/// one.
pub fn correct(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let organisation = organisation(act, place.id)?;
    let new = text(value)?;
    let column = match place.n {
        0 => "full_name",
        1 => "abbr",
        _ => "abbr_en",
    };
    let norm = check::organisation_key(new);
    let twin: Option<i64> =
        one(act.conn, "SELECT id FROM organisation WHERE norm = ?1", [&norm], |row| row.get(0))?;
    match twin {
        Some(twin) if place.n == 0 && twin != organisation.id => merge(act, organisation.id, twin)?,
        _ => {
            let sql = format!(
                "UPDATE organisation SET {column} = ?2, verified_by = ?3, verified_at = ?4 WHERE id = ?1"
            );
            run(act.conn, &sql, params![organisation.id, new, act.who.person, act.now])?;
            if place.n == 0 {
                run(
                    act.conn,
                    "UPDATE organisation SET norm = ?2 WHERE id = ?1",
                    params![organisation.id, norm],
                )?;
            }
        }
    }
    act.audit("organisation.corrected", ("organisation", organisation.id), column)?;
    Ok(Done::said("mod.organisation"))
}

/// Two spellings become one: people go over, and the old name stays so that it is recognised.
fn merge(act: &Act<'_>, from: i64, into: i64) -> Res<()> {
    run(act.conn, "UPDATE person SET organisation_id = ?2 WHERE organisation_id = ?1", [from, into])?;
    run(
        act.conn,
        "UPDATE organisation SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1",
        [from, into],
    )?;
    let sql = "UPDATE organisation SET merged_into = NULL, verified_by = ?2, verified_at = ?3 WHERE id = ?1";
    run(act.conn, sql, params![into, act.who.person, act.now])?;
    act.audit("organisation.merged", ("organisation", from), &into.to_string())
}

fn verify(act: &Act<'_>, application: i64) -> Res<Done> {
    let organisation = organisation(act, application)?;
    let sql = "UPDATE organisation SET verified_by = ?2, verified_at = ?3 WHERE id = ?1";
    run(act.conn, sql, params![organisation.id, act.who.person, act.now])?;
    act.audit("organisation.verified", ("organisation", organisation.id), "")?;
    Ok(Done::said("mod.organisation"))
}
