//! What people do, with its rules: each action changes rows, writes the audit log and tells those whom it concerns.
//!
//! An action runs inside its caller's transaction, be that an update of the bot or a call of the web pages, and checks
//! for itself whether it is allowed.

pub mod broadcast;
pub mod demands;
pub mod invitations;
pub mod leaving;
pub mod moderation;
pub mod names;
pub mod papers;
pub mod passes;
pub mod privacy;
pub mod programme;
pub mod registration;
pub mod review;
pub mod screening;
pub mod settings;
mod tell;

use rusqlite::Connection;

use crate::World;
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{ApplicationState, DocumentKind, Millis, Role};
use crate::store::{self, Res, documents, refuse};
use crate::texts::{Locale, Say};

pub use tell::News;

/// Who acts.
#[derive(Debug, Clone)]
pub struct Who {
    /// As the audit log names them, like `tg:123` or `web:admin`.
    pub actor: String,
    /// The person, if it is one that the conference knows.
    pub person: Option<i64>,
    /// The Telegram account, or 0.
    pub tg_id: i64,
    /// The bot that is spoken to, or nothing.
    pub bot: String,
    /// The language.
    pub locale: Locale,
}

/// An action in a transaction.
#[derive(Debug)]
pub struct Act<'a> {
    /// The transaction.
    pub conn: &'a Connection,
    /// What all share.
    pub world: &'a World,
    /// When it happens.
    pub now: Millis,
    /// Who acts.
    pub who: Who,
    /// Files were sent into the conversation, so that what comes next stands below them.
    pub files_shown: std::cell::Cell<bool>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Done {
    /// The row that was made or chosen.
    pub made: i64,
    /// What is said about it.
    pub notice: Option<Say>,
    /// Where it leads, when not to where the table of steps says.
    pub go: Option<Place>,
}

impl Done {
    /// Done, and this is said.
    pub fn said(key: &str) -> Self {
        Self { notice: Some(Say::new(key)), ..Self::default() }
    }

    /// This row was made or chosen.
    pub fn made(id: i64) -> Self {
        Self { made: id, ..Self::default() }
    }
}

impl<'a> Act<'a> {
    /// An action of somebody, now.
    pub fn new(conn: &'a Connection, world: &'a World, who: Who) -> Self {
        Self { conn, world, now: world.now(), who, files_shown: std::cell::Cell::new(false) }
    }
}

impl Act<'_> {
    /// The person who acts.
    pub fn me(&self) -> Res<i64> {
        self.who.person.map_or_else(|| refuse("no.person"), Ok)
    }

    /// The person who acts, whose registration is approved and whose consent holds.
    pub fn approved(&self) -> Res<i64> {
        let me = self.me()?;
        if leaving::since(self, me)?.is_some() {
            return refuse("no.consent");
        }
        let state = store::applications::of(self.conn, me)?.map(|application| application.state);
        if state == Some(ApplicationState::Approved) { Ok(me) } else { refuse("no.approval") }
    }

    /// The person who acts, who has a role for a section.
    pub fn with_role(&self, role: Role, section: Option<i64>) -> Res<i64> {
        let me = self.me()?;
        if store::people::has_role(self.conn, me, role, section)? { Ok(me) } else { refuse("no.role") }
    }

    /// Writes a line of the audit log.
    pub fn audit(&self, action: &str, entity: (&str, i64), detail: &str) -> Res<()> {
        store::audit::write(self.conn, self.now, &self.who.actor, action, entity, detail)
    }

    /// Stores the file of an answer.
    pub(crate) fn keep_file(&self, value: &Value, kind: DocumentKind, by: i64) -> Res<i64> {
        let Value::Document(got) = value else { return refuse(crate::domain::file::expected(kind)) };
        let new = documents::NewDocument {
            kind,
            path: &got.path,
            sha256: &got.sha256,
            size: got.size,
            mime: got.format.mime(),
            file_name: &got.name,
            uploader: by,
        };
        let id = documents::store(self.conn, &new, self.now)?;
        documents::know_file_id(self.conn, id, &self.who.bot, &got.file_id, got.photo)?;
        self.audit("document.stored", ("document", id), kind.code())?;
        Ok(id)
    }

    /// Sends the form of consent with the answers of a person into the conversation.
    pub(crate) fn show_blank(&self, person: i64) -> Res<()> {
        let letter = store::outbox::Letter {
            bot: self.who.bot.clone(),
            recipient: self.who.tg_id.to_string(),
            person: Some(person),
            ..Default::default()
        };
        let caption = Say::new("caption.blank").text(self.who.locale);
        let body = store::outbox::Out::Blank { person, locale: self.who.locale.code().to_owned(), caption };
        store::outbox::write(self.conn, &letter, &body, self.now)?;
        self.files_shown.set(true);
        Ok(())
    }

    /// Sends a document into the conversation, under its own name or another.
    pub(crate) fn show_file(&self, document: i64, caption: &Say, name: Option<String>) -> Res<()> {
        let letter = store::outbox::Letter {
            bot: self.who.bot.clone(),
            recipient: self.who.tg_id.to_string(),
            person: self.who.person,
            ..Default::default()
        };
        let caption = caption.text(self.who.locale);
        let body = store::outbox::Out::Document { document_id: document, caption, name };
        store::outbox::write(self.conn, &letter, &body, self.now)?;
        self.files_shown.set(true);
        self.audit("document.shown", ("document", document), "")
    }
}

