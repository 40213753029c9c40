//! What somebody sees in a place: a text and buttons, drawn from the rows.

mod invitations;
mod papers;
mod registration;
mod review;
mod staff;

use crate::actions::{self, Act};
use crate::dialog::ask::{self, Ask, Input};
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::{DocumentKind, Status};
use crate::store::Res;
use crate::store::outbox::Keyboard;
use crate::texts::{Locale, Say};

pub(crate) use registration::shown_date;

/// A text with buttons.
#[derive(Debug, Clone, Default)]
pub struct Screen {
    /// Paragraphs.
    pub parts: Vec<Say>,
    /// Rows of buttons.
    pub rows: Vec<Vec<Button>>,
}

impl Screen {
    /// With one paragraph.
    pub fn new(say: Say) -> Self {
        Self { parts: vec![say], rows: Vec::new() }
    }

    /// With one paragraph without values.
    pub fn of(key: &str) -> Self {
        Self::new(Say::new(key))
    }

    /// With one more paragraph.
    #[must_use]
    pub fn and(mut self, say: Say) -> Self {
        self.parts.push(say);
        self
    }

    /// With one more row of buttons.
    #[must_use]
    pub fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        let row: Vec<Button> = buttons.into_iter().collect();
        if !row.is_empty() {
            self.rows.push(row);
        }
        self
    }

    /// With a row of plain buttons.
    #[must_use]
    pub fn buttons(self, verbs: &[Verb]) -> Self {
        self.row(verbs.iter().map(|verb| Button::of(*verb)))
    }

    /// With a row if something holds.
    #[must_use]
    pub fn row_if(self, holds: bool, buttons: impl IntoIterator<Item = Button>) -> Self {
        if holds { self.row(buttons) } else { self }
    }

    /// With a way through a list.
    #[must_use]
    pub fn pager(self, page: i64, pages: i64) -> Self {
        let turn = |key: &str, to: i64| Button::labelled(Say::new(key), Verb::Turn, to);
        let before = (page > 0).then(|| turn("btn.prev", page - 1));
        let after = (page + 1 < pages).then(|| turn("btn.next", page + 1));
        self.row(before.into_iter().chain(after))
    }

    /// The text, with something said above it.
    pub fn text(&self, notice: Option<&Say>, locale: Locale) -> String {
        let parts = notice.into_iter().chain(&self.parts).map(|say| say.text(locale));
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// The buttons for a revision of the conversation.
    pub fn keyboard(&self, rev: i64, locale: Locale) -> Keyboard {
        let label = |button: &Button| button.label.text(locale).chars().take(60).collect();
        let row = |row: &Vec<Button>| row.iter().map(|b| (label(b), b.press.data(rev))).collect();
        self.rows.iter().map(row).collect()
    }
}

/// A text as it is.
pub(crate) fn raw(text: impl Into<String>) -> Say {
    Say::new("raw").with("text", text)
}

/// One item of a list by its page, with that page within bounds.
pub(crate) fn page<T>(list: &[T], n: i64) -> Option<(&T, i64, i64)> {
    let pages = i64::try_from(list.len()).unwrap_or(0);
    let at = n.clamp(0, (pages - 1).max(0));
    let item = list.get(usize::try_from(at).ok()?)?;
    Some((item, at, pages))
}

/// Draws a place.
pub fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    use At::*;
    if let Some(ask) = Ask::of(place.at) {
        return question(act, place, ask);
    }
    match place.at {
        Welcome | Lang | Summary | RegChange | Waiting | Menu | Profile | Leaving => {
            registration::draw(act, place)
        }
        Papers | Paper | PaperEdit | PaperDrop => papers::draw(act, place),
        Invites | Invite | Inbox => invitations::draw(act, place),
        ModQueue | ModCard | ModOrg | ScrQueue | ScrCard => staff::draw(act, place),
        ChairQueue | ChairCard | Assign | RevQueue | RevCard => review::draw(act, place),
        _ => Ok(Screen::of("hint.buttons").buttons(&[Verb::Home])),
    }
}

/// A question with its choices.
fn question(act: &Act<'_>, place: Place, ask: &Ask) -> Res<Screen> {
    let key = format!("ask.{}", place.at.code());
    let mut screen = Screen::new(registration::about(act, place, Say::new(key))?);
    for choice in choices(act, place, ask.input)? {
        screen = screen.row([choice]);
    }
    let resend = matches!(place.at, At::RegCode | At::MoveCode);
    Ok(screen
        .row_if(resend, [Button::of(Verb::Resend)])
        .row_if(place.at == At::RegConsent, [Button::of(Verb::Blank)])
        .row_if(ask.skip && actions::demands::may_skip(act, place)?, [Button::of(Verb::Skip)])
        .buttons(&[Verb::Back, Verb::Home]))
}

fn choices(act: &Act<'_>, place: Place, input: Input) -> Res<Vec<Button>> {
    let words = |prefix: &str, codes: Vec<&str>| -> Vec<Button> {
        let button = |(n, code): (usize, &&str)| {
            Button::labelled(Say::new(format!("{prefix}.{code}")), Verb::Pick, i64::try_from(n).unwrap_or(0))
        };
        codes.iter().enumerate().map(button).collect()
    };
    Ok(match (input, place.at) {
        (Input::Choice, At::RegStatus) => words("status", Status::ALL.iter().map(|s| s.code()).collect()),
        (Input::Choice, At::PaperSection) => papers::sections(act)?,
        (Input::Choice, At::RevScore) => {
            (1..=5).map(|n| Button::labelled(raw(n.to_string()), Verb::Pick, n)).collect()
        }
        (Input::Choice, At::RevAdvice) => {
            words("advice", crate::domain::Advice::ALL.iter().map(|a| a.code()).collect())
        }
        (Input::Organisation, _) => crate::store::people::organisations(act.conn, 8)?
            .into_iter()
            .map(|(id, name)| Button::labelled(raw(name), Verb::Pick, id))
            .collect(),
        _ => words("ready", ask::ready(place.at).iter().map(|key| &key["ready.".len()..]).collect()),
    })
}

/// What kind of file a place asks for.
pub fn wanted_file(at: At) -> Option<DocumentKind> {
    match Ask::of(at).map(|ask| ask.input) {
        Some(Input::Document(kind)) => Some(kind),
        _ => None,
    }
}
