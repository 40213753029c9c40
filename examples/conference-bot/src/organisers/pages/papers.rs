//! `/papers`: the list and the card, with the formal check, the reviewers and the decision.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path, Query};
use serde::Deserialize;
use tgbio_server::http::site::encoded;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, nothing, number};
use crate::actions::review::{self, DECISIONS};
use crate::domain::{PaperState, Role};
use crate::organisers::read::papers::{Filter, PaperCard, PaperRow};
use crate::organisers::read::settings::{SectionRow, within};
use crate::organisers::read::{self, PER_PAGE, settings};
use crate::organisers::staff::Staff;
use crate::organisers::work::{self, PaperVerb};
use crate::store::reviews;

/// What the form of the list sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    section: String,
    state: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "papers.html")]
struct Papers {
    f: Frame,
    wanted: Wanted,
    sections: Vec<SectionRow>,
    rows: Vec<PaperRow>,
    next: Option<String>,
}

#[handler]
pub(super) async fn list(visitor: Visitor, Query(wanted): Query<Wanted>) -> Reply {
    let staff = visitor.with(&[Role::Moderator, Role::Chair])?;
    let filter = Filter {
        text: wanted.q.clone(),
        section: number(&wanted.section)?,
        state: PaperState::of(&wanted.state),
        within: within(&staff.roles),
    };
    let before = wanted.before;
    let look = visitor.desk.look(move |conn| {
        Ok((read::papers::list(conn, &filter, before, PER_PAGE)?, settings::sections(conn)?))
    });
    let (found, sections) = look.await?;
    let Wanted { q, section, state, .. } = &wanted;
    let next = found.next.map(|next| {
        format!(
            "/papers?q={}&section={}&state={}&before={next}",
            encoded(q),
            encoded(section),
            encoded(state)
        )
    });
    let f = visitor.frame(Nav::Papers, visitor.t.nav_papers);
    visitor.show(&Papers { f, sections, rows: found.items, next, wanted })
}

/// Somebody who could review: number, name, reviews in hand.
type Candidate = (i64, String, i64);

#[derive(Template)]
#[template(path = "paper.html")]
struct Paper {
    f: Frame,
    card: PaperCard,
    candidates: Vec<Candidate>,
    decisions: Vec<(usize, String)>,
    screens: bool,
    held: bool,
    chairs: bool,
    reviewed: bool,
    undo: bool,
}

/// Whether somebody has a role for the section of a paper.
fn may(staff: &Staff, role: Role, section: Option<i64>) -> bool {
    staff.roles.iter().any(|(held, of)| {
        (*held == role || *held == Role::Organiser) && (of.is_none() || section.is_none() || *of == section)
    })
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.with(&[Role::Moderator, Role::Chair])?;
    let (me, now) = (staff.person, visitor.desk.world.now());
    let look = visitor.desk.look(move |conn| {
        let card = read::papers::card(conn, id)?;
        let section = card.as_ref().and_then(|card| card.paper.section_id);
        let mine = review::undoable_by(conn, me, now)?.is_some_and(|paper| paper.id == id);
        Ok((card, reviews::candidates(conn, section)?, mine))
    });
    let (card, candidates, can_undo) = look.await?;
    let card = card.ok_or_else(nothing)?;
    let section = card.paper.section_id;
    if !may(staff, Role::Moderator, section) && !may(staff, Role::Chair, section) {
        return Err(nothing());
    }
    let title = card.paper.title.clone().unwrap_or_else(|| "—".to_owned());
    let f = visitor.frame(Nav::Papers, title);
    let open = card.paper.claim_expires.is_some_and(|until| until > visitor.desk.world.now());
    let under_review = card.paper.state == PaperState::UnderReview.code();
    visitor.show(&Paper {
        undo: can_undo,
        screens: card.paper.state == PaperState::Submitted.code() && may(staff, Role::Moderator, section),
        held: open && card.paper.claimed_by == Some(staff.person),
        chairs: under_review && may(staff, Role::Chair, section),
        reviewed: card.reviews.iter().any(|r| r.version == card.paper.version && r.state == "submitted"),
        decisions: decisions(&f),
        candidates,
        card,
        f,
    })
}

fn decisions(f: &Frame) -> Vec<(usize, String)> {
    let label = |(at, (outcome, presentation)): (
        usize,
        &(crate::domain::Outcome, Option<crate::domain::Presentation>),
    )| {
        let word = f.word("outcome", outcome.code());
        let how = presentation.map(|how| format!(": {}", f.word("presentation", how.code())));
        (at, format!("{word}{}", how.unwrap_or_default()))
    };
    DECISIONS.iter().enumerate().map(label).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    comment: String,
    reviewer: String,
    decision: String,
}

#[handler]
pub(super) async fn screen(
    visitor: Visitor,
    Path((id, verb)): Path<(i64, String)>,
    Form(given): Form<Given>,
) -> Reply {
    let staff = visitor.with(&[Role::Moderator])?;
    let verb = match verb.as_str() {
        "claim" => PaperVerb::Claim,
        "release" => PaperVerb::Release,
        "pass" => PaperVerb::Pass,
        "request_changes" => PaperVerb::RequestChanges,
        _ => return Err(nothing()),
    };
    visitor
        .act_and_go(staff, &format!("/papers/{id}"), move |act| work::paper(act, id, verb, &given.comment))
        .await
}

#[handler]
pub(super) async fn offer(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Given>) -> Reply {
    let staff = visitor.with(&[Role::Chair])?;
    let reviewer = number(&given.reviewer)?.unwrap_or(0);
    visitor.act_and_go(staff, &format!("/papers/{id}"), move |act| work::offer(act, id, reviewer)).await
}

#[handler]
pub(super) async fn decide(visitor: Visitor, Path(id): Path<i64>, Form(given): Form<Given>) -> Reply {
    let staff = visitor.with(&[Role::Chair])?;
    let decision = number(&given.decision)?.unwrap_or(-1);
    let to = format!("/papers/{id}");
    visitor.act_and_go(staff, &to, move |act| work::decide(act, id, decision, &given.comment)).await
}

#[handler]
pub(super) async fn undo(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.with(&[Role::Chair])?;
    visitor.act_and_go(staff, &format!("/papers/{id}"), move |act| work::undo_decision(act, id)).await
}
