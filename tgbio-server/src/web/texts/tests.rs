//! The catalogue's own rules.

use super::catalogue::{ALL, ALL_PLURALS};
use super::*;

/// Names and signs that are the same in both languages.
const SAME: [&str; 1] = ["brand"];

fn placeholders(text: &str) -> Vec<usize> {
    let mut found: Vec<usize> = (0..4).filter(|n| text.contains(&format!("{{{n}}}"))).collect();
    found.sort_unstable();
    found
}

#[test]
fn every_text_is_there_in_both_languages() {
    for (key, en, ru) in ALL {
        assert!(!en.trim().is_empty() && !ru.trim().is_empty(), "{key} is empty");
        assert_eq!(en.trim(), *en, "{key} has space around it");
        assert_eq!(ru.trim(), *ru, "{key} has space around it");
        assert_eq!(placeholders(en), placeholders(ru), "{key}");
        let cyrillic = ru.chars().any(|c| ('а'..='я').contains(&c.to_lowercase().next().unwrap_or(c)));
        assert!(cyrillic || SAME.contains(key), "{key} is not translated: {ru}");
    }
    for (key, en, ru) in ALL_PLURALS {
        assert_eq!((en.len(), ru.len()), (2, 3), "{key}");
        assert!(en.iter().chain(*ru).all(|form| placeholders(form) == [0]), "{key}");
    }
}

#[test]
fn keys_are_unique() {
    let mut keys: Vec<_> = ALL.iter().map(|(key, ..)| key).collect();
    keys.extend(ALL_PLURALS.iter().map(|(key, ..)| key));
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all);
}

#[test]
fn every_problem_has_russian_words() {
    for kind in crate::http::kinds::ALL {
        let (title, help) = problems::russian(kind.name).expect(kind.name);
        assert!(!title.is_empty() && !help.is_empty());
    }
}

#[test]
fn no_problem_says_in_its_help_what_its_title_says() {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3);
        words.map(str::to_lowercase).collect()
    };
    for (kind, lang) in crate::http::kinds::ALL.iter().flat_map(|kind| Lang::ALL.map(|lang| (kind, lang))) {
        let (title, help) = lang.texts().problem(kind);
        let (title, said) = (words(title), words(help));
        let again = title.iter().filter(|word| said.contains(word)).count();
        assert!(again * 2 <= title.len(), "{lang:?}: {title:?} and {said:?}");
    }
}

#[test]
fn every_reason_has_words() {
    let codes = "http_429 flood_wait http_403 signed_out frozen banned dns connect tls timeout reset http_5xx redirect \
                 empty truncated not_telegram challenge other_profile post invite layout too_large encoding";
    for code in codes.split_whitespace() {
        for lang in Lang::ALL {
            assert_ne!(lang.texts().reason(code), code, "{code}");
        }
    }
}

#[test]
fn every_action_in_the_audit_log_has_words() {
    let codes = "profile.follow profile.update profile.erase profile.export_evidence revision.remove revision.correct held.accept held.reject surge.accept surge.reject drift.accept \
                 drift.reject checkpoint.make database.backup database.restore token.create token.revoke password.set account.login account.import account.logout";
    for code in codes.split_whitespace() {
        for lang in Lang::ALL {
            assert_ne!(lang.texts().action(code), code, "{code}");
        }
    }
}

#[test]
fn sources_hosts_and_shares_are_told_in_each_language() {
    let told = |lang: Lang| {
        let t = lang.texts();
        [t.source("scrape").to_owned(), t.host("t.me (photos)"), t.host("t.me"), t.decimal(100.0)]
    };
    assert_eq!(told(Lang::En), ["t.me pages", "t.me (photos)", "t.me", "100.0"]);
    assert_eq!(told(Lang::Ru), ["страницы t.me", "t.me (фотографии)", "t.me", "100,0"]);
}

#[test]
fn numbers_choose_their_form() {
    let ru = Lang::Ru.texts();
    let minutes = |n| ru.many(&ru.minutes, n);
    assert_eq!(
        [1, 2, 5, 11, 12, 21, 22, 25, 111].map(minutes),
        [
            "1 минута",
            "2 минуты",
            "5 минут",
            "11 минут",
            "12 минут",
            "21 минута",
            "22 минуты",
            "25 минут",
            "111 минут"
        ]
    );
    let en = Lang::En.texts();
    assert_eq!([0, 1, 2].map(|n| en.many(&en.minutes, n)), ["0 minutes", "1 minute", "2 minutes"]);
    assert_eq!((en.number(1_234_567), en.number(12)), ("1,234,567".to_owned(), "12".to_owned()));
}

#[test]
fn the_browser_chooses_the_language() {
    let accepted = |value: &'static str| {
        let value = poem::http::HeaderValue::from_static(value);
        Lang::accepted(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]))
    };
    assert_eq!(accepted("ru-RU,ru;q=0.9,en;q=0.8"), Lang::Ru);
    assert_eq!(accepted("de, en;q=0.5, ru;q=0.4"), Lang::En);
    assert_eq!(accepted("en;q=0.3, RU;q=0.7"), Lang::Ru);
    assert_eq!(accepted("ru;q=0, *"), Lang::En);
    assert_eq!(Lang::accepted(&HeaderMap::new()), Lang::En);
}
