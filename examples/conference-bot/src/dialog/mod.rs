//! The conversation: pure. [`step`] takes where a person stands and what happened, and says what is to be done and
//! where that leads. Nothing here reads a database or a clock.

pub mod ask;
pub mod button;
pub mod event;
pub mod place;
mod press;
#[cfg(test)]
mod tests;

use crate::domain::ApplicationState;
use crate::texts::{Locale, Say};
use ask::{Ask, Value};
use button::{Press, Verb};
use event::{Event, Order};
use place::{At, Place};

pub use press::{ANSWERS, PARTS, PRESSES};

/// What the conversation needs to know about a person.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How far the registration is, if there is one.
    pub application: Option<ApplicationState>,
    /// May moderate, review or decide.
    pub staff: bool,
}

impl Facts {
    /// Where `/menu` leads.
    pub fn home(&self) -> Place {
        match self.application {
            _ if self.staff => Place::new(At::Menu),
            Some(ApplicationState::Approved) => Place::new(At::Menu),
            Some(ApplicationState::Draft) | None => Place::new(At::Welcome),
            Some(_) => Place::new(At::Waiting),
        }
    }
}

/// What is to be done with the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// An answer to the question of the place.
    Answer(Value),
    /// A button of the place.
    Press(Verb, i64),
    /// A link was followed.
    Redeem(String),
    /// Another language.
    Speak(Locale),
}

/// Where it leads when it was done. When it is refused, everything stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Here, with the screen drawn anew.
    Stay,
    /// There.
    Go(Place),
    /// There, with the number of what the command has made or chosen.
    Made(At),
    /// Home, as the facts stand after the command.
    Home,
}

/// What comes of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is to be done first.
    pub command: Option<Command>,
    /// Where it leads.
    pub next: Next,
    /// What is said beside it.
    pub notice: Option<Say>,
}

impl Step {
    fn go(next: Next) -> Self {
        Self { command: None, next, notice: None }
    }

    fn say(key: &str) -> Self {
        Self { command: None, next: Next::Stay, notice: Some(Say::new(key)) }
    }

    fn run(command: Command, next: Next) -> Self {
        Self { command: Some(command), next, notice: None }
    }
}

/// One step of the conversation. Every event has an answer in every place.
pub fn step(place: Place, event: &Event, facts: &Facts) -> Step {
    match event {
        Event::Order(order) => ordered(place, order, facts),
        Event::Press(Press::Go(to)) => Step::go(Next::Go(*to)),
        Event::Press(Press::Do(verb, arg)) => pressed(place, *verb, *arg, facts),
        other => answered(place, other),
    }
}

/// Orders win over any question.
fn ordered(place: Place, order: &Order, facts: &Facts) -> Step {
    match order {
        Order::Start(Some(token)) => Step::run(Command::Redeem(token.clone()), Next::Home),
        Order::Start(None) | Order::Menu => Step::go(Next::Go(facts.home())),
        Order::Cancel => {
            Step { notice: Some(Say::new("note.cancelled")), ..Step::go(Next::Go(facts.home())) }
        }
        Order::Back => Step::go(Next::Go(back(place, facts))),
        Order::Help => Step::say("help"),
        Order::Lang => Step::go(Next::Go(Place::new(At::Lang))),
        Order::Error => Step { notice: Some(Say::new("note.error")), ..Step::go(Next::Go(facts.home())) },
        Order::Unknown => Step::say("hint.order"),
    }
}

fn back(place: Place, facts: &Facts) -> Place {
    match place.back() {
        Some(place) => place,
        None => facts.home(),
    }
}

fn pressed(place: Place, verb: Verb, arg: i64, facts: &Facts) -> Step {
    match verb {
        Verb::Back => return Step::go(Next::Go(back(place, facts))),
        Verb::Home => return Step::go(Next::Go(facts.home())),
        Verb::Turn => return Step::go(Next::Go(place.turned(arg))),
        Verb::Pick if place.at == At::Lang => {
            let locale = if arg == 1 { Locale::En } else { Locale::Ru };
            return Step::run(Command::Speak(locale), Next::Home);
        }
        _ => {}
    }
    let answer = Ask::of(place.at).and_then(|ask| Some((ask, ask.pressed(verb, arg)?)));
    if let Some((ask, value)) = answer {
        let next = ask.then(place, &value);
        return Step::run(Command::Answer(value), next);
    }
    match PRESSES.iter().find(|(at, known, ..)| *at == place.at && *known == verb) {
        Some((_, _, runs, then)) => {
            let next = then.next(place, arg);
            let command = runs.then_some(Command::Press(verb, arg));
            let lost = command.is_none() && next == Next::Stay;
            Step { command, next, notice: lost.then(|| Say::new("hint.old")) }
        }
        None => Step::say("hint.old"),
    }
}

/// A message that is no order: an answer where one is asked for, else a hint.
fn answered(place: Place, event: &Event) -> Step {
    match Ask::of(place.at) {
        None => Step::say("hint.buttons"),
        Some(ask) => match ask.read(event) {
            Ok(value) => {
                let next = ask.then(place, &value);
                Step::run(Command::Answer(value), next)
            }
            Err(hint) => Step::say(hint),
        },
    }
}
