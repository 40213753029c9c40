//! Invitations to be co-author or supervisor: made, delivered, answered, revoked.

use super::{Act, Done, News};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{DAY, InvitationState, Part, secret};
use crate::store::invitations::{Invitation, NewInvitation};
use crate::store::papers::Paper;
use crate::store::{Res, codes, invitations, papers, people, refuse, run};
use crate::texts::Say;

/// How long an invitation holds.
const LIFE: i64 = 30 * DAY;
/// Invitations that one person may send in an hour.
const SENDS: i64 = 20;
/// How soon a @name is looked up again.
pub const CHECK_AGAIN: i64 = DAY / 4;

/// The part that a place stands for.
pub fn part_of(n: i64) -> Part {
    if n == 1 { Part::Supervisor } else { Part::CoAuthor }
}

struct Target {
    kind: &'static str,
    key: String,
    shown: String,
    tg_id: Option<i64>,
}

fn target(act: &Act<'_>, value: &Value) -> Res<Target> {
    match value {
        Value::Name(name, named) => {
            let key = name.to_lowercase();
            let tg_id = match named.tg_id {
                Some(id) => Some(id),
                None => people::account_named(act.conn, &key)?,
            };
            Ok(Target { kind: "username", key, shown: format!("@{name}"), tg_id })
        }
        Value::Email(shown, key) => {
            Ok(Target { kind: "email", key: key.clone(), shown: shown.clone(), tg_id: None })
        }
        Value::Contact(id, name) => {
            Ok(Target { kind: "contact", key: id.to_string(), shown: name.clone(), tg_id: Some(*id) })
        }
        _ => refuse("bad.target"),
    }
}

/// The person whom a target stands for, as far as the conference knows them.
fn known(act: &Act<'_>, target: &Target) -> Res<Option<i64>> {
    match (target.kind, target.tg_id) {
        ("email", _) => Ok(people::of_email(act.conn, &target.key)?.map(|person| person.id)),
        (_, Some(tg_id)) => people::of_account(act.conn, tg_id),
        _ => Ok(None),
    }
}

/// Invites somebody to a paper.
pub fn invite(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let paper = super::papers::may_invite(act, place.id, part_of(place.n))?;
    let me = act.me()?;
    let target = target(act, value)?;
    let person = known(act, &target)?;
    if person == Some(me) || target.tg_id == Some(act.who.tg_id) {
        return refuse("inv.self");
    }
    if let Some(person) = person
        && papers::part(act.conn, paper.id, person)?.is_some()
    {
        return refuse("inv.part_already");
    }
    if !codes::within_limit(act.conn, &format!("inv:{me}"), SENDS, act.now)? {
        return refuse("inv.too_many");
    }
    let token = secret::token();
    let new = NewInvitation {
        submission_id: paper.id,
        part: part_of(place.n),
        inviter_id: me,
        kind: target.kind,
        target: &target.key,
        shown: &target.shown,
        target_tg_id: target.tg_id,
        token_hash: secret::token_hash(&token),
        expires_at: act.now + LIFE,
        check_at: (target.kind == "username").then_some(act.now + CHECK_AGAIN),
    };
    let Some(id) = invitations::create(act.conn, &new, act.now)? else { return refuse("inv.twice") };
    act.audit("invitation.created", ("invitation", id), target.kind)?;
    deliver(act, id, &paper, person, &token)
}

/// Brings an invitation on its way, and gives the link to the inviter as well.
fn deliver(act: &Act<'_>, id: i64, paper: &Paper, person: Option<i64>, token: &str) -> Res<Done> {
    let Some(invitation) = invitations::get(act.conn, id)? else { return refuse("no.invitation") };
    let link = act.world.deep_link(&format!("i_{token}"));
    let inviter = people::load(act.conn, invitation.inviter_id)?.name();
    let part = format!("part.{}", invitation.part.code());
    let say = |key: &str| {
        Say::new(key).with("name", inviter.clone()).with("title", paper.name()).word("part", part.clone())
    };
    let told = match person {
        Some(person) => {
            let mut news = News::new(say("news.invited")).button("btn.inb", Place::new(At::Inbox)).and_mail();
            news.invitation = Some(id);
            act.tell(person, &news)?
        }
        None if invitation.kind == "email" => {
            let say = say("mail.invited").with("link", link.clone());
            act.mail(&invitation.shown, None, act.who.locale, &say, None, Some(id))?;
            true
        }
        None => false,
    };
    invitations::delivered(act.conn, id, if told { "queued" } else { "by_hand" })?;
    let key = if told { "inv.made" } else { "inv.by_hand" };
    let notice = Say::new(key).with("link", link).with("target", invitation.shown);
    Ok(Done { made: id, notice: Some(notice), go: None })
}

