//! The questions: what each takes for an answer, and where the answer leads.

use super::Next;
use super::button::Verb;
use super::event::{Event, Got, Named};
use super::place::{At, Place};
use crate::domain::{Criterion, DocumentKind, check, file};

/// What a question takes.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// A text that passes a check.
    Text(fn(&str) -> Result<String, &'static str>),
    /// An e-mail address.
    Email,
    /// A text, or the number of one of the organisations that are offered.
    Organisation,
    /// One of the buttons, numbered from 0 or by rows.
    Choice,
    /// A file.
    Document(DocumentKind),
    /// A @name, an address or a contact.
    Target,
}

/// An answer that has the right form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A checked text.
    Text(String),
    /// An address as written, and its key.
    Email(String, String),
    /// A choice.
    Picked(i64),
    /// An answer that was ready, by the key of its text.
    Ready(&'static str),
    /// A fetched file.
    Document(Box<Got>),
    /// A folded @name as written, and what was found out about it.
    Name(String, Named),
    /// A contact: number and name.
    Contact(i64, String),
    /// Nothing, where that is allowed.
    Skipped,
}

/// Where an answer leads.
#[derive(Debug, Clone, Copy)]
enum Lead {
    /// To that question, about the same, in the same way.
    Ask(At),
    /// To that place about the same.
    To(At),
    /// To that list.
    List(At),
    /// To that place, about what was made.
    Made(At),
    /// Home.
    Home,
    /// To the next criterion, then to the advice.
    Criteria,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    at: At,
    /// What it takes.
    pub input: Input,
    /// It may be left out, if the action allows it.
    pub skip: bool,
    /// Where the first answer leads, and where a changed one does.
    first: Lead,
    changed: Lead,
}

const fn ask(at: At, input: Input, first: Lead, changed: Lead) -> Ask {
    Ask { at, input, skip: false, first, changed }
}

const fn optional(ask: Ask) -> Ask {
    Ask { skip: true, ..ask }
}

/// Every question, in the order in which they are asked.
pub static ASKS: &[Ask] = &[
    ask(At::RegName, Input::Text(check::full_name), Lead::Ask(At::RegBirth), Lead::List(At::Summary)),
    ask(At::RegBirth, Input::Text(any_line), Lead::Ask(At::RegPhone), Lead::List(At::Summary)),
    ask(At::RegPhone, Input::Text(check::phone), Lead::Ask(At::RegEmail), Lead::List(At::Summary)),
    ask(At::RegEmail, Input::Email, Lead::Ask(At::RegCode), Lead::Ask(At::RegCode)),
    ask(At::RegCode, Input::Text(check::code), Lead::Ask(At::RegOrg), Lead::List(At::Summary)),
    ask(At::RegOrg, Input::Organisation, Lead::Ask(At::RegAbbr), Lead::Ask(At::RegAbbr)),
    ask(At::RegAbbr, Input::Text(check::organisation), Lead::Ask(At::RegAbbrEn), Lead::Ask(At::RegAbbrEn)),
    ask(At::RegAbbrEn, Input::Text(check::organisation), Lead::Ask(At::RegStatus), Lead::List(At::Summary)),
    ask(At::RegStatus, Input::Choice, Lead::Ask(At::RegConsent), Lead::List(At::Summary)),
    ask(
        At::RegConsent,
        Input::Document(DocumentKind::Consent),
        Lead::List(At::Summary),
        Lead::List(At::Summary),
    ),
    ask(At::MoveEmail, Input::Email, Lead::Ask(At::MoveCode), Lead::Ask(At::MoveCode)),
    ask(At::MoveCode, Input::Text(check::code), Lead::Home, Lead::Home),
    ask(At::PaperTitle, Input::Text(check::title), Lead::Made(At::PaperAbstract), Lead::To(At::PaperEdit)),
    ask(
        At::PaperAbstract,
        Input::Text(check::summary),
        Lead::Ask(At::PaperKeywords),
        Lead::To(At::PaperEdit),
    ),
    optional(ask(
        At::PaperKeywords,
        Input::Text(check::keywords),
        Lead::Ask(At::PaperSection),
        Lead::To(At::PaperEdit),
    )),
    ask(At::PaperSection, Input::Choice, Lead::Ask(At::PaperPermit), Lead::To(At::PaperEdit)),
    optional(ask(
        At::PaperPermit,
        Input::Document(DocumentKind::Permit),
        Lead::Ask(At::PaperFile),
        Lead::To(At::PaperEdit),
    )),
    ask(At::PaperFile, Input::Document(DocumentKind::Paper), Lead::To(At::Paper), Lead::To(At::PaperEdit)),
    ask(At::InvTarget, Input::Target, Lead::Made(At::Invite), Lead::Made(At::Invite)),
    optional(ask(At::InvDecline, Input::Text(check::comment), Lead::List(At::Inbox), Lead::List(At::Inbox))),
    ask(At::ModChanges, Input::Text(check::comment), Lead::List(At::ModQueue), Lead::List(At::ModQueue)),
    ask(At::ModReject, Input::Text(check::comment), Lead::List(At::ModQueue), Lead::List(At::ModQueue)),
    ask(At::ModOrgForm, Input::Text(check::organisation), Lead::To(At::ModOrg), Lead::To(At::ModOrg)),
    ask(At::ScrChanges, Input::Text(check::comment), Lead::List(At::ScrQueue), Lead::List(At::ScrQueue)),
    optional(ask(
        At::Decide,
        Input::Text(check::comment),
        Lead::List(At::ChairQueue),
        Lead::List(At::ChairQueue),
    )),
    ask(At::RevConflict, Input::Text(check::comment), Lead::List(At::RevQueue), Lead::List(At::RevQueue)),
    ask(At::RevScore, Input::Choice, Lead::Criteria, Lead::Criteria),
    ask(At::RevAdvice, Input::Choice, Lead::To(At::RevComment), Lead::To(At::RevComment)),
    ask(At::RevComment, Input::Text(check::comment), Lead::To(At::RevPrivate), Lead::To(At::RevPrivate)),
    optional(ask(At::RevPrivate, Input::Text(check::comment), Lead::To(At::RevCard), Lead::To(At::RevCard))),
];

