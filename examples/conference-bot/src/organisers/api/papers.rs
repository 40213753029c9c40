//! `/papers`.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use tgbio_server::http::{Problem, kinds};

use super::Group;
use super::access::{By, Chairs, Moderates, SeesPapers, nothing};
use super::wire::{Comment, Decide, Done, Offer, PapersPage, place, usual_limit, word};
use crate::actions::review::DECISIONS;
use crate::domain::{Outcome, PaperState, Presentation};
use crate::organisers::read;
use crate::organisers::read::papers::{Filter, PaperCard};
use crate::organisers::read::settings::within;
use crate::organisers::work::{self, PaperVerb};

/// The operations.
pub(super) struct Papers;

/// The number of a decision.
fn decision(given: &Decide) -> Result<i64, Problem> {
    let outcome = word(Some(&given.outcome), Outcome::of, "outcome")?;
    let presentation = word(given.presentation.as_deref(), Presentation::of, "presentation")?;
    let found = DECISIONS.iter().position(|known| Some(known.0) == outcome && known.1 == presentation);
    let wrong = || {
        Problem::new(kinds::UNPROCESSABLE, "what is accepted needs a presentation, the rest must have none")
    };
    found.and_then(|at| i64::try_from(at).ok()).ok_or_else(wrong)
}

#[OpenApi(tag = "Group::Papers")]
impl Papers {
    /// Papers, newest first.
    #[oai(path = "/papers", method = "get", operation_id = "listPapers")]
    async fn list(
        &self,
        by: By<SeesPapers>,
        /// A part of a title, of the keywords, a number or the author's name.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// The section's number.
        section: Query<Option<i64>>,
        /// How far the paper is.
        state: Query<Option<String>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<PapersPage>, Problem> {
        let filter = Filter {
            text: q.0.unwrap_or_default(),
            section: section.0,
            state: word(state.as_deref(), PaperState::of, "state")?,
            within: within(&by.staff.roles),
        };
        let before = place(cursor.as_deref())?;
        let found = by.desk.look(move |conn| read::papers::list(conn, &filter, before, limit.0 as usize));
        Ok(Json(found.await?.into()))
    }

    /// Everything about a paper.
    #[oai(path = "/papers/:id", method = "get", operation_id = "getPaper")]
    async fn get(
        &self,
        by: By<SeesPapers>,
        /// The paper's number.
        id: Path<i64>,
    ) -> Result<Json<PaperCard>, Problem> {
        let card = by.desk.look(move |conn| read::papers::card(conn, id.0)).await?.ok_or_else(nothing)?;
        let own = within(&by.staff.roles);
        let seen = own.is_none_or(|own| card.paper.section_id.is_some_and(|section| own.contains(&section)));
        if seen { Ok(Json(card)) } else { Err(nothing()) }
    }

    /// The formal check of a paper by one moderator at a time.
    #[oai(path = "/papers/:id/screening/:verb", method = "post", operation_id = "screenPaper")]
    async fn screen(
        &self,
        by: By<Moderates>,
        /// The paper's number.
        id: Path<i64>,
        /// What to do.
        verb: Path<PaperVerb>,
        body: Json<Comment>,
    ) -> Result<Json<Done>, Problem> {
        let text = body.0.comment.unwrap_or_default();
        Ok(Json(by.act(move |act| work::paper(act, id.0, verb.0, &text)).await?.into()))
    }

    /// Asks for a review.
    #[oai(path = "/papers/:id/reviews", method = "post", operation_id = "offerReview")]
    async fn offer(
        &self,
        by: By<Chairs>,
        /// The paper's number.
        id: Path<i64>,
        body: Json<Offer>,
    ) -> Result<Json<Done>, Problem> {
        let reviewer = body.0.reviewer.unwrap_or(0);
        Ok(Json(by.act(move |act| work::offer(act, id.0, reviewer)).await?.into()))
    }

    /// Decides about a paper.
    #[oai(path = "/papers/:id/decision", method = "post", operation_id = "decidePaper")]
    async fn decide(
        &self,
        by: By<Chairs>,
        /// The paper's number.
        id: Path<i64>,
        body: Json<Decide>,
    ) -> Result<Json<Done>, Problem> {
        let decision = decision(&body.0)?;
        let text = body.0.comment.unwrap_or_default();
        Ok(Json(by.act(move |act| work::decide(act, id.0, decision, &text)).await?.into()))
    }

    /// Takes a decision back within a minute, if it was the last of the one who asks.
    #[oai(path = "/papers/:id/decision", method = "delete", operation_id = "undoDecision")]
    async fn undo(
        &self,
        by: By<Chairs>,
        /// The paper's number.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        Ok(Json(by.act(move |act| work::undo_decision(act, id.0)).await?.into()))
    }
}
