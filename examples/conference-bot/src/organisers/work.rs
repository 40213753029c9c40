//! What staff do with applications and papers: the actions of the bot, called without a conversation.

use crate::actions::{Act, Done, moderation, review, screening};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::check;
use crate::store::{Res, Stop, applications, refuse};
use crate::texts::Say;

/// What can be done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum ApplicationVerb {
    /// Take it in hand.
    Claim,
    /// Give it back.
    Release,
    /// Let the person take part.
    Approve,
    /// Ask for changes, with a comment.
    RequestChanges,
    /// Refuse, with a comment.
    Reject,
}

/// What can be done with a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum PaperVerb {
    /// Take it in hand for the formal check.
    Claim,
    /// Give it back.
    Release,
    /// It may be reviewed.
    Pass,
    /// Ask for changes, with a comment.
    RequestChanges,
}

fn comment(given: &str) -> Res<Value> {
    check::comment(given).map(Value::Text).map_err(|key| Stop::Refused(Say::new(key)))
}

/// Does it with an application.
pub fn application(act: &Act<'_>, id: i64, verb: ApplicationVerb, text: &str) -> Res<Done> {
    let card = Place::about(At::ModCard, id);
    match verb {
        ApplicationVerb::Claim => {
            moderation::held(act, id)?;
            act.audit("application.opened", ("application", id), "")?;
            Ok(Done::made(id))
        }
        ApplicationVerb::Release => moderation::press(act, card, Verb::Release, 0),
        ApplicationVerb::Approve => moderation::press(act, card, Verb::Approve, 0),
        ApplicationVerb::RequestChanges => {
            moderation::comment(act, Place::about(At::ModChanges, id), &comment(text)?)
        }
        ApplicationVerb::Reject => moderation::comment(act, Place::about(At::ModReject, id), &comment(text)?),
    }
}

/// Takes back what this moderator decided last, be that about an application or about a paper.
pub fn undo(act: &Act<'_>) -> Res<Done> {
    let since = act.now - moderation::UNDO;
    let application = applications::undoable(act.conn, act.me()?, since)?.and_then(|found| found.decided_at);
    match screening::undoable(act)? {
        Some(paper) if application.is_none_or(|at| at < paper.updated_at) => screening::undo(act),
        _ => moderation::press(act, Place::new(At::ModQueue), Verb::Undo, 0),
    }
}

/// Takes the decision about a paper back, if this chair made it last.
pub fn undo_decision(act: &Act<'_>, id: i64) -> Res<Done> {
    review::undo(act, Some(id))
}

/// Corrects the forms of an organisation that differ, and marks it as checked.
pub fn organisation(act: &Act<'_>, application: i64, forms: [&str; 3]) -> Res<Done> {
    let known = moderation::organisation(act, application)?;
    let old = [&known.full_name, &known.abbr, &known.abbr_en];
    for (n, (new, old)) in forms.into_iter().zip(old).enumerate() {
        let new = check::organisation(new).map_err(|key| Stop::Refused(Say::new(key)))?;
        if new != *old {
            let place = Place::about(At::ModOrgForm, application).turned(i64::try_from(n).unwrap_or(0));
            moderation::correct(act, place, &Value::Text(new))?;
        }
    }
    moderation::press(act, Place::about(At::ModOrg, application), Verb::Verify, 0)
}

/// Does it with a paper.
pub fn paper(act: &Act<'_>, id: i64, verb: PaperVerb, text: &str) -> Res<Done> {
    let card = Place::about(At::ScrCard, id);
    match verb {
        PaperVerb::Claim => {
            screening::held(act, id)?;
            act.audit("paper.opened", ("submission", id), "")?;
            Ok(Done::made(id))
        }
        PaperVerb::Release => screening::press(act, card, Verb::Release, 0),
        PaperVerb::Pass => screening::press(act, card, Verb::Pass, 0),
        PaperVerb::RequestChanges => screening::ask_changes(act, id, &comment(text)?),
    }
}

/// Asks a reviewer, or with 0 those who have least to do.
pub fn offer(act: &Act<'_>, id: i64, reviewer: i64) -> Res<Done> {
    review::press(act, Place::about(At::Assign, id), Verb::Offer, reviewer)
}

/// Decides about a paper by the number of the decision in [`review::DECISIONS`].
pub fn decide(act: &Act<'_>, id: i64, decision: i64, text: &str) -> Res<Done> {
    let value = if text.trim().is_empty() { Value::Skipped } else { comment(text)? };
    if !(0..5).contains(&decision) {
        return refuse("hint.choose");
    }
    review::decide(act, Place::about(At::Decide, id).turned(decision), &value)
}
