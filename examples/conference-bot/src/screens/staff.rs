//! The queues and cards of moderators.

use super::registration::person_lines;
use super::{Screen, page};
use crate::actions::{self, Act};
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::{PaperState, Role};
use crate::store::{Res, applications, papers, people};
use crate::texts::Say;

pub(super) fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    act.with_role(Role::Moderator, None)?;
    match place.at {
        At::ModQueue => queue(act, place),
        At::ModCard => card(act, place.id),
        At::ModOrg => organisation(act, place.id),
        At::ScrQueue => screening(act, place),
        _ => screened(act, place.id),
    }
}

fn queue(act: &Act<'_>, place: Place) -> Res<Screen> {
    let me = act.me()?;
    let all = applications::waiting(act.conn, me, act.now)?;
    let undo = applications::undoable(act.conn, me, act.now - actions::moderation::UNDO)?.is_some();
    let undo_row = || [Button::of(Verb::Undo)];
    let Some((application, at, pages)) = page(&all, place.n) else {
        return Ok(Screen::of("queue.none").row_if(undo, undo_row()).buttons(&[Verb::Home]));
    };
    let person = people::load(act.conn, application.person_id)?;
    let say = Say::new("queue")
        .count("n", at + 1)
        .count("all", pages)
        .count("id", application.id)
        .with("name", person.name())
        .with("org", person.abbr())
        .with("email", person.email.unwrap_or_default());
    let screen = Screen::new(say).row([Button::with(Verb::Open, application.id)]).pager(at, pages);
    Ok(screen.row_if(undo, undo_row()).buttons(&[Verb::Home]))
}

fn card(act: &Act<'_>, id: i64) -> Res<Screen> {
    let application = actions::moderation::held(act, id)?;
    let person = people::load(act.conn, application.person_id)?;
    let mut screen = Screen::new(Say::new("card").count("id", id)).and(person_lines("person", &person));
    if let Some(comment) = application.comment {
        screen = screen.and(Say::new("waiting.comment").with("comment", comment));
    }
    Ok(screen
        .buttons(&[Verb::Approve])
        .buttons(&[Verb::AskChanges, Verb::Reject])
        .buttons(&[Verb::Organisation])
        .buttons(&[Verb::Release, Verb::Home]))
}

fn organisation(act: &Act<'_>, id: i64) -> Res<Screen> {
    let org = actions::moderation::organisation(act, id)?;
    let all =
        crate::store::number(act.conn, "SELECT count(*) FROM person WHERE organisation_id = ?1", [org.id])?;
    let say = Say::new("organisation")
        .with("full", org.full_name)
        .with("abbr", org.abbr)
        .with("abbr_en", org.abbr_en)
        .count("n", all)
        .word("verified", if org.verified { "yes" } else { "none" });
    let edit = |n: i64, key: &str| Button::labelled(Say::new(key), Verb::Edit, n);
    Ok(Screen::new(say)
        .row([edit(0, "field.reg_org")])
        .row([edit(1, "field.reg_abbr"), edit(2, "field.reg_abbr_en")])
        .row_if(!org.verified, [Button::of(Verb::Verify)])
        .buttons(&[Verb::Back]))
}

fn screening(act: &Act<'_>, place: Place) -> Res<Screen> {
    let me = act.me()?;
    let mut mine = Vec::new();
    for paper in papers::in_state(act.conn, &[PaperState::Submitted])? {
        let free = paper.claimed_by.is_none_or(|by| by == me)
            || paper.claim_expires.is_none_or(|until| until <= act.now);
        if free && people::has_role(act.conn, me, Role::Moderator, paper.section_id)? {
            mine.push(paper);
        }
    }
    let undo = actions::screening::undoable(act)?.is_some();
    let undo_row = || [Button::of(Verb::Undo)];
    let Some((paper, at, pages)) = page(&mine, place.n) else {
        return Ok(Screen::of("scr.none").row_if(undo, undo_row()).buttons(&[Verb::Home]));
    };
    let mut screen = Screen::new(Say::new("scr.page").count("n", at + 1).count("all", pages));
    screen.parts.extend(super::papers::lines(act, paper, false)?);
    let screen = screen.row([Button::with(Verb::Open, paper.id)]).pager(at, pages);
    Ok(screen.row_if(undo, undo_row()).buttons(&[Verb::Home]))
}

fn screened(act: &Act<'_>, id: i64) -> Res<Screen> {
    let paper = actions::screening::held(act, id)?;
    let screen = Screen { parts: super::papers::lines(act, &paper, false)?, rows: Vec::new() };
    Ok(screen
        .buttons(&[Verb::Pass])
        .buttons(&[Verb::AskChanges])
        .buttons(&[Verb::Files])
        .buttons(&[Verb::Release, Verb::Home]))
}