/// An invitation of the one who acts.
pub fn own(act: &Act<'_>, id: i64) -> Res<Invitation> {
    let me = act.me()?;
    match invitations::get(act.conn, id)? {
        Some(invitation) if invitation.inviter_id == me => Ok(invitation),
        _ => refuse("no.invitation"),
    }
}

/// The invitations that wait for the answer of the one who acts.
pub fn inbox(act: &Act<'_>) -> Res<Vec<Invitation>> {
    let email = match act.who.person {
        Some(me) => people::load(act.conn, me)?.email_key,
        None => None,
    };
    let name = people::username(act.conn, act.who.tg_id)?;
    invitations::inbox(act.conn, act.who.tg_id, email.as_deref(), name.as_deref())
}

/// The buttons of invitations.
pub fn press(act: &Act<'_>, place: Place, verb: Verb, arg: i64) -> Res<Done> {
    match (place.at, verb) {
        (At::Invite, Verb::Revoke) => revoke(act, place.id),
        (At::Invite, Verb::Renew) => renew(act, place.id),
        (At::Invite, Verb::Papers) => own(act, place.id).map(|found| Done::made(found.submission_id)),
        (At::Inbox, Verb::Accept) => accept(act, arg),
        _ => refuse("hint.old"),
    }
}

fn revoke(act: &Act<'_>, id: i64) -> Res<Done> {
    let invitation = own(act, id)?;
    if !invitations::close(act.conn, id, InvitationState::Revoked, act.who.person, None, act.now)? {
        return refuse("inv.closed");
    }
    revoked(act, &invitation)?;
    Ok(Done::said("inv.revoked"))
}

/// Notes that an invitation is revoked, and tells the invited, if they are known.
pub(super) fn revoked(act: &Act<'_>, invitation: &Invitation) -> Res<()> {
    act.audit("invitation.revoked", ("invitation", invitation.id), "")?;
    let person = match (invitation.kind.as_str(), invitation.target_tg_id) {
        (_, Some(tg_id)) => people::of_account(act.conn, tg_id)?,
        ("email", None) => people::of_email(act.conn, &invitation.target)?.map(|person| person.id),
        _ => None,
    };
    if let Some(person) = person {
        act.tell(person, &News::new(about(act, "news.revoked", invitation)?))?;
    }
    Ok(())
}

/// A new link for the same invitation; the old one holds no more.
fn renew(act: &Act<'_>, id: i64) -> Res<Done> {
    let invitation = own(act, id)?;
    let paper = super::papers::own(act, invitation.submission_id)?;
    if !paper.state.withdrawable() {
        return refuse("paper.closed");
    }
    if invitation.state != InvitationState::Pending {
        return refuse("inv.closed");
    }
    if !codes::within_limit(act.conn, &format!("inv:{}", invitation.inviter_id), SENDS, act.now)? {
        return refuse("inv.too_many");
    }
    let token = secret::token();
    let sql = "UPDATE invitation SET token_hash = ?2, expires_at = ?3, suspended = NULL WHERE id = ?1";
    run(act.conn, sql, rusqlite::params![id, &secret::token_hash(&token)[..], act.now + LIFE])?;
    act.audit("invitation.renewed", ("invitation", id), "")?;
    let person = match (invitation.kind.as_str(), invitation.target_tg_id) {
        ("email", _) => people::of_email(act.conn, &invitation.target)?.map(|person| person.id),
        (_, Some(tg_id)) => people::of_account(act.conn, tg_id)?,
        _ => None,
    };
    deliver(act, id, &paper, person, &token)
}

