//! The formal check of papers before review.

use super::moderation::{LEASE, UNDO};
use super::{Act, Done, News, words};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{PaperState, Role};
use crate::store::papers::Paper;
use crate::store::{Res, papers, refuse, reviews, run};
use crate::texts::Say;

/// The buttons of the queue and the card.
pub fn press(act: &Act<'_>, place: Place, verb: Verb, arg: i64) -> Res<Done> {
    match (place.at, verb) {
        (At::ScrQueue, Verb::Open) => held(act, arg).map(|_| Done::default()),
        (At::ScrQueue, Verb::Undo) => undo(act),
        (At::ScrCard, Verb::Pass) => pass(act, place.id),
        (At::ScrCard, Verb::AskChanges) => held(act, place.id).map(|_| Done::default()),
        (At::ScrCard, Verb::Files) => {
            let paper = held(act, place.id)?;
            for (document, caption) in
                [(paper.paper_doc, "caption.paper"), (paper.permit_doc, "caption.permit")]
            {
                if let Some(document) = document {
                    act.show_file(document, &Say::new(caption).with("title", paper.name()), None)?;
                }
            }
            Ok(Done::said("paper.files"))
        }
        (At::ScrCard, Verb::Release) => {
            let sql = "UPDATE submission SET claimed_by = NULL, claim_expires = NULL WHERE id = ?1 AND claimed_by = ?2";
            run(act.conn, sql, [place.id, act.me()?])?;
            Ok(Done::said("mod.released"))
        }
        _ => refuse("hint.old"),
    }
}

/// A paper that the one who acts has in hand. Nobody checks a paper in which they have a part.
pub fn held(act: &Act<'_>, id: i64) -> Res<Paper> {
    let Some(paper) = papers::get(act.conn, id)? else { return refuse("no.paper") };
    let me = act.with_role(Role::Moderator, paper.section_id)?;
    if papers::part(act.conn, id, me)?.is_some() {
        return refuse("conflict.part");
    }
    if paper.state != PaperState::Submitted || !papers::claim(act.conn, id, me, act.now, act.now + LEASE)? {
        return refuse("scr.taken");
    }
    Ok(paper)
}

fn pass(act: &Act<'_>, id: i64) -> Res<Done> {
    let paper = held(act, id)?;
    papers::set_state(act.conn, id, PaperState::Submitted, PaperState::UnderReview, None, act.now)?;
    papers::decided(act.conn, id, act.who.person, act.now)?;
    act.audit("paper.passed", ("submission", id), "")?;
    let code = paper.code.clone().unwrap_or_default();
    let say = |key: &str| Say::new(key).with("code", code.clone()).with("title", paper.name());
    let to = Place::about(At::ChairCard, id);
    act.tell_role(Role::Chair, paper.section_id, &News::new(say("news.to_assign")).button("btn.open", to))?;
    act.tell_parties(id, &News::new(say("news.under_review")))?;
    Ok(Done::said("scr.passed"))
}

/// Sends a paper back to its authors with a comment.
pub fn ask_changes(act: &Act<'_>, id: i64, value: &Value) -> Res<Done> {
    let paper = held(act, id)?;
    let comment = words(act, value)?;
    let to = PaperState::ChangesRequested;
    papers::set_state(act.conn, id, PaperState::Submitted, to, Some(&comment), act.now)?;
    papers::decided(act.conn, id, act.who.person, act.now)?;
    act.audit("paper.changes_requested", ("submission", id), "")?;
    let say = Say::new("news.paper.changes_requested").with("title", paper.name()).with("comment", comment);
    act.tell_parties(id, &News::new(say).button("btn.open", Place::about(At::Paper, id)).and_mail())?;
    Ok(Done::said("scr.returned"))
}

/// The paper that the one who acts has checked last, as long as they can take that back: nobody was asked to review it,
/// and its author has not begun to change it.
pub fn undoable(act: &Act<'_>) -> Res<Option<Paper>> {
    let states = [PaperState::UnderReview, PaperState::ChangesRequested];
    let Some(paper) = papers::undoable(act.conn, act.me()?, act.now - UNDO, &states)? else {
        return Ok(None);
    };
    let asked = reviews::of_paper(act.conn, paper.id)?.iter().any(|review| review.version == paper.version);
    Ok(if asked || papers::changed(act.conn, paper.id)? { None } else { Some(paper) })
}

/// Takes the last formal check back.
pub fn undo(act: &Act<'_>) -> Res<Done> {
    let Some(paper) = undoable(act)? else { return refuse("mod.no_undo") };
    act.with_role(Role::Moderator, paper.section_id)?;
    taken_back(act, &paper, PaperState::Submitted)
}

/// Puts a paper back to where it stood before a decision, and tells its people.
pub(super) fn taken_back(act: &Act<'_>, paper: &Paper, to: PaperState) -> Res<Done> {
    papers::set_state(act.conn, paper.id, paper.state, to, None, act.now)?;
    papers::decided(act.conn, paper.id, None, act.now)?;
    act.audit("paper.undone", ("submission", paper.id), paper.state.code())?;
    let say = Say::new("news.paper.undone").with("title", paper.name());
    let news = News::new(say).button("btn.open", Place::about(At::Paper, paper.id));
    act.tell_parties(paper.id, &news.and_mail())?;
    Ok(Done::said("paper.undone"))
}
