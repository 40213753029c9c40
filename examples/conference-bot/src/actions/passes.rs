//! Links that are followed: invitations, roles, being late.

use super::{Act, Done};
use crate::domain::Role;
use crate::store::passes::Gift;
use crate::store::{Res, passes, people, refuse};
use crate::texts::Say;

/// Follows a link by its token.
pub fn redeem(act: &Act<'_>, payload: &str) -> Res<Done> {
    match payload.split_once('_') {
        Some(("i", token)) => super::invitations::redeem(act, token),
        Some(("p", token)) => gift(act, token),
        _ => refuse("no.link"),
    }
}

fn gift(act: &Act<'_>, token: &str) -> Res<Done> {
    let Some((gift, until)) = passes::redeem(act.conn, token, act.now)? else { return refuse("no.link") };
    let me = super::registration::person_of_account(act)?.id;
    match gift {
        Gift::Role(role, section) => give_role(act, me, role, section),
        Gift::Late(kind, section) => {
            passes::allow_late(act.conn, me, kind, section, until)?;
            act.audit("late.granted", ("person", me), kind.code())?;
            Ok(Done {
                notice: Some(Say::new("pass.late").with("until", act.world.shown_limit(until))),
                ..Done::default()
            })
        }
    }
}

/// Gives a role to a person.
pub fn give_role(act: &Act<'_>, person: i64, role: Role, section: Option<i64>) -> Res<Done> {
    if people::grant(act.conn, person, role, section, &act.who.actor, act.now)? {
        act.audit("role.granted", ("person", person), role.code())?;
    }
    let notice = Say::new("pass.role").word("role", format!("role.{}", role.code()));
    Ok(Done { notice: Some(notice), ..Done::default() })
}
