//! One update, one transaction: the mark that it was seen, the step of the conversation, the rows, the letters and the
//! audit log are written together or not at all.

mod incoming;
mod show;
#[cfg(test)]
mod tests;

use rusqlite::Connection;

use crate::World;
use crate::actions::{self, Act, Done, Who};
use crate::dialog::button::Press;
use crate::dialog::event::{Event, Order};
use crate::dialog::place::{At, Place};
use crate::dialog::{self, Command, Facts, Next, Step};
use crate::domain::{DocumentKind, Role};
use crate::store::dialogs::Dialog;
use crate::store::outbox::{Letter, Out};
use crate::store::{Res, Stop, applications, dialogs, outbox, people, reports, run, updates};
use crate::texts::{Locale, Say};

pub use incoming::{FileRef, Incoming, Kind};

/// What must be found out before an update can be handled, outside of any transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// A file must be fetched and looked at.
    File(FileRef, DocumentKind),
    /// A @name must be looked up.
    Name(String),
}

/// What an update needs in a place.
pub fn need(place: Place, incoming: &Incoming) -> Need {
    match &incoming.kind {
        Kind::File(file) => match crate::screens::wanted_file(place.at) {
            Some(kind) => Need::File(file.clone(), kind),
            None => Need::Nothing,
        },
        Kind::Text(text) if place.at == At::InvTarget && Order::read(text).is_none() => named(text),
        _ => Need::Nothing,
    }
}

/// A @name or a link to one. An address is none.
fn named(text: &str) -> Need {
    let text = text.trim();
    if !text.starts_with('@') && text.contains('@') {
        return Need::Nothing;
    }
    match tgbio_core::Username::parse(text) {
        Ok(name) => Need::Name(name.as_str().to_owned()),
        Err(_) => Need::Nothing,
    }
}

/// Where an account stands with a bot.
pub fn place(conn: &Connection, bot: &str, tg_id: i64) -> Res<Place> {
    Ok(dialogs::load(conn, bot, tg_id)?.place)
}

/// The event of an update for which nothing had to be found out.
pub fn plain_event(incoming: &Incoming) -> Event {
    match &incoming.kind {
        Kind::Text(text) => match Order::read(text) {
            Some(order) => Event::Order(order),
            None => Event::Text(text.clone()),
        },
        Kind::Contact { id, name, phone } => Event::Contact(*id, name.clone(), phone.clone()),
        _ => Event::Other,
    }
}

/// Handles an update. It is done once, however often it comes.
pub fn handle(conn: &Connection, world: &World, bot: &str, incoming: &Incoming, event: Event) -> Res<()> {
    if !updates::done(conn, bot, incoming.update_id, world.now())? {
        return Ok(());
    }
    let tg_id = incoming.tg_id;
    if incoming.kind == Kind::Blocked {
        run(conn, "UPDATE tg_account SET blocked_at = ?2 WHERE tg_id = ?1", [tg_id, world.now()])?;
        return Ok(());
    }
    people::seen(conn, tg_id, incoming.username.as_deref(), &incoming.first_name, world.now())?;
    let dialog = dialogs::load(conn, bot, tg_id)?;
    let mut turn = Turn { act: Act::new(conn, world, who(conn, bot, incoming, &dialog)?), dialog, incoming };
    actions::names::seen(&turn.act, tg_id, incoming.username.as_deref())?;
    turn.take(event)
}

/// Says that something failed inside, and shows where the conversation stands.
pub fn apologise(conn: &Connection, world: &World, bot: &str, tg_id: i64) -> Res<()> {
    let incoming = Incoming {
        update_id: 0,
        tg_id,
        username: None,
        first_name: String::new(),
        language: None,
        message_id: None,
        kind: Kind::Other,
    };
    let dialog = dialogs::load(conn, bot, tg_id)?;
    let mut turn =
        Turn { act: Act::new(conn, world, who(conn, bot, &incoming, &dialog)?), dialog, incoming: &incoming };
    turn.show(Some(Say::new("note.failed")), true)
}

/// Tells somebody that their file waits for its turn, once for each update.
pub fn tell_of_waiting(conn: &Connection, world: &World, bot: &str, incoming: &Incoming) -> Res<()> {
    let dialog = dialogs::load(conn, bot, incoming.tg_id)?;
    let who = who(conn, bot, incoming, &dialog)?;
    let letter = Letter {
        bot: bot.to_owned(),
        recipient: incoming.tg_id.to_string(),
        person: who.person,
        dedupe: Some(format!("waits:{bot}:{}", incoming.update_id)),
        ..Letter::default()
    };
    let text = Say::new("note.file_waits").text(who.locale);
    outbox::write(conn, &letter, &Out::Send { text, keyboard: Vec::new() }, world.now())?;
    Ok(())
}

