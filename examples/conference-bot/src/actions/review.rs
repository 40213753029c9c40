//! Review: who is asked, what they say, and the decision.

use super::moderation::UNDO;
use super::{Act, Done, News, chosen, text};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::file::Format;
use crate::domain::{Advice, Criterion, DAY, DeadlineKind, Millis, Outcome, PaperState, Presentation, Role};
use crate::store::papers::Paper;
use crate::store::reviews::Review;
use crate::store::{Res, deadlines, documents, papers, people, refuse, reviews};
use crate::texts::Say;

/// How long a review may take where no time limit is set.
const DUE: i64 = 14 * DAY;
/// Reviewers that are asked when the choice is left to the bot.
const AUTOMATIC: usize = 2;

/// The buttons of chairs and reviewers.
pub fn press(act: &Act<'_>, place: Place, verb: Verb, arg: i64) -> Res<Done> {
    match (place.at, verb) {
        (At::Assign, Verb::Offer) => offer(act, place.id, arg),
        (At::ChairQueue, Verb::Undo) => undo(act, None),
        (At::ChairCard, Verb::Decide) => chaired(act, place.id).map(|_| Done::default()),
        (At::ChairCard, Verb::Files) => chaired(act, place.id).and_then(|paper| files(act, &paper, false)),
        (At::RevCard, Verb::Agree) => agree(act, place.id),
        (At::RevCard, Verb::Conflict) => mine(act, place.id).map(|_| Done::default()),
        (At::RevCard, Verb::Score) => accepted(act, place.id).map(|_| Done::default()),
        (At::RevCard, Verb::Files) => {
            let (_, paper) = mine(act, place.id)?;
            files(act, &paper, true)
        }
        (At::RevCard, Verb::Finish) => finish(act, place.id),
        _ => refuse("hint.old"),
    }
}

/// A paper about which the one who acts decides. Nobody decides about a paper in which they have a part.
pub fn chaired(act: &Act<'_>, id: i64) -> Res<Paper> {
    let Some(paper) = papers::get(act.conn, id)? else { return refuse("no.paper") };
    let me = act.with_role(Role::Chair, paper.section_id)?;
    match papers::part(act.conn, id, me)? {
        Some(_) => refuse("conflict.part"),
        None if paper.state == PaperState::UnderReview => Ok(paper),
        None => refuse("chair.closed"),
    }
}

/// The files of a paper. A reviewer gets the paper alone, under a name that does not tell whose it is.
fn files(act: &Act<'_>, paper: &Paper, anonymous: bool) -> Res<Done> {
    let permit = paper.permit_doc.filter(|_| !anonymous);
    for (document, caption) in [(paper.paper_doc, "caption.paper"), (permit, "caption.permit")] {
        let Some(document) = document else { continue };
        let name = match documents::get(act.conn, document)? {
            Some(found) if anonymous => Some(anonymous_name(paper, &found.mime)),
            _ => None,
        };
        act.show_file(document, &Say::new(caption).with("title", paper.name()), name)?;
    }
    Ok(Done::said("paper.files"))
}

fn anonymous_name(paper: &Paper, mime: &str) -> String {
    let extension = Format::of_mime(mime).map_or("bin", Format::extension);
    format!("{}.{extension}", paper.code.as_deref().unwrap_or("paper"))
}

/// Asks a reviewer, or with 0 those who have least to do.
fn offer(act: &Act<'_>, id: i64, reviewer: i64) -> Res<Done> {
    let paper = chaired(act, id)?;
    let candidates = reviews::candidates(act.conn, paper.section_id)?;
    let mut asked = 0;
    for (person, ..) in candidates.iter().filter(|(person, ..)| reviewer == 0 || *person == reviewer) {
        match reviews::conflict(act.conn, id, *person)? {
            Some(why) if reviewer != 0 => return refuse(why),
            Some(_) => {}
            None if asked < AUTOMATIC => asked += usize::from(ask(act, &paper, *person)?),
            None => {}
        }
    }
    let key = if asked == 0 { "chair.nobody" } else { "chair.asked" };
    Ok(Done { notice: Some(Say::new(key).count("n", i64::try_from(asked).unwrap_or(0))), ..Done::default() })
}