/// What is said about an invitation: paper, part and whom it is for.
pub fn about(act: &Act<'_>, key: &str, invitation: &Invitation) -> Res<Say> {
    let title =
        papers::get(act.conn, invitation.submission_id)?.map(|paper| paper.name()).unwrap_or_default();
    let part = format!("part.{}", invitation.part.code());
    Ok(Say::new(key).with("title", title).word("part", part).with("target", invitation.shown.clone()))
}

/// An invitation in the inbox of the one who acts.
fn mine(act: &Act<'_>, id: i64) -> Res<Invitation> {
    let found = inbox(act)?.into_iter().find(|invitation| invitation.id == id);
    match found {
        Some(invitation) if invitation.expires_at > act.now => Ok(invitation),
        Some(_) => refuse("inv.expired"),
        None => refuse("inv.closed"),
    }
}

fn accept(act: &Act<'_>, id: i64) -> Res<Done> {
    let invitation = mine(act, id)?;
    let me = act.approved()?;
    let paper = papers::get(act.conn, invitation.submission_id)?;
    if !paper.is_some_and(|paper| paper.state.withdrawable()) {
        return refuse("paper.closed");
    }
    super::papers::has_room(act, invitation.submission_id, invitation.part, 0)?;
    invitations::bind(act.conn, id, act.who.tg_id)?;
    invitations::close(act.conn, id, InvitationState::Accepted, Some(me), None, act.now)?;
    if !papers::join(act.conn, invitation.submission_id, me, invitation.part, act.now)? {
        return refuse("inv.part_already");
    }
    act.audit("invitation.accepted", ("invitation", id), "")?;
    let name = people::load(act.conn, me)?.name();
    let say = about(act, "news.accepted", &invitation)?.with("name", name);
    let to = Place::about(At::Paper, invitation.submission_id);
    act.tell(
        invitation.inviter_id,
        &News::new(say).button("btn.open", to).once(format!("inv:{id}:accepted")).and_mail(),
    )?;
    Ok(Done { made: invitation.submission_id, notice: Some(Say::new("inv.accepted")), go: None })
}

/// Declines an invitation, with a reason or without.
pub fn decline(act: &Act<'_>, id: i64, value: &Value) -> Res<Done> {
    let invitation = mine(act, id)?;
    let reason = match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    invitations::close(act.conn, id, InvitationState::Declined, act.who.person, reason, act.now)?;
    act.audit("invitation.declined", ("invitation", id), "")?;
    let say = about(act, "news.declined", &invitation)?.with("reason", reason.unwrap_or("—"));
    act.tell(invitation.inviter_id, &News::new(say).once(format!("inv:{id}:declined")).and_mail())?;
    Ok(Done::said("inv.declined"))
}

/// Follows the link of an invitation: from then on it is for this account alone.
pub fn redeem(act: &Act<'_>, token: &str) -> Res<Done> {
    let Some(found) = invitations::of_token(act.conn, &secret::token_hash(token))? else {
        return refuse("no.invitation");
    };
    if found.state != InvitationState::Pending {
        return refuse("inv.closed");
    }
    if found.suspended.is_some() {
        return refuse("inv.suspended");
    }
    if found.expires_at <= act.now {
        return refuse("inv.expired");
    }
    if found.inviter_id == act.who.person.unwrap_or(0) {
        return refuse("inv.self");
    }
    let name = people::username(act.conn, act.who.tg_id)?;
    let other = match found.target_tg_id {
        Some(id) => id != act.who.tg_id,
        None => found.kind == "username" && name.as_deref() != Some(&found.target),
    };
    if other {
        return refuse("inv.other");
    }
    invitations::bind(act.conn, found.id, act.who.tg_id)?;
    act.audit("invitation.opened", ("invitation", found.id), "")?;
    let (go, key) = match act.approved() {
        Ok(_) => (Some(Place::new(At::Inbox)), None),
        Err(_) => (None, Some(about(act, "inv.register", &found)?)),
    };
    Ok(Done { made: found.id, notice: key, go })
}