fn who(conn: &Connection, bot: &str, incoming: &Incoming, dialog: &Dialog) -> Res<Who> {
    let person = people::of_account(conn, incoming.tg_id)?;
    let own = match person {
        Some(person) => people::load(conn, person)?.locale,
        None => None,
    };
    let locale = dialog.locale.or(own).unwrap_or_else(|| Locale::for_language(incoming.language.as_deref()));
    Ok(Who {
        actor: format!("tg:{}", incoming.tg_id),
        person,
        tg_id: incoming.tg_id,
        bot: bot.to_owned(),
        locale,
    })
}

/// One turn of a conversation.
struct Turn<'a> {
    act: Act<'a>,
    dialog: Dialog,
    incoming: &'a Incoming,
}

impl Turn<'_> {
    fn take(&mut self, event: Event) -> Res<()> {
        let event = match self.pressed(event) {
            Ok(event) => event,
            Err(()) => return self.stale(),
        };
        if event == Event::Order(Order::Error) {
            let (Who { bot, tg_id, person, .. }, place) = (&self.act.who, self.dialog.place.to_string());
            reports::write(self.act.conn, bot, *tg_id, *person, &place, self.act.now)?;
        }
        let facts = self.facts()?;
        let step = match (&event, self.dialog.fresh) {
            // Whatever somebody writes first, they are welcomed.
            (Event::Order(_) | Event::Press(_), _) | (_, false) => {
                dialog::step(self.dialog.place, &event, &facts)
            }
            (_, true) => dialog::step(self.dialog.place, &Event::Order(Order::Menu), &facts),
        };
        let below = !matches!(event, Event::Press(Press::Do(..)));
        self.go(step, below)
    }

    /// A press with what it means now; an error when its time is over.
    fn pressed(&self, event: Event) -> Result<Event, ()> {
        let Kind::Press { data, .. } = &self.incoming.kind else { return Ok(event) };
        match Press::read(data) {
            Some((press, None)) => Ok(Event::Press(press)),
            Some((press, Some(rev))) if rev == self.dialog.rev => Ok(Event::Press(press)),
            _ => Err(()),
        }
    }

    fn facts(&self) -> Res<Facts> {
        let Some(me) = self.act.who.person else { return Ok(Facts::default()) };
        let application = applications::of(self.act.conn, me)?.map(|application| application.state);
        let mut staff = false;
        for role in Role::ALL {
            staff |= people::has_role(self.act.conn, me, *role, None)?;
        }
        Ok(Facts { application, staff })
    }

    /// Runs the command of a step, and shows where that has led.
    fn go(&mut self, step: Step, below: bool) -> Res<()> {
        let mut notice = step.notice;
        let mut next = step.next;
        let mut made = 0;
        let ran = step.command.is_some();
        if let Some(command) = &step.command {
            match self.guarded(|turn| turn.run(command)) {
                Ok(done) => {
                    made = done.made;
                    notice = done.notice.or(notice);
                    next = done.go.map_or(next, Next::Go);
                    self.act.who.person = people::of_account(self.act.conn, self.act.who.tg_id)?;
                }
                // Whoever comes by a link that does not hold is at home, as after any `/start`.
                Err(Stop::Refused(say)) if matches!(command, Command::Redeem(_)) => {
                    (notice, next) = (Some(say), Next::Home);
                }
                Err(Stop::Refused(say)) => (notice, next) = (Some(say), Next::Stay),
                Err(error) => return Err(error),
            }
        }
        let before = self.dialog.place;
        let place = match next {
            Next::Stay => before,
            Next::Go(place) => place,
            Next::Made(at) => Place::about(at, made),
            Next::Home => self.facts()?.home(),
        };
        if ran || place != before || self.dialog.fresh {
            self.dialog.rev += 1;
        }
        self.dialog.place = place;
        self.show(notice, below)
    }

    /// Undoes what a refused action has written, and only that.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        let conn = self.act.conn;
        conn.prepare_cached("SAVEPOINT act")?.execute([])?;
        let result = work(self);
        if result.is_err() {
            conn.prepare_cached("ROLLBACK TO act")?.execute([])?;
        }
        conn.prepare_cached("RELEASE act")?.execute([])?;
        result
    }

    fn run(&mut self, command: &Command) -> Res<Done> {
        let place = self.dialog.place;
        match command {
            Command::Answer(value) => actions::answer(&self.act, place, value),
            Command::Press(verb, arg) => actions::press(&self.act, place, *verb, *arg),
            Command::Redeem(token) => actions::passes::redeem(&self.act, token),
            Command::Speak(locale) => self.speak(*locale),
        }
    }

    fn speak(&mut self, locale: Locale) -> Res<Done> {
        self.dialog.locale = Some(locale);
        self.act.who.locale = locale;
        if let Some(me) = self.act.who.person {
            run(self.act.conn, "UPDATE person SET locale = ?2 WHERE id = ?1", (me, locale.code()))?;
        }
        Ok(Done { notice: Some(Say::new("lang.done")), ..Done::default() })
    }
}