fn ask(act: &Act<'_>, paper: &Paper, reviewer: i64) -> Res<bool> {
    let due =
        deadlines::at(act.conn, DeadlineKind::Review, paper.section_id)?.map_or(act.now + DUE, |(at, _)| at);
    let Some(id) = reviews::offer(act.conn, paper.id, paper.version, reviewer, Some(due), act.now)? else {
        return Ok(false);
    };
    act.audit("review.offered", ("review_assignment", id), &reviewer.to_string())?;
    let say = Say::new("news.review").with("title", paper.name()).with("until", act.world.shown_time(due));
    act.tell(reviewer, &News::new(say).button("btn.open", Place::about(At::RevCard, id)).and_mail())?;
    Ok(true)
}

/// A review that the one who acts was asked for, with its paper.
pub fn mine(act: &Act<'_>, id: i64) -> Res<(Review, Paper)> {
    let me = act.me()?;
    let Some(review) = reviews::get(act.conn, id)?.filter(|review| review.reviewer_id == me) else {
        return refuse("no.review");
    };
    match papers::get(act.conn, review.submission_id)? {
        Some(paper) if matches!(review.state.as_str(), "offered" | "accepted") => Ok((review, paper)),
        _ => refuse("rev.closed"),
    }
}

fn accepted(act: &Act<'_>, id: i64) -> Res<(Review, Paper)> {
    let (review, paper) = mine(act, id)?;
    if review.state == "accepted" { Ok((review, paper)) } else { refuse("rev.agree_first") }
}

fn agree(act: &Act<'_>, id: i64) -> Res<Done> {
    mine(act, id)?;
    if reviews::set_state(act.conn, id, "offered", "accepted", None)? {
        act.audit("review.accepted", ("review_assignment", id), "")?;
    }
    Ok(Done::said("rev.agreed"))
}

/// A reviewer who must not or cannot review.
pub fn conflict(act: &Act<'_>, id: i64, value: &Value) -> Res<Done> {
    let (review, paper) = mine(act, id)?;
    let reason = text(value)?;
    reviews::set_state(act.conn, id, &review.state, "declined", Some(reason))?;
    act.audit("review.declined", ("review_assignment", id), "")?;
    let name = people::load(act.conn, review.reviewer_id)?.name();
    let say = Say::new("news.review_declined")
        .with("name", name)
        .with("title", paper.name())
        .with("reason", reason);
    let to = Place::about(At::ChairCard, paper.id);
    act.tell_role(Role::Chair, paper.section_id, &News::new(say).button("btn.open", to))?;
    Ok(Done::said("rev.declined"))
}

/// A part of a review.
pub fn write(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let (mut review, _) = accepted(act, place.id)?;
    match place.at {
        At::RevScore => {
            let criterion = usize::try_from(place.n).ok().and_then(|n| Criterion::ALL.get(n));
            let (Some(criterion), Value::Picked(score @ 1..=5)) = (criterion, value) else {
                return refuse("hint.choose");
            };
            review.scores.insert(criterion.code().to_owned(), *score);
        }
        At::RevAdvice => review.advice = Some(chosen(value, Advice::ALL)?),
        At::RevComment => review.to_author = Some(text(value)?.to_owned()),
        _ => {
            if let Value::Text(text) = value {
                review.private = Some(text.clone());
            }
        }
    }
    reviews::save(act.conn, &review, None)?;
    Ok(Done::default())
}

fn finish(act: &Act<'_>, id: i64) -> Res<Done> {
    let (review, paper) = accepted(act, id)?;
    if !review.complete() {
        return refuse("rev.incomplete");
    }
    reviews::save(act.conn, &review, Some(act.now))?;
    reviews::set_state(act.conn, id, "accepted", "submitted", None)?;
    act.audit("review.submitted", ("review_assignment", id), "")?;
    let say = Say::new("news.reviewed").with("title", paper.name());
    let to = Place::about(At::ChairCard, paper.id);
    act.tell_role(Role::Chair, paper.section_id, &News::new(say).button("btn.open", to))?;
    Ok(Done::said("rev.finished"))
}

