//! Lists and cards of papers.

use super::{Screen, page, raw};
use crate::actions::{self, Act, demands};
use crate::dialog::PARTS;
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::{Demand, PaperState, Part};
use crate::store::papers::{self, Paper};
use crate::store::{Res, deadlines};
use crate::texts::{Locale, Say};

pub(super) fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    match place.at {
        At::Papers => list(act, place),
        At::Paper => card(act, place.id),
        At::PaperEdit => edit(act, place.id),
        _ => {
            let paper = actions::papers::own(act, place.id)?;
            let screen = Screen::new(Say::new("paper.drop").with("title", paper.name()));
            Ok(screen.buttons(&[Verb::Yes]).buttons(&[Verb::Back]))
        }
    }
}

/// The sections to choose from.
pub(super) fn sections(act: &Act<'_>) -> Res<Vec<Button>> {
    let label = |ru: String, en: String| if act.who.locale == Locale::Ru { ru } else { en };
    let button = |(id, ru, en)| Button::labelled(raw(label(ru, en)), Verb::Pick, id);
    Ok(papers::sections(act.conn)?.into_iter().map(button).collect())
}

/// The lines of a paper. A reviewer does not see whose it is.
pub(super) fn lines(act: &Act<'_>, paper: &Paper, anonymous: bool) -> Res<Vec<Say>> {
    let section = match paper.section_id {
        Some(id) => {
            papers::section(act.conn, id)?.map(|(ru, en)| if act.who.locale == Locale::Ru { ru } else { en })
        }
        None => None,
    };
    let file = |document: Option<i64>| if document.is_some() { "yes" } else { "none" };
    let unwanted = paper.permit_doc.is_none() && demands::of(act, paper.id)?.permit == Demand::None;
    let head = Say::new("paper")
        .with("code", paper.code.clone().unwrap_or_else(|| "—".to_owned()))
        .with("title", paper.name())
        .with("section", section.unwrap_or_else(|| "—".to_owned()))
        .word("state", format!("state.{}", paper.state.code()))
        .count("version", paper.version)
        .with("sent", paper.submitted_at.map_or_else(|| "—".to_owned(), |at| act.world.shown_time(at)))
        .word("permit", if unwanted { "paper.no_permit" } else { file(paper.permit_doc) })
        .word("file", file(paper.paper_doc));
    let mut parts = vec![head];
    if !anonymous {
        parts.push(people(act, paper)?);
    }
    if let Some(words) = &paper.keywords {
        parts.push(Say::new("paper.keywords").with("words", words.clone()));
    }
    if let Some(summary) = &paper.summary {
        parts.push(raw(summary.chars().take(1500).collect::<String>()));
    }
    Ok(parts)
}

fn people(act: &Act<'_>, paper: &Paper) -> Res<Say> {
    let all = papers::people(act.conn, paper.id)?;
    let of = |part: Part| {
        let names: Vec<String> =
            all.iter().filter(|(.., p)| *p == part).map(|(_, name, _)| name.clone()).collect();
        if names.is_empty() { "—".to_owned() } else { names.join(", ") }
    };
    let say = Say::new("paper.people").with("author", of(Part::Author));
    Ok(say.with("co_authors", of(Part::CoAuthor)).with("supervisor", of(Part::Supervisor)))
}

fn list(act: &Act<'_>, place: Place) -> Res<Screen> {
    let all = papers::of(act.conn, act.me()?)?;
    let Some(((paper, part), at, pages)) = page(&all, place.n) else {
        return Ok(Screen::of("papers.none").buttons(&[Verb::New]).buttons(&[Verb::Home]));
    };
    let head = Say::new("papers.page")
        .count("n", at + 1)
        .count("all", pages)
        .word("part", format!("part.{}", part.code()));
    let mut screen = Screen::new(head);
    screen.parts.extend(lines(act, paper, false)?);
    Ok(screen.row([Button::with(Verb::Open, paper.id)]).pager(at, pages).buttons(&[Verb::New, Verb::Home]))
}

fn card(act: &Act<'_>, id: i64) -> Res<Screen> {
    let paper = actions::papers::visible(act, id)?;
    let own = paper.owner_id == act.me()?;
    let mut screen = Screen { parts: lines(act, &paper, false)?, rows: Vec::new() };
    if let Some(comment) = &paper.comment {
        screen = screen.and(Say::new("paper.comment").with("comment", comment.clone()));
    }
    let edits = paper.state.editable_until();
    if let Some(kind) = edits.filter(|_| own)
        && let Some((at, _)) = deadlines::at(act.conn, kind, paper.section_id)?
    {
        screen = screen.and(Say::new("paper.until").with("time", act.world.shown_limit(at)));
    }
    if edits.is_some()
        && own
        && let Some(lacking) = demands::lacking(act, &paper)?
    {
        screen = screen.and(lacking);
    }
    let sends = edits.is_some() && paper.state != PaperState::Submitted;
    let invites = [Button::with(Verb::CoAuthor, 0), Button::with(Verb::Supervisor, 1)];
    Ok(screen
        .row_if(own && sends, [Button::of(Verb::Send)])
        .row_if(own && paper.state == PaperState::Accepted, [Button::of(Verb::Confirm)])
        .row_if(own && edits.is_some(), [Button::of(Verb::Edit)])
        .row_if(own && paper.state.withdrawable(), invites)
        .row_if(own, [Button::of(Verb::Invites)])
        .row_if(paper.paper_doc.is_some(), [Button::of(Verb::Files)])
        .row_if(own && paper.state.withdrawable(), [Button::of(Verb::Drop)])
        .buttons(&[Verb::Back, Verb::Home]))
}

fn edit(act: &Act<'_>, id: i64) -> Res<Screen> {
    let paper = actions::papers::editable(act, id)?;
    let unwanted = demands::of(act, id)?.permit == Demand::None && paper.permit_doc.is_none();
    let parts = PARTS.iter().enumerate().filter(|(_, at)| **at != At::PaperPermit || !unwanted);
    let button = |(n, at): (usize, &At)| {
        Button::labelled(
            Say::new(format!("field.{}", at.code())),
            Verb::Change,
            i64::try_from(n).unwrap_or(0),
        )
    };
    let screen = Screen::new(Say::new("paper.edit").with("title", paper.name()));
    Ok(parts.map(button).fold(screen, |screen, b| screen.row([b])).buttons(&[Verb::Back]))
}
