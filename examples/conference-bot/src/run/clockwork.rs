//! What happens because time passes: reminders, invitations that expire, old marks that are forgotten.

use std::time::Duration;

use super::Part;
use crate::World;
use crate::actions::{Act, News, Who, invitations as inviting};
use crate::dialog::place::{At, Place};
use crate::domain::{DAY, DeadlineKind, InvitationState, PaperState};
use crate::store::{Durability, Res, all, deadlines, invitations, papers, people, run, updates};
use crate::texts::{Locale, Say};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);
/// An unanswered invitation is recalled after this time.
const REMIND_INVITATION: i64 = 3 * DAY;
/// Before a time limit it is recalled twice.
const REMIND_BEFORE: [i64; 2] = [3, 1];

#[derive(Clone)]
pub(super) struct Clockwork {
    world: World,
}

impl Clockwork {
    pub(super) fn new(world: World) -> Self {
        Self { world }
    }
}

impl Part for Clockwork {
    async fn work(self) -> Result<(), String> {
        loop {
            let world = self.world.clone();
            let ticked = self.world.db.write(Durability::Normal, move |conn| tick(conn, &world));
            ticked.await.map_err(|error| error.to_string())?;
            self.world.deliver.notify_waiters();
            let next = self.world.clock.now().after(EVERY);
            self.world.clock.sleep_until(next).await;
        }
    }
}

/// Everything that is due now. Done twice it does nothing more.
pub(super) fn tick(conn: &rusqlite::Connection, world: &World) -> Res<()> {
    let who =
        Who { actor: "clock".to_owned(), person: None, tg_id: 0, bot: String::new(), locale: Locale::Ru };
    let act = Act::new(conn, world, who);
    expire(&act)?;
    remind_invited(&act)?;
    remind_drafts(&act)?;
    remind_confirmations(&act)?;
    remind_reviewers(&act)?;
    updates::purge(conn, act.now - 7 * DAY)
}

fn expire(act: &Act<'_>) -> Res<()> {
    for invitation in
        invitations::pending(act.conn)?.iter().filter(|invitation| invitation.expires_at <= act.now)
    {
        invitations::close(act.conn, invitation.id, InvitationState::Expired, None, None, act.now)?;
        act.audit("invitation.expired", ("invitation", invitation.id), "")?;
        let say = inviting::about(act, "news.expired", invitation)?;
        act.tell(invitation.inviter_id, &News::new(say).once(format!("inv:{}:expired", invitation.id)))?;
    }
    Ok(())
}

fn remind_invited(act: &Act<'_>) -> Res<()> {
    let due = |at: i64| at + REMIND_INVITATION <= act.now;
    for invitation in invitations::pending(act.conn)? {
        if invitation.reminded_at.is_some() || !due(invitation.created_at) || invitation.suspended.is_some() {
            continue;
        }
        let person = match (invitation.target_tg_id, invitation.kind.as_str()) {
            (Some(tg_id), _) => people::of_account(act.conn, tg_id)?,
            (None, "email") => people::of_email(act.conn, &invitation.target)?.map(|person| person.id),
            _ => None,
        };
        let say = inviting::about(act, "news.remind.invitation", &invitation)?;
        let key = format!("inv:{}:remind", invitation.id);
        match person {
            Some(person) => {
                act.tell(
                    person,
                    &News::new(say).button("btn.inb", Place::new(At::Inbox)).once(key).and_mail(),
                )?;
            }
            None if invitation.kind == "email" => {
                act.mail(&invitation.shown, None, Locale::Ru, &say, Some(&key), None)?;
            }
            None => {}
        }
        run(act.conn, "UPDATE invitation SET reminded_at = ?2 WHERE id = ?1", [invitation.id, act.now])?;
    }
    Ok(())
}

/// How many days before a limit this is, of those on which it is recalled.
fn day_before(act: &Act<'_>, at: i64) -> Option<i64> {
    let near = |days: &i64| act.now < at && at - act.now <= days * DAY;
    REMIND_BEFORE.into_iter().filter(near).min()
}

fn remind_drafts(act: &Act<'_>) -> Res<()> {
    let states = [PaperState::Draft, PaperState::ChangesRequested, PaperState::Revise];
    for paper in papers::in_state(act.conn, &states)? {
        let kind = paper.state.editable_until().unwrap_or(DeadlineKind::Submission);
        let Some((at, _)) = deadlines::at(act.conn, kind, paper.section_id)? else { continue };
        let Some(days) = day_before(act, at) else { continue };
        let say =
            Say::new("news.remind.draft").with("title", paper.name()).with("time", act.world.shown_limit(at));
        let news = News::new(say).button("btn.open", Place::about(At::Paper, paper.id));
        act.tell(paper.owner_id, &news.once(format!("draft:{}:{at}:{days}", paper.id)).and_mail())?;
    }
    Ok(())
}

fn remind_confirmations(act: &Act<'_>) -> Res<()> {
    for paper in papers::in_state(act.conn, &[PaperState::Accepted])? {
        if paper.updated_at + REMIND_INVITATION > act.now {
            continue;
        }
        let say = Say::new("news.remind.confirm").with("title", paper.name());
        let news = News::new(say).button("btn.open", Place::about(At::Paper, paper.id));
        act.tell(paper.owner_id, &news.once(format!("confirm:{}", paper.id)).and_mail())?;
    }
    Ok(())
}

fn remind_reviewers(act: &Act<'_>) -> Res<()> {
    let sql = "SELECT a.id, a.reviewer_id, a.due_at, ifnull(s.title, '') FROM review_assignment a
        JOIN submission s ON s.id = a.submission_id
        WHERE a.state IN ('offered', 'accepted') AND a.due_at IS NOT NULL AND a.due_at - ?1 <= ?2";
    let due: Vec<(i64, i64, i64, String)> = all(act.conn, sql, [act.now, 3 * DAY], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    for (id, reviewer, at, title) in due {
        let phase = if at <= act.now { "overdue" } else { "soon" };
        let say = Say::new("news.remind.review").with("title", title).with("time", act.world.shown_time(at));
        let news = News::new(say).button("btn.open", Place::about(At::RevCard, id));
        act.tell(reviewer, &news.once(format!("review:{id}:{phase}")).and_mail())?;
    }
    Ok(())
}