/// The decisions in the order of their buttons.
pub const DECISIONS: [(Outcome, Option<Presentation>); 5] = [
    (Outcome::Accepted, Some(Presentation::Oral)),
    (Outcome::Accepted, Some(Presentation::Poster)),
    (Outcome::Accepted, Some(Presentation::Plenary)),
    (Outcome::Revise, None),
    (Outcome::Rejected, None),
];

/// Decides about a paper. Its authors get the reviewers' comments with it.
pub fn decide(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let paper = chaired(act, place.id)?;
    let found = usize::try_from(place.n).ok().and_then(|n| DECISIONS.get(n));
    let Some((outcome, presentation)) = found.copied() else { return refuse("hint.choose") };
    let comment = match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let all = reviews::of_paper(act.conn, paper.id)?;
    let given: Vec<&Review> =
        all.iter().filter(|r| r.version == paper.version && r.state == "submitted").collect();
    if given.is_empty() {
        return refuse("chair.no_review");
    }
    let to = match outcome {
        Outcome::Accepted => PaperState::Accepted,
        Outcome::Revise => PaperState::Revise,
        Outcome::Rejected => PaperState::Rejected,
    };
    let kept = comment.filter(|_| outcome != Outcome::Accepted);
    papers::set_state(act.conn, paper.id, PaperState::UnderReview, to, kept, act.now)?;
    reviews::decide(
        act.conn,
        (paper.id, paper.version),
        outcome,
        presentation,
        comment,
        act.who.person,
        act.now,
    )?;
    papers::decided(act.conn, paper.id, act.who.person, act.now)?;
    act.audit("paper.decided", ("submission", paper.id), outcome.code())?;
    let comments: Vec<&str> =
        comment.into_iter().chain(given.iter().filter_map(|r| r.to_author.as_deref())).collect();
    let say = Say::new(format!("news.paper.{}", outcome.code()))
        .with("code", paper.code.clone().unwrap_or_default())
        .with("title", paper.name())
        .with("comments", comments.join("\n\n").chars().take(2500).collect::<String>())
        .word("presentation", presentation.map_or("none".into(), |p| format!("presentation.{}", p.code())));
    let news = News::new(say).button("btn.open", Place::about(At::Paper, paper.id));
    act.tell_parties(paper.id, &news.and_mail())?;
    Ok(Done {
        notice: Some(Say::new("chair.decided").word("state", format!("state.{}", to.code()))),
        ..Done::default()
    })
}

/// The paper about which the one who acts decided last, as long as they can take that back: its author has neither
/// confirmed nor begun to change it.
pub fn undoable(act: &Act<'_>) -> Res<Option<Paper>> {
    undoable_by(act.conn, act.me()?, act.now)
}

/// The same for a person at a time.
pub fn undoable_by(conn: &rusqlite::Connection, person: i64, now: Millis) -> Res<Option<Paper>> {
    let states = [PaperState::Accepted, PaperState::Revise, PaperState::Rejected];
    let Some(paper) = papers::undoable(conn, person, now - UNDO, &states)? else { return Ok(None) };
    Ok(if papers::changed(conn, paper.id)? { None } else { Some(paper) })
}

/// Takes the last decision back, or with a number that about this paper.
pub fn undo(act: &Act<'_>, only: Option<i64>) -> Res<Done> {
    let Some(paper) = undoable(act)?.filter(|paper| only.is_none_or(|id| id == paper.id)) else {
        return refuse("mod.no_undo");
    };
    act.with_role(Role::Chair, paper.section_id)?;
    reviews::undecide(act.conn, paper.id, paper.version)?;
    super::screening::taken_back(act, &paper, PaperState::UnderReview)
}
