//! What chairs and reviewers see.

use super::{Screen, page, raw};
use crate::actions::{self, Act};
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::{Criterion, PaperState, Role};
use crate::store::reviews::{self, Review};
use crate::store::{Res, papers, people};
use crate::texts::Say;

pub(super) fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    match place.at {
        At::ChairQueue => chair_queue(act, place),
        At::ChairCard => chair_card(act, place.id),
        At::Assign => assign(act, place.id),
        At::RevQueue => queue(act, place),
        _ => card(act, place.id),
    }
}

fn chair_queue(act: &Act<'_>, place: Place) -> Res<Screen> {
    let me = act.with_role(Role::Chair, None)?;
    let mut mine = Vec::new();
    for paper in papers::in_state(act.conn, &[PaperState::UnderReview])? {
        if people::has_role(act.conn, me, Role::Chair, paper.section_id)? {
            mine.push(paper);
        }
    }
    let undo = actions::review::undoable(act)?.is_some();
    let undo_row = || [Button::of(Verb::Undo)];
    let Some((paper, at, pages)) = page(&mine, place.n) else {
        return Ok(Screen::of("chair.none").row_if(undo, undo_row()).buttons(&[Verb::Home]));
    };
    let mut screen = Screen::new(Say::new("chair.page").count("n", at + 1).count("all", pages));
    screen.parts.extend(super::papers::lines(act, paper, false)?);
    let screen = screen.row([Button::with(Verb::Open, paper.id)]).pager(at, pages);
    Ok(screen.row_if(undo, undo_row()).buttons(&[Verb::Home]))
}

fn review_line(act: &Act<'_>, review: &Review) -> Res<Say> {
    let mean = review.mean().map_or("—".to_owned(), |mean| format!("{mean:.1}"));
    Ok(Say::new("chair.review")
        .with("name", people::load(act.conn, review.reviewer_id)?.name())
        .word("state", format!("review.{}", review.state))
        .count("version", review.version)
        .with("mean", if review.state == "submitted" { mean } else { "—".to_owned() })
        .word("advice", review.advice.map_or("none".to_owned(), |advice| format!("advice.{}", advice.code())))
        .with("comment", review.to_author.clone().filter(|_| review.state == "submitted").unwrap_or_default())
        .with("private", review.private.clone().filter(|_| review.state == "submitted").unwrap_or_default()))
}

fn chair_card(act: &Act<'_>, id: i64) -> Res<Screen> {
    let paper = actions::review::chaired(act, id)?;
    let mut screen = Screen { parts: super::papers::lines(act, &paper, false)?, rows: Vec::new() };
    for review in reviews::of_paper(act.conn, id)? {
        screen = screen.and(review_line(act, &review)?);
    }
    let decide = |n: i64| Button::labelled(Say::new(format!("decision.{n}")), Verb::Decide, n);
    Ok(screen
        .buttons(&[Verb::Assign, Verb::Files])
        .row([decide(0), decide(1), decide(2)])
        .row([decide(3), decide(4)])
        .buttons(&[Verb::Back, Verb::Home]))
}

fn assign(act: &Act<'_>, id: i64) -> Res<Screen> {
    let paper = actions::review::chaired(act, id)?;
    let asked: Vec<i64> = reviews::of_paper(act.conn, id)?
        .iter()
        .filter(|r| r.version == paper.version)
        .map(|r| r.reviewer_id)
        .collect();
    let mut screen = Screen::new(Say::new("assign").with("title", paper.name()));
    for (person, name, load) in reviews::candidates(act.conn, paper.section_id)?.into_iter().take(15) {
        let key = match reviews::conflict(act.conn, id, person)? {
            Some(_) => "assign.conflict",
            None if asked.contains(&person) => "assign.asked",
            None => "assign.free",
        };
        let label = Say::new(key).with("name", name).count("n", load);
        screen = screen.row([Button::labelled(label, Verb::Offer, person)]);
    }
    let auto = Button::labelled(Say::new("assign.auto"), Verb::Offer, 0);
    Ok(screen.row([auto]).buttons(&[Verb::Back]))
}

fn queue(act: &Act<'_>, place: Place) -> Res<Screen> {
    let all = reviews::of_reviewer(act.conn, act.me()?)?;
    let Some((review, at, pages)) = page(&all, place.n) else {
        return Ok(Screen::of("rev.none").buttons(&[Verb::Home]));
    };
    let title = papers::get(act.conn, review.submission_id)?.map(|paper| paper.name()).unwrap_or_default();
    let say = Say::new("rev.page")
        .count("n", at + 1)
        .count("all", pages)
        .with("title", title)
        .word("state", format!("review.{}", review.state))
        .with("until", review.due_at.map_or("—".to_owned(), |at| act.world.shown_time(at)));
    Ok(Screen::new(say).row([Button::with(Verb::Open, review.id)]).pager(at, pages).buttons(&[Verb::Home]))
}

fn card(act: &Act<'_>, id: i64) -> Res<Screen> {
    let (review, paper) = actions::review::mine(act, id)?;
    let mut screen = Screen { parts: super::papers::lines(act, &paper, true)?, rows: Vec::new() };
    for criterion in Criterion::ALL {
        if let Some(score) = review.scores.get(criterion.code()) {
            let say = Say::new("rev.score").word("criterion", format!("criterion.{}", criterion.code()));
            screen = screen.and(say.count("n", *score));
        }
    }
    if let Some(advice) = review.advice {
        screen = screen.and(Say::new("rev.advice").word("advice", format!("advice.{}", advice.code())));
    }
    if let Some(comment) = &review.to_author {
        screen = screen.and(raw(comment.clone()));
    }
    let offered = review.state == "offered";
    Ok(screen
        .row_if(offered, [Button::of(Verb::Agree)])
        .row_if(!offered, [Button::of(Verb::Score)])
        .row_if(!offered && review.complete(), [Button::of(Verb::Finish)])
        .buttons(&[Verb::Files, Verb::Conflict])
        .buttons(&[Verb::Back, Verb::Home]))
}
