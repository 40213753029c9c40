//! `/profiles`: following, listing, changing, erasing.

use std::sync::Arc;

use insta::assert_snapshot;
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Birthday, BusinessIntro, DeniedReason, FetchErrorKind, Observed, PersonalChannel, RateLimitReason,
    Timestamp, Tracker, UnrecognisedReason,
};

use super::support::{Api, START, name, person};

#[tokio::test]
async fn a_profile_is_followed_and_shown() {
    let api = Api::new().await;
    api.fetcher.show(person("SomeOne", "old text, see example.org"));
    let body =
        r#"{"username": "https://t.me/someone", "note": "why", "tags": ["b", "a", "b"], "interval": "90s"}"#;
    let made = api.post("/profiles", body).await;
    assert_snapshot!("followed", made.told());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), Some(format!("/api/v1/profiles/{id}").as_str()));
    for spelling in ["someone", "@SOMEONE", "https%3A%2F%2Ft.me%2Fsomeone", "t.me%2Fs%2Fsomeone", id.as_str()]
    {
        let answer = api.get(&format!("/profiles/{spelling}")).await;
        assert_eq!(answer.json()["id"], id.as_str(), "{spelling}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_name_can_be_followed_unseen() {
    let api = Api::new().await;
    let made = api.post("/profiles", r#"{"username": "nobody_yet", "verify": false, "note": null}"#).await;
    assert_snapshot!("followed_unseen", made.told());
    assert_eq!(api.fetcher.asked(&name("nobody_yet")), 0);
    assert_eq!(api.get("/profiles/nobody_yet/diff").await.problem(), "not_found");
    assert_snapshot!("coverage_unseen", api.get("/profiles/nobody_yet/coverage").await.told());
}

#[tokio::test]
async fn what_cannot_be_followed_says_why() {
    let api = Api::following().await;
    assert_snapshot!(
        "followed_already",
        api.post("/profiles", r#"{"username": "t.me/SOMEONE"}"#).await.told()
    );
    assert_snapshot!("no_such_profile", api.post("/profiles", r#"{"username": "nobody_here"}"#).await.told());
    assert_snapshot!(
        "impossible_name",
        api.post("/profiles", r#"{"username": "t.me/+invite"}"#).await.told()
    );
    let limited = FetchErrorKind::RateLimited {
        retry_after: Some(std::time::Duration::from_secs(7)),
        reason: RateLimitReason::Http429,
    };
    let untold = FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::Http429 };
    for (kind, status, retry) in [
        (limited, 503, Some("7")),
        (untold, 503, Some("30")),
        (FetchErrorKind::Denied(DeniedReason::Http403), 503, None),
        (FetchErrorKind::Unrecognised(UnrecognisedReason::Layout), 503, None),
        (FetchErrorKind::InvalidName, 422, None),
    ] {
        api.fetcher.fail_next(&name("another"), kind);
        let answer = api.post("/profiles", r#"{"username": "another"}"#).await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry), "{kind:?}");
        answer.problem();
    }
    assert_eq!(api.get("/profiles").await.json()["items"].as_array().unwrap().len(), 1);
    let until = Timestamp::from_millis(START).after(std::time::Duration::from_secs(90));
    let api = Api::on_hold(until).await;
    api.fetcher.fail_next(&name("another"), untold);
    let answer = api.post("/profiles", r#"{"username": "another"}"#).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("90")), "the hold of the host");
}

#[tokio::test]
async fn wrong_bodies_are_refused() {
    let api = Api::new().await;
    for body in [
        "{",
        "[]",
        "null",
        "{}",
        r#"{"username": 5}"#,
        r#"{"username": "someone", "verify": "no"}"#,
        r#"{"username": "someone", "extra": 1}"#,
        r#"{"username": "someone", "tags": "a"}"#,
        r#"{"username": "someone", "tags": [1]}"#,
        r#"{"username": "someone", "interval": 5}"#,
        r#"{"username": "someone", "interval": "0s"}"#,
        r#"{"username": "someone", "priority": "urgent"}"#,
    ] {
        let answer = api.post("/profiles", body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_body"), "{body}");
    }
    let long = format!(r#"{{"username": "someone", "note": "{}"}}"#, "x".repeat(2001));
    assert_eq!(api.post("/profiles", &long).await.status, 400);
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let api = Api::new().await;
    for (username, tag) in [("first_one", "a"), ("second_one", "b"), ("third_one", "a")] {
        api.fetcher.show(person(username, "text"));
        let body = format!(r#"{{"username": "{username}", "tags": ["{tag}"]}}"#);
        assert_eq!(api.post("/profiles", &body).await.status, 201);
    }
    api.patch("/profiles/second_one", r#"{"monitored": false}"#).await;
    let names = async |query: &str| {
        let list = api.get(&format!("/profiles?{query}")).await.json();
        let names = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["username"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>().join(" "), list["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(names("tag=a").await.0, "first_one third_one");
    assert_eq!(names("monitored=false").await.0, "second_one");
    assert_eq!(names("q=SECOND").await.0, "second_one");
    for link in ["@second_one", "t.me/second_one", "https%3A%2F%2Ft.me%2Fsecond_one", "se"] {
        assert_eq!(names(&format!("q={link}")).await.0, "second_one", "{link}");
    }
    assert_eq!(names("kind=bot").await.0, "");
    assert_eq!(
        names("presence=present&kind=user&order=username&q=").await.0,
        "first_one second_one third_one"
    );
    let (page, cursor) = names("limit=2").await;
    assert_eq!(page, "first_one second_one");
    assert_eq!(names(&format!("limit=2&cursor={}", cursor.unwrap())).await, ("third_one".to_owned(), None));
    for wrong in [
        "limit=0",
        "limit=101",
        "limit=x",
        "kind=person",
        "presence=gone",
        "monitored=1",
        "cursor=%00",
        "q=%00",
    ] {
        let answer = api.get(&format!("/profiles?{wrong}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_parameter"), "{wrong}");
    }
}

#[tokio::test]
async fn what_a_person_sets_can_be_changed_and_taken_back() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    let body = r#"{"monitored": false, "interval": "2h", "priority": "high", "note": "why", "tags": ["x"]}"#;
    assert_snapshot!("patched", api.patch("/profiles/someone", body).await.told());
    let kept = api.patch("/profiles/someone", "{}").await.json();
    assert_eq!((&kept["note"], &kept["interval"]), (&"why".into(), &"2h".into()));
    let back =
        api.patch("/profiles/someone", r#"{"monitored": true, "interval": null, "note": null}"#).await.json();
    assert!(back["note"].is_null() && back["interval"].is_null() && back["next_check_at"].is_string());
    assert_eq!((&back["tags"][0], &back["priority"]), (&"x".into(), &"high".into()));
    assert_eq!(api.patch("/profiles/someone", r#"{"priority": "urgent"}"#).await.problem(), "bad_body");
    assert_eq!(api.patch("/profiles/someone", r#"{"username": "other"}"#).await.problem(), "bad_body");
}

#[tokio::test]
async fn an_erased_profile_is_gone() {
    let api = Api::following().await;
    assert_eq!(api.delete("/profiles/someone?opt_out=true").await.told(), "204 No Content");
    assert_snapshot!("unknown_profile", api.get("/profiles/someone").await.told());
    assert_eq!(api.delete("/profiles/someone").await.status, 404);
    assert_snapshot!("opted_out", api.post("/profiles", r#"{"username": "SomeOne"}"#).await.told());
    assert_snapshot!("impossible_path", api.get("/profiles/1nvalid").await.told());
}

#[tokio::test]
async fn a_look_on_demand_tells_what_it_saw() {
    let api = Api::following().await;
    assert_snapshot!("checked", api.change(person("someone", "new text, see example.org")).await.told());
    api.fetcher.fail_next(&name("someone"), FetchErrorKind::Unrecognised(UnrecognisedReason::Empty));
    assert_snapshot!("check_failed", api.post("/profiles/someone/check", "").await.told());
    let shown = api.get("/profiles/someone").await.json();
    assert_eq!((&shown["health"], &shown["health_reason"]), (&"unrecognised".into(), &"empty".into()));
}

#[tokio::test]
async fn every_backend_is_told_with_what_it_says() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    let protocol = ScriptedFetcher::new(Arc::new(api.clock.clone())).called("mtproto").knowing_ids();
    let tracker = Tracker::builder(Arc::new(protocol.clone()), api.app.tracker.store().clone());
    let tracker = tracker.clock(Arc::new(api.clock.clone())).build();
    let mut told = person("someone", "old text, see example.org");
    told.telegram_id = Observed::Present(7);
    told.birthday = Observed::from_option(Birthday::new(29, 2, None));
    told.personal_channel = Observed::Present(PersonalChannel::new(42, None));
    told.business_intro = Observed::from_option(BusinessIntro::new("Shop", ""));
    protocol.show(told.clone());
    let id = api.get("/profiles/someone").await.json()["id"].as_str().unwrap().parse().unwrap();
    tracker.check_now(id).await.unwrap();
    told.display_name = Observed::Present("New Name".into());
    told.emoji_status = Observed::Present(5_368_324_170_671_202_286);
    protocol.show(told);
    tracker.check_now(id).await.unwrap();
    assert_snapshot!("sources", api.get("/profiles/someone").await.told());
}

#[tokio::test]
async fn what_is_wrong_and_what_is_expected_is_told_plainly() {
    let api = Api::following().await;
    let cannot = |name: &str, expected: &str| {
        format!("the parameter `{name}` is missing or cannot be used: {expected} is expected")
    };
    for (path, told) in [
        ("/profiles?limit=0", cannot("limit", "a whole number from 1 to 100")),
        ("/profiles?limit=x", cannot("limit", "a whole number from 1 to 100")),
        ("/profiles?kind=person", cannot("kind", "one of user, bot, channel or group")),
        ("/profiles?monitored=1", cannot("monitored", "`true` or `false`")),
        ("/profiles/someone/counts?from=yesterday", cannot("from", "a time like 2026-11-21T01:02:03Z")),
        (
            "/held?cursor=x",
            cannot("cursor", "a text of the form `^h[0-9a-f]{1,15}$` (`next_cursor` of the page before)"),
        ),
        ("/profiles/someone/revisions/abc", cannot("number", "a whole number from 1")),
        ("/profiles/someone/revisions/0", cannot("number", "a whole number from 1")),
        ("/profiles/%ff", "a parameter in the path cannot be read: check the address".to_owned()),
    ] {
        let answer = api.get(path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_parameter"), "{path}");
        assert_eq!(answer.json()["detail"], told, "{path}");
    }
    for (body, told) in [
        ("[]", "the body is not a JSON object"),
        ("{", "the body is not valid JSON: EOF while parsing an object at line 1 column 1"),
        ("{}", "the field `username` is missing: a text of at most 256 characters is expected"),
        (
            r#"{"username": 5}"#,
            "the field `username` cannot be used: a text of at most 256 characters is expected",
        ),
        (
            r#"{"username": "someone", "extra": 1}"#,
            "the field `extra` is unknown: the fields are username, verify, note, tags, interval and priority",
        ),
        (
            r#"{"username": "someone", "tags": [1]}"#,
            "the field `tags` cannot be used: a list of at most 32 items, each a text of at most 64 characters, is expected",
        ),
        (
            r#"{"username": "someone", "interval": "0s"}"#,
            "the field `interval` cannot be used: a text of the form `^[1-9][0-9]{0,8}(ms|s|m|h|d)$` (A fixed interval, like `5m`) is expected",
        ),
    ] {
        let answer = api.post("/profiles", body).await;
        assert_eq!(answer.json()["detail"], told, "{body}");
    }
    let bare = api.call(poem::http::Method::POST, "/api/v1/profiles", Some(api.token()), None).await;
    assert_eq!((bare.status, bare.problem().as_str()), (415, "unsupported_media_type"));
}
