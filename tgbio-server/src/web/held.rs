//! Changes that wait for confirmation, and a person's decision about them.

use poem::web::Path;
use poem::{Response, handler};
use tgbio_core::alarm::Alarm;
use tgbio_core::store::{Decision, Held, HeldId, Rejected, StoreError};
use tgbio_core::{Profile, ProfileId};

use super::change::Changes;
use super::html::{Html, fill};
use super::texts::Texts;
use super::visitor::{Reply, Visitor};
use super::{names, times};
use crate::http::site::Flash;

/// A waiting change as pages show it.
pub(super) struct Waiting {
    pub(super) id: i64,
    pub(super) profile: ProfileId,
    pub(super) username: String,
    pub(super) reason: &'static str,
    pub(super) surge: Option<&'static str>,
    pub(super) seen: Html,
    pub(super) changes: Html,
}

/// Draws a waiting change of a profile whose state is `now`; `needed` repeats confirm it.
pub(super) fn waiting(
    t: &'static Texts,
    held: &Held,
    now: Option<&Profile>,
    needed: u32,
    alarms: &[Alarm],
) -> Waiting {
    let drawn = Changes { t, id: held.profile_id, before: now, after: held.after.as_ref() };
    let number = |n: u32| Html::text(&n.to_string());
    let seen = [&times::time(t, held.first_seen), &number(held.confirmations), &number(needed)];
    Waiting {
        id: held.id.0,
        profile: held.profile_id,
        username: held.username.to_string(),
        reason: t.hold(held.reason),
        surge: alarms.iter().any(|alarm| alarm.covers(held)).then_some(t.held_in_surge),
        seen: fill(t.held_seen, &seen),
        changes: drawn.draw(&held.changes, false),
    }
}

/// A rejected change as pages show it.
pub(super) struct Refused {
    pub(super) reason: &'static str,
    pub(super) when: Html,
    pub(super) changes: Html,
}

/// Draws what was rejected of a profile whose state is `now`.
pub(super) fn refused(t: &'static Texts, rejected: &Rejected, now: Option<&Profile>) -> Refused {
    let Rejected { held, at, by, .. } = rejected;
    let drawn = Changes { t, id: held.profile_id, before: now, after: held.after.as_ref() };
    let seen = times::time(t, held.first_seen);
    Refused {
        reason: t.hold(held.reason),
        when: match (at, by) {
            (Some(at), Some(by)) => fill(t.rejected_when, &[&seen, &times::time(t, *at), &Html::text(by)]),
            _ => fill(t.rejected_seen, &[&seen]),
        },
        changes: drawn.draw(&held.changes, false),
    }
}

#[handler]
pub(super) async fn accept(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    settle(&visitor, id, Decision::Accept, visitor.t.flash_accepted).await
}

#[handler]
pub(super) async fn reject(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    settle(&visitor, id, Decision::Reject, visitor.t.flash_rejected).await
}

async fn settle(visitor: &Visitor, id: i64, decision: Decision, done: &str) -> Reply {
    visitor.manages()?;
    let app = &visitor.web.app;
    match app.store().settle(HeldId(id), decision, app.now(), &visitor.actor()).await {
        Ok(held) => {
            let address = names::address_of(visitor, held.profile_id).await;
            Ok(visitor.go(&address, &Flash::good(done)))
        }
        Err(StoreError::NotFound(_) | StoreError::Conflict) => Ok(settled_already(visitor)),
        Err(error) => Err(error.into()),
    }
}

fn settled_already(visitor: &Visitor) -> Response {
    visitor.go("/status", &Flash::bad(visitor.t.flash_settled))
}
