//! Pending invitations by @name and the accounts behind the names: whoever is renamed is followed, and when a name
//! changes hands the invitation is suspended.

use super::invitations::{CHECK_AGAIN, about};
use super::{Act, News};
use crate::dialog::event::Named;
use crate::domain::InvitationState;
use crate::store::invitations::Invitation;
use crate::store::{Res, invitations, run};
use crate::texts::Say;

/// An account has written under this @name.
pub fn seen(act: &Act<'_>, tg_id: i64, username: Option<&str>) -> Res<()> {
    let Some(name) = username else { return Ok(()) };
    let key = name.to_lowercase();
    for invitation in invitations::named(act.conn, tg_id, &key)? {
        match invitation.target_tg_id {
            Some(known) if known == tg_id => follow(act, &invitation, name)?,
            Some(_) if invitation.suspended.is_none() => suspend(act, &invitation, "handed_over")?,
            _ => {}
        }
    }
    Ok(())
}

/// The invited account is called otherwise now: the invitation goes along.
fn follow(act: &Act<'_>, invitation: &Invitation, name: &str) -> Res<()> {
    let key = name.to_lowercase();
    if invitation.state != InvitationState::Pending || key == invitation.target {
        return Ok(());
    }
    let sql = "UPDATE OR IGNORE invitation SET target = ?2, shown = ?3, suspended = NULL WHERE id = ?1";
    run(act.conn, sql, (invitation.id, &key, format!("@{name}")))?;
    act.audit("invitation.followed", ("invitation", invitation.id), "")?;
    let say = about(act, "news.followed", invitation)?.with("new", format!("@{name}"));
    act.tell(invitation.inviter_id, &News::new(say).once(format!("inv:{}:{key}", invitation.id)))?;
    Ok(())
}

/// What a look at a name means for the invitation.
pub fn judge(act: &Act<'_>, invitation: &Invitation, named: &Named) -> Res<()> {
    let again = "UPDATE invitation SET check_at = ?2 WHERE id = ?1";
    run(act.conn, again, [invitation.id, act.now + CHECK_AGAIN])?;
    let why = match (named.refused, named.tg_id, invitation.target_tg_id) {
        (_, Some(seen), Some(known)) if seen != known => Some("handed_over"),
        (Some("bad.name.bot" | "bad.name.channel"), ..) => Some("not_person"),
        // Somebody who is known by number does not need the name.
        (Some("bad.name.nobody"), _, None) => Some("gone"),
        _ => None,
    };
    if let (None, Some(_), Some(name)) = (why, invitation.target_tg_id, &named.username) {
        follow(act, invitation, name)?;
    }
    if let (None, Some(seen), None) = (why, named.tg_id, invitation.target_tg_id) {
        invitations::bind(act.conn, invitation.id, seen)?;
    }
    match why {
        Some(why) if invitation.suspended.as_deref() != Some(why) => suspend(act, invitation, why),
        _ => Ok(()),
    }
}

fn suspend(act: &Act<'_>, invitation: &Invitation, why: &'static str) -> Res<()> {
    run(
        act.conn,
        "UPDATE invitation SET suspended = ?2 WHERE id = ?1 AND state = 'pending'",
        (invitation.id, why),
    )?;
    act.audit("invitation.suspended", ("invitation", invitation.id), why)?;
    let say: Say = about(act, "news.suspended", invitation)?.word("why", format!("invitation.{why}"));
    act.tell(invitation.inviter_id, &News::new(say).once(format!("inv:{}:{why}", invitation.id)).and_mail())?;
    Ok(())
}
