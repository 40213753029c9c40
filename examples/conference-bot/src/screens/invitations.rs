//! Invitations: those that one has sent, and those that one has got.

use super::{Screen, page};
use crate::actions::{self, Act};
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::InvitationState;
use crate::store::invitations::{self, Invitation};
use crate::store::{Res, papers, people};
use crate::texts::Say;

pub(super) fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    match place.at {
        At::Invites => list(act, place.id),
        At::Invite => card(act, place.id),
        _ => inbox(act, place),
    }
}

/// The state, where a name that changed hands stands before everything else.
fn state_of(invitation: &Invitation) -> String {
    match &invitation.suspended {
        Some(why) if invitation.state == InvitationState::Pending => format!("invitation.{why}"),
        _ => format!("invitation.{}", invitation.state.code()),
    }
}

fn list(act: &Act<'_>, paper: i64) -> Res<Screen> {
    let paper = actions::papers::own(act, paper)?;
    let all = invitations::of_paper(act.conn, paper.id)?;
    let key = if all.is_empty() { "invites.none" } else { "invites" };
    let mut screen = Screen::new(Say::new(key).with("title", paper.name()));
    for invitation in all.iter().take(20) {
        let label = Say::new("invites.line")
            .with("target", invitation.shown.clone())
            .word("state", state_of(invitation));
        screen = screen.row([Button::labelled(label, Verb::Open, invitation.id)]);
    }
    Ok(screen.buttons(&[Verb::Back, Verb::Home]))
}

fn card(act: &Act<'_>, id: i64) -> Res<Screen> {
    let invitation = actions::invitations::own(act, id)?;
    let say = actions::invitations::about(act, "invite", &invitation)?
        .word("state", state_of(&invitation))
        .word("delivery", format!("delivery.{}", invitation.delivery))
        .with("until", act.world.shown_time(invitation.expires_at))
        .with("reason", invitation.reason.clone().unwrap_or_else(|| "—".to_owned()));
    let pending = invitation.state == InvitationState::Pending;
    Ok(Screen::new(say)
        .row_if(pending, [Button::of(Verb::Revoke), Button::of(Verb::Renew)])
        .row([Button::labelled(Say::new("btn.to_paper"), Verb::Papers, 0)])
        .buttons(&[Verb::Home]))
}

fn inbox(act: &Act<'_>, place: Place) -> Res<Screen> {
    let all = actions::invitations::inbox(act)?;
    let Some((invitation, at, pages)) = page(&all, place.n) else {
        return Ok(Screen::of("inbox.none").buttons(&[Verb::Home]));
    };
    let inviter = people::load(act.conn, invitation.inviter_id)?;
    let title =
        papers::get(act.conn, invitation.submission_id)?.map(|paper| paper.name()).unwrap_or_default();
    let say = Say::new("inbox")
        .count("n", at + 1)
        .count("all", pages)
        .with("name", inviter.name())
        .with("org", inviter.abbr())
        .with("title", title)
        .word("part", format!("part.{}", invitation.part.code()))
        .with("until", act.world.shown_time(invitation.expires_at));
    let screen = Screen::new(say)
        .row([Button::with(Verb::Accept, invitation.id), Button::with(Verb::Decline, invitation.id)]);
    Ok(screen.pager(at, pages).buttons(&[Verb::Home]))
}
