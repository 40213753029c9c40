//! The two tables against each other, and against the program.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::dialog::ask::ASKS;
use crate::dialog::button::Verb;
use crate::domain::*;

#[test]
fn both_languages_have_the_same_keys_and_values() {
    let names = |template: &str| -> BTreeSet<String> {
        let inside = template.split('{').skip(1).filter_map(|part| part.split_once('}'));
        inside.map(|(inside, _)| inside.split('|').next().unwrap_or_default().to_owned()).collect()
    };
    let of = |locale: Locale| keys(locale).map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(of(Locale::Ru), of(Locale::En));
    for (key, ru) in Locale::Ru.table() {
        let en = &Locale::En.table()[key];
        assert_eq!(names(ru), names(en), "{key}");
        assert!(ru.chars().count().max(en.chars().count()) < 1000, "{key} is long");
    }
}

#[test]
fn russian_texts_have_three_plural_forms_and_english_ones_two() {
    for locale in Locale::ALL {
        for (key, template) in locale.table() {
            for part in template.split('{').skip(1).filter_map(|part| part.split_once('}')) {
                let forms = part.0.matches('|').count();
                let right = if locale == Locale::Ru { 3 } else { 2 };
                assert!(forms == 0 || forms == right, "{key}: {}", part.0);
            }
        }
    }
    let left = |n| Say::new("code.wrong").count("n", n).text(Locale::Ru);
    assert!(left(1).contains("Осталась 1 попытка") && left(2).contains("2 попытки"));
    assert!(
        left(5).contains("5 попыток") && left(11).contains("11 попыток") && left(21).contains("21 попытка")
    );
}

fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if !path.ends_with("tests.rs") {
            found.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_key_that_the_program_says_is_there() {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    for opening in
        ["Say::new(\"", "refuse(\"", "said(\"", "Screen::of(\"", "say(\"", "about(act, \"", "Err(\"bad."]
    {
        for rest in text.split(opening).skip(1) {
            let key = rest.split('"').next().unwrap();
            let key = if opening.ends_with('.') { format!("bad.{key}") } else { key.to_owned() };
            assert!(has(&key), "{key} has no text");
        }
    }
}

#[test]
fn every_word_question_and_button_has_its_text() {
    let mut wanted: Vec<String> = Vec::new();
    let mut add =
        |prefix: &str, codes: Vec<&str>| wanted.extend(codes.iter().map(|code| format!("{prefix}.{code}")));
    add("btn", Verb::ALL.iter().map(|verb| verb.code()).collect());
    add("ask", ASKS.iter().map(|ask| ask.place_code()).collect());
    add("status", Status::ALL.iter().map(|word| word.code()).collect());
    add("role", Role::ALL.iter().map(|word| word.code()).collect());
    add("application", ApplicationState::ALL.iter().map(|word| word.code()).collect());
    add("state", PaperState::ALL.iter().map(|word| word.code()).collect());
    add("part", Part::ALL.iter().map(|word| word.code()).collect());
    add("invitation", InvitationState::ALL.iter().map(|word| word.code()).collect());
    add("advice", Advice::ALL.iter().map(|word| word.code()).collect());
    add("outcome", Outcome::ALL.iter().map(|word| word.code()).collect());
    add("news.paper", Outcome::ALL.iter().map(|word| word.code()).collect());
    add("presentation", Presentation::ALL.iter().map(|word| word.code()).collect());
    add("criterion", Criterion::ALL.iter().map(|word| word.code()).collect());
    add("news.application", vec!["approved", "rejected", "changes_requested"]);
    add("field", crate::dialog::ANSWERS.iter().chain(crate::dialog::PARTS).map(|at| at.code()).collect());
    add("ready", vec!["unsigned", "unreadable", "name", "organisation", "permit", "layout", "section"]);
    add("formats", PaperFormat::ALL.iter().map(|word| word.code()).collect());
    add("demand", Demand::ALL.iter().map(|word| word.code()).collect());
    add("delivery", vec!["by_hand", "queued", "sent", "failed"]);
    for key in wanted {
        assert!(has(&key), "{key} has no text");
    }
}