/// The text of an answer.
pub(crate) fn text(value: &Value) -> Res<&str> {
    match value {
        Value::Text(text) => Ok(text),
        _ => refuse("hint.text"),
    }
}

/// The words of an answer, written or chosen among those that were ready.
pub(crate) fn words(act: &Act<'_>, value: &Value) -> Res<String> {
    match value {
        Value::Ready(key) => Ok(Say::new(*key).text(act.who.locale)),
        written => text(written).map(str::to_owned),
    }
}

/// The chosen one of a list.
pub(crate) fn chosen<T: Copy>(value: &Value, list: &[T]) -> Res<T> {
    let found = match value {
        Value::Picked(at) => usize::try_from(*at).ok().and_then(|at| list.get(at)),
        _ => None,
    };
    found.copied().map_or_else(|| refuse("hint.choose"), Ok)
}

/// An answer to the question of a place.
pub fn answer(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    use At::*;
    match place.at {
        RegName | RegBirth | RegPhone | RegEmail | RegCode | RegOrg | RegAbbr | RegAbbrEn | RegStatus
        | RegConsent => registration::answer(act, place, value),
        MoveEmail | MoveCode => registration::moving(act, place.at, value),
        PaperTitle | PaperAbstract | PaperKeywords | PaperSection | PaperPermit | PaperFile => {
            papers::answer(act, place, value)
        }
        InvTarget => invitations::invite(act, place, value),
        InvDecline => invitations::decline(act, place.id, value),
        ModChanges | ModReject => moderation::comment(act, place, value),
        ModOrgForm => moderation::correct(act, place, value),
        ScrChanges => screening::ask_changes(act, place.id, value),
        Decide => review::decide(act, place, value),
        RevConflict => review::conflict(act, place.id, value),
        RevScore | RevAdvice | RevComment | RevPrivate => review::write(act, place, value),
        _ => refuse("hint.buttons"),
    }
}

/// A button of a place that does something.
pub fn press(act: &Act<'_>, place: Place, verb: Verb, arg: i64) -> Res<Done> {
    use At::*;
    match place.at {
        Welcome | Summary | Waiting | RegCode | RegConsent | MoveCode => {
            registration::press(act, place, verb)
        }
        Menu if verb == Verb::Register => registration::press(act, place, verb),
        Menu | Papers | Paper | PaperEdit | PaperDrop => papers::press(act, place, verb),
        Profile | Leaving => leaving::press(act, verb),
        Invite | Inbox => invitations::press(act, place, verb, arg),
        ModQueue | ModCard | ModOrg => moderation::press(act, place, verb, arg),
        ScrQueue | ScrCard => screening::press(act, place, verb, arg),
        ChairQueue | ChairCard | Assign | RevCard => review::press(act, place, verb, arg),
        _ => refuse("hint.old"),
    }
}
