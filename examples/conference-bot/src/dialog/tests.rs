//! Every place has an answer to everything.

use proptest::prelude::*;

use super::ask::ASKS;
use super::event::{Got, Named};
use super::*;
use crate::domain::file::Format;

fn events() -> Vec<Event> {
    let got = Got {
        path: "x".into(),
        sha256: [0; 32],
        size: 1,
        format: Format::Pdf,
        name: "x.pdf".into(),
        file_id: "f".into(),
        photo: false,
    };
    let orders =
        ["/start", "/start i_x", "/menu", "/back", "/cancel", "/help", "/lang", "/error", "/nonsense", "/"];
    let mut events: Vec<Event> =
        orders.iter().filter_map(|text| Order::read(text)).map(Event::Order).collect();
    assert_eq!(events.len(), orders.len());
    events.extend(
        ["", "x", "Петров Пётр", "123456", "a@b.de", "'; DROP TABLE person"]
            .map(|text| Event::Text(text.into())),
    );
    events.extend([
        Event::File(got),
        Event::BadFile("bad.file.large"),
        Event::Name("durov".into(), Named::default()),
        Event::Contact(Some(1), "A".into(), "+79131234567".into()),
        Event::Contact(None, String::new(), String::new()),
        Event::Other,
    ]);
    for verb in Verb::ALL {
        events.extend([i64::MIN, 0, 1, 7].map(|arg| Event::Press(Press::Do(*verb, arg))));
    }
    events
}

fn facts() -> Vec<Facts> {
    let states = ApplicationState::ALL.iter().map(|state| Some(*state)).chain([None]);
    states.flat_map(|application| [false, true].map(|staff| Facts { application, staff })).collect()
}

#[test]
fn every_place_answers_every_event() {
    for at in At::ALL {
        for event in events() {
            for facts in facts() {
                let step = step(Place::about(*at, 3), &event, &facts);
                let silent = step.command.is_none() && step.notice.is_none() && step.next == Next::Stay;
                assert!(!silent, "{at:?} says nothing to {event:?}");
            }
        }
    }
}

#[test]
fn orders_win_over_every_place() {
    for facts in facts() {
        for text in ["/start", "/menu", "/cancel", "/lang", "/error", "/help"] {
            let event = Event::Order(Order::read(text).unwrap());
            let answers: Vec<Step> =
                At::ALL.iter().map(|at| step(Place::about(*at, 3), &event, &facts)).collect();
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
            assert!(answers[0].command.is_none(), "{text} is never an answer");
        }
    }
}

#[test]
fn every_question_stands_in_the_table_once_and_no_button_twice() {
    for ask in ASKS {
        assert_eq!(ASKS.iter().filter(|other| other.place_code() == ask.place_code()).count(), 1);
    }
    for (index, (at, verb, ..)) in PRESSES.iter().enumerate() {
        assert!(PRESSES[index + 1..].iter().all(|(a, v, ..)| (a, v) != (at, verb)), "{at:?} {verb:?}");
    }
}

#[test]
fn from_everywhere_back_leads_home_at_last() {
    for at in At::ALL {
        let mut place = Some(Place::about(*at, 3).turned(1));
        for _ in 0..10 {
            place = place.and_then(Place::back);
        }
        assert_eq!(place, None, "{at:?}");
    }
}

#[test]
fn every_button_fits_into_its_data_and_reads_back() {
    for verb in Verb::ALL {
        let press = Press::Do(*verb, i64::MAX);
        let data = press.data(i64::MAX);
        assert!(data.len() <= 64, "{data}");
        assert_eq!(Press::read(&data), Some((press, Some(i64::MAX))));
    }
    for at in At::ALL {
        let press = Press::Go(Place::about(*at, i64::MAX).turned(9));
        assert!(press.data(0).len() <= 64);
        assert_eq!(Press::read(&press.data(0)), Some((press, None)));
    }
}

proptest! {
    #[test]
    fn any_data_of_a_button_is_read_or_refused(data in ".{0,80}") {
        if let Some((press, rev)) = Press::read(&data) {
            prop_assert!(press.data(rev.unwrap_or(0)).len() <= 64);
        }
    }

    #[test]
    fn any_text_has_an_answer(text in ".{0,300}", at in 0..At::ALL.len()) {
        let event = match Order::read(&text) {
            Some(order) => Event::Order(order),
            None => Event::Text(text),
        };
        let step = step(Place::about(At::ALL[at], 3), &event, &Facts::default());
        prop_assert!(step.command.is_some() || step.notice.is_some() || step.next != Next::Stay);
    }
}
