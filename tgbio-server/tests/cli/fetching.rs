//! `fetch` and `parse`: JSON in the order asked, sentences for failures, nothing stored.

use serde_json::json;

use super::support::Home;
use super::upstream::{Page, Upstream, card};

#[test]
fn lines_come_in_the_order_asked_and_nothing_is_stored() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "first\nsecond \u{1b}[31m \u{202e}x");
    site.set("b_two", Page::Status(429, "Retry-After: 7\r\n".into()));
    let mut words = vec!["fetch", "@a_one", "a b", "nobody_here", "b_two", "--json"];
    words.extend(site.flags());
    let ran = home.run_with(&words, &[("TGBIO_CONCURRENCY", "1")]).failed(1, "429");
    let lines = ran.json();
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["profile", "invalid_name", "not_found", "rate_limited"]);
    assert_eq!(lines[0]["profile"]["bio"], json!("first\nsecond \u{1b}[31m \u{202e}x"));
    assert_eq!(lines[0]["profile"]["kind"], "user");
    assert_eq!((&lines[3]["reason"], &lines[3]["retry_after"]), (&json!("http_429"), &json!(7)));
    assert_eq!(lines[1]["username"], "a b");
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'));
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn people_get_a_harmless_card() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "first\n\u{1b}]0;owned\u{7}second");
    let mut words = vec!["fetch", "a_one"];
    words.extend(site.flags());
    let out = home.run(&words).ok().out;
    assert!(out.starts_with("@a_one (user)\n") && out.contains("first\n"), "{out}");
    assert!(out.contains("\\u{1b}]0;owned\\u{7}second") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn a_wait_that_the_site_asked_for_is_kept_in_a_database_that_is_there() {
    let (home, site) = (Home::new(), Upstream::start());
    home.run(["token", "create", "x"]).ok();
    site.set("a_one", Page::Status(429, "Retry-After: 600\r\n".into()));
    let mut words = vec!["fetch", "a_one"];
    words.extend(site.flags());
    home.run(&words).failed(1, "429");
    site.bio("a_one", "back");
    home.run(&words).failed(1, "ask again in");
    assert_eq!(site.asked("a_one"), 1);
}

#[test]
fn saved_pages_come_from_files_and_standard_input() {
    let home = Home::new();
    let page = card("a_one", "hello");
    home.write("page.html", &page);
    for ran in [
        home.run(["parse", "page.html", "--username", "a_one", "--json"]),
        home.pipe(["parse", "-", "--username", "t.me/A_One", "--json"], page.as_bytes()),
    ] {
        let line = &ran.ok().json()[0];
        assert_eq!((&line["outcome"], &line["profile"]["bio"]), (&json!("profile"), &json!("hello")));
        assert!(line["profile"]["hidden"].as_array().unwrap().contains(&json!("premium")), "{line}");
    }
    home.run(["parse", "page.html", "--username", "b_two"]).failed(1, "another profile");
    home.run(["parse", "missing.html", "--username", "b_two"]).failed(1, "missing.html");
    let line = &home.pipe(["parse", "-", "--username", "a_one", "--json"], b"").failed(1, "empty").json()[0];
    assert_eq!((&line["outcome"], &line["reason"]), (&json!("unrecognised"), &json!("empty")));
}