/// Answers that are ready to be chosen instead of written, as keys of the texts.
pub fn ready(at: At) -> &'static [&'static str] {
    match at {
        At::ModChanges | At::ModReject => {
            &["ready.unsigned", "ready.unreadable", "ready.name", "ready.organisation"]
        }
        At::ScrChanges => &["ready.permit", "ready.layout", "ready.section"],
        _ => &[],
    }
}

fn any_line(text: &str) -> Result<String, &'static str> {
    let line = check::line(text);
    if line.len() <= 40 { Ok(line) } else { Err("bad.birth") }
}

impl Ask {
    /// The question of a place.
    pub fn of(at: At) -> Option<&'static Self> {
        ASKS.iter().find(|ask| ask.at == at)
    }

    /// The short name of its place.
    pub fn place_code(&self) -> &'static str {
        self.at.code()
    }

    /// Where the answer leads.
    pub fn then(&self, place: Place, value: &Value) -> Next {
        let changing =
            place.n == 1 && (place.at.code().starts_with("reg_") || place.at.code().starts_with("paper_"));
        let known = self.at == At::RegOrg && matches!(value, Value::Picked(_));
        let lead = match (known, changing) {
            (true, true) => Lead::List(At::Summary),
            (true, false) => Lead::Ask(At::RegStatus),
            (false, true) => self.changed,
            (false, false) => self.first,
        };
        match lead {
            Lead::Ask(at) => Next::Go(Place { at, ..place }),
            Lead::To(at) => Next::Go(Place::about(at, place.id)),
            Lead::List(at) => Next::Go(Place::new(at)),
            Lead::Made(at) => Next::Made(at),
            Lead::Home => Next::Home,
            Lead::Criteria => {
                let more = usize::try_from(place.n).unwrap_or(0) + 1 < Criterion::ALL.len();
                Next::Go(if more { place.turned(place.n + 1) } else { Place::about(At::RevAdvice, place.id) })
            }
        }
    }

    /// A button as an answer.
    pub fn pressed(&self, verb: Verb, arg: i64) -> Option<Value> {
        match (verb, self.input) {
            (Verb::Skip, _) if self.skip => Some(Value::Skipped),
            (Verb::Pick, Input::Choice | Input::Organisation) => Some(Value::Picked(arg)),
            (Verb::Pick, _) => {
                let key = usize::try_from(arg).ok().and_then(|at| ready(self.at).get(at));
                key.map(|key| Value::Ready(key))
            }
            _ => None,
        }
    }

    /// A message as an answer; else the key of a hint.
    pub fn read(&self, event: &Event) -> Result<Value, &'static str> {
        match (self.input, event) {
            (Input::Text(check), Event::Text(text)) => check(text).map(Value::Text),
            (Input::Text(check), Event::Contact(_, _, phone)) if self.at == At::RegPhone => {
                check(phone).map(Value::Text)
            }
            (Input::Organisation, Event::Text(text)) => check::organisation(text).map(Value::Text),
            (Input::Email, Event::Text(text)) => {
                check::email(text).map(|(shown, key)| Value::Email(shown, key))
            }
            (Input::Document(_), Event::File(got)) => Ok(Value::Document(Box::new(got.clone()))),
            (_, Event::BadFile(hint)) => Err(hint),
            (Input::Target, event) => target(event),
            (Input::Document(kind), _) => Err(file::expected(kind)),
            (Input::Choice, _) => Err("hint.choose"),
            _ => Err("hint.text"),
        }
    }
}

fn target(event: &Event) -> Result<Value, &'static str> {
    match event {
        Event::Name(_, Named { refused: Some(why), .. }) => Err(why),
        Event::Name(name, named) => Ok(Value::Name(name.clone(), named.clone())),
        Event::Contact(Some(id), name, _) => Ok(Value::Contact(*id, check::line(name))),
        Event::Contact(None, ..) => Err("bad.contact"),
        Event::Text(text) => match check::email(text) {
            Ok((shown, key)) => Ok(Value::Email(shown, key)),
            Err(_) => Err("bad.target"),
        },
        _ => Err("bad.target"),
    }
}
