//! Pages as files: the fixtures of this package, and the saved pages of the folder that `TGBIO_CORPUS` names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tgbio_core::{Observed, Username};
use tgbio_fetch::scrape::{PageReading, Unreadable, read_page, read_page_whole, read_saved_page};

const PLAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/user-plain.html");

fn files(folder: &Path, extension: &str) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Observed<String>) -> Value {
    value.present().map_or(Value::Null, |text| json!(text))
}

fn profile(reading: &PageReading) -> Value {
    let (profile, counts) = (&reading.profile, &reading.counts);
    let links = profile.links.present().cloned().unwrap_or_default();
    json!({
        "username": profile.username.as_str(),
        "kind": profile.kind.present().map(|kind| kind.as_str()),
        "display_name": text(&profile.display_name),
        "bio": text(&profile.bio),
        "links": links.iter().map(|link| json!({"text": link.text, "url": link.url})).collect::<Vec<_>>(),
        "verified": profile.verified.present(),
        "has_photo": profile.has_photo().present(),
        "photo_url": profile.photo.present().and_then(|photo| photo.url.clone()),
        "subscribers": counts.subscribers.present(),
        "members": counts.members.present(),
        "online": counts.online.present(),
        "monthly_users": counts.monthly_users.present(),
    })
}

fn outcome(asked: &str, result: &Result<PageReading, Unreadable>) -> Value {
    match result {
        Ok(reading) => {
            json!({"asked": asked, "outcome": "profile", "reason": null, "profile": profile(reading)})
        }
        Err(error) => {
            json!({"asked": asked, "outcome": error.kind().outcome(), "reason": error.kind().reason()})
        }
    }
}

#[test]
fn every_fixture_is_read_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (pages, expectations) = (files(&folder, "html"), files(&folder, "json"));
    let stems =
        |paths: &BTreeSet<PathBuf>| paths.iter().map(|p| p.with_extension("")).collect::<BTreeSet<_>>();
    assert_eq!(
        stems(&pages),
        stems(&expectations),
        "every page has its expectation and every expectation its page"
    );
    assert!(pages.len() > 50);
    for page in pages {
        let expected = read_json(&page.with_extension("json"));
        let asked = expected["asked"].as_str().unwrap();
        let (body, name) = (std::fs::read(&page).unwrap(), Username::parse(asked).unwrap());
        assert_eq!(outcome(asked, &read_page(&body, &name)), expected, "{}", page.display());
        assert_eq!(read_page_whole(&body, &name), read_page(&body, &name), "{}", page.display());
    }
}

#[test]
fn what_a_page_cannot_show_is_hidden() {
    let body = std::fs::read(PLAIN).unwrap();
    let reading = read_page(&body, &Username::parse("fix_ann").unwrap()).unwrap();
    let hidden: Vec<_> = tgbio_core::Field::OF_PROFILE
        .into_iter()
        .filter(|field| reading.profile.value(*field).is_hidden())
        .map(tgbio_core::Field::as_str)
        .collect();
    let badges = ["scam", "fake", "premium", "emoji_status"];
    let details = ["birthday", "personal_channel", "linked_chat", "business_intro"];
    assert_eq!(
        hidden,
        [&["telegram_id", "username_owner", "usernames", "photo"][..], &badges, &details].concat()
    );
    assert!(reading.counts.named().iter().all(|(_, count)| count.is_absent()));
}

#[test]
fn a_status_other_than_200_never_gives_a_profile() {
    let body = std::fs::read(PLAIN).unwrap();
    let name = Username::parse("fix_ann").unwrap();
    let told = |status| {
        let kind = read_saved_page(&body, &name, Some(status)).unwrap_err().kind();
        (kind.outcome(), kind.reason())
    };
    assert_eq!(told(429), ("rate_limited", Some("http_429")));
    assert_eq!(told(403), ("denied", Some("http_403")));
    assert_eq!(told(503), ("unreachable", Some("http_5xx")));
    assert_eq!(told(404), ("unrecognised", Some("layout")));
    assert!(read_saved_page(&body, &name, None).is_ok());
    assert!(read_saved_page(&body, &name, Some(200)).is_ok());
}

#[test]
fn hostile_bodies_are_refused_in_time() {
    let name = Username::parse("fix_ann").unwrap();
    let reason = |body: &[u8]| read_page(body, &name).unwrap_err().kind().reason();
    assert_eq!(reason(b"<html>\xff\xfe</html>"), Some("encoding"));
    assert_eq!(reason(b"<!DOCTYPE html><html><title>\xd0"), Some("truncated"));
    assert_eq!(reason(&vec![b'x'; (1 << 20) + 1]), Some("too_large"));
    assert_eq!(reason(format!("{}</html>", "<div>".repeat(200_000)).as_bytes()), Some("too_large"));
    assert_eq!(reason(format!("{}</html>", "<b>".repeat(60_000)).as_bytes()), Some("layout"));
}

/// Whether a saved page was read as its sidecar says.
fn matches_sidecar(expected: &Value, result: &Result<PageReading, Unreadable>) -> bool {
    let class = expected["page_class"].as_str().unwrap();
    let Ok(reading) = result else {
        let kind = result.as_ref().unwrap_err().kind();
        return match class {
            "not_found" => kind.outcome() == "not_found",
            "invalid_username" => kind.outcome() == "invalid_name",
            "post" => kind.reason() == Some("post"),
            "invite_group" | "invite_channel" => kind.reason() == Some("invite"),
            "indeterminate" => !matches!(kind.outcome(), "not_found" | "invalid_name"),
            _ => false,
        };
    };
    let read = profile(reading);
    let kind = read["kind"].as_str().unwrap();
    let kind_fits = class == kind || (class == "user_or_bot" && matches!(kind, "user" | "bot"));
    let same =
        ["username", "display_name", "bio", "subscribers", "members", "online", "monthly_users", "verified"];
    kind_fits
        && same.iter().all(|field| expected[field] == read[field])
        && expected["photo_present"] == read["has_photo"]
}

#[test]
fn every_saved_page_is_read_as_its_sidecar_says() {
    let Some(corpus) = std::env::var_os("TGBIO_CORPUS") else {
        println!("skipped: TGBIO_CORPUS names no folder of saved pages");
        return;
    };
    let mut read = 0;
    for folder in ["real", "synthetic"] {
        for path in files(&Path::new(&corpus).join(folder), "html") {
            let sidecar = read_json(&path.with_extension("json"));
            let asked = sidecar["name"].as_str().unwrap_or("durov");
            let (body, name) = (std::fs::read(&path).unwrap(), Username::parse(asked).unwrap());
            for status in [None, sidecar["http_status"].as_u64().map(|status| u16::try_from(status).unwrap())]
            {
                let result = read_saved_page(&body, &name, status);
                assert!(matches_sidecar(&sidecar["expected"], &result), "{}: {result:?}", path.display());
            }
            assert_eq!(read_page(&body, &name), read_page_whole(&body, &name), "{}", path.display());
            read += 1;
        }
    }
    assert!(read > 0, "there are no saved pages in {}", corpus.display());
    println!("{read} saved pages read");
}
