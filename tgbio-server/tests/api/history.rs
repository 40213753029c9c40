//! Revisions, differences, measurements, coverage, photos and the change log.

use insta::assert_snapshot;
use poem::{Endpoint, Request};
use sha2::{Digest, Sha256};
use tgbio_core::{Counts, Observed, Photo};

use super::support::{Api, PHOTO, person};

/// @someone with three revisions.
async fn changed_twice() -> Api {
    let api = Api::following().await;
    api.photo_of("someone").await;
    api.change(person("someone", "new text, see example.org")).await;
    api.change(person("someone", "newest text, see example.org")).await;
    api
}

#[tokio::test]
async fn revisions_are_told_oldest_first() {
    let api = changed_twice().await;
    let first = api.get("/profiles/someone/revisions?limit=2").await;
    assert_snapshot!("revisions", first.told());
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let rest = api.get(&format!("/profiles/someone/revisions?limit=2&cursor={cursor}")).await.json();
    assert_eq!((&rest["items"][0]["number"], &rest["next_cursor"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(api.get("/profiles/someone/revisions/3").await.json(), rest["items"][0]);
    assert_eq!(api.get("/profiles/someone/revisions?cursor=h1").await.problem(), "bad_parameter");
    assert_eq!(api.get("/profiles/someone/revisions/4").await.status, 404);
    for wrong in ["0", "-1", "x", "9000000000000001"] {
        let answer = api.get(&format!("/profiles/someone/revisions/{wrong}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_parameter"), "{wrong}");
    }
}

#[tokio::test]
async fn differences_are_told_by_words() {
    let api = changed_twice().await;
    assert_snapshot!("diff", api.get("/profiles/someone/diff").await.told());
    let whole = api.get("/profiles/someone/diff?from=3&to=1").await.json();
    assert_eq!((&whole["from"], &whole["to"]), (&3.into(), &1.into()));
    assert_eq!(whole["changes"][0]["before"], "newest text, see example.org");
    assert_eq!(api.get("/profiles/someone/diff?to=1").await.json()["changes"], serde_json::json!([]));
    assert_eq!(api.get("/profiles/someone/diff?to=9").await.problem(), "not_found");
    assert_eq!(api.get("/profiles/someone/diff?from=0").await.problem(), "bad_parameter");
}

#[tokio::test]
async fn a_removed_revision_leaves_a_tombstone() {
    let api = changed_twice().await;
    assert_snapshot!("changes", api.get("/changes").await.told());
    assert_eq!(api.delete("/profiles/someone/revisions/2").await.status, 204);
    assert_eq!(api.delete("/profiles/someone/revisions/2").await.problem(), "not_found");
    let log = api.get("/changes").await.json();
    let of_second: Vec<_> =
        log["items"].as_array().unwrap().iter().filter(|item| item["revision"] == 2).collect();
    assert!(!of_second.is_empty());
    assert!(
        of_second
            .iter()
            .all(|item| item["removed"] == true && item["before"].is_null() && item["after"].is_null())
    );
    let numbers = api.get("/profiles/someone/revisions").await.json();
    let numbers: Vec<_> =
        numbers["items"].as_array().unwrap().iter().map(|item| item["number"].clone()).collect();
    assert_eq!(numbers, [1, 3]);
}

#[tokio::test]
async fn the_change_log_goes_on_where_it_was_left() {
    let api = changed_twice().await;
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page = api.get(&format!("/changes?after={after}&limit=1")).await.json();
        let items = page["items"].as_array().unwrap().clone();
        if items.is_empty() {
            assert_eq!(page["next_after"], after);
            break;
        }
        after = page["next_after"].as_u64().unwrap();
        seen.push(items[0]["seq"].as_u64().unwrap());
    }
    assert!(seen.is_sorted() && seen.len() >= 2, "{seen:?}");
    for wrong in ["after=-1", "after=x", "limit=0", "limit=1001"] {
        assert_eq!(api.get(&format!("/changes?{wrong}")).await.problem(), "bad_parameter", "{wrong}");
    }
}

#[tokio::test]
async fn measurements_page_from_the_newest_back() {
    let api = Api::new().await;
    let mut bodies = Vec::new();
    for subscribers in [10, 11, 12] {
        let mut counts = Counts::default();
        counts.subscribers = Observed::Present(subscribers);
        api.fetcher.show_with(person("someone", "text"), counts);
        api.clock.advance(std::time::Duration::from_secs(7200));
        let path = if subscribers == 10 { "/profiles" } else { "/profiles/someone/check" };
        let body = if subscribers == 10 { r#"{"username": "someone"}"# } else { "" };
        bodies.push(api.post(path, body).await.status);
    }
    assert_eq!(bodies, [201, 200, 200]);
    let newest = api.get("/profiles/someone/counts?limit=2").await;
    assert_snapshot!("counts", newest.told());
    let cursor = newest.json()["next_cursor"].as_str().unwrap().to_owned();
    let older = api.get(&format!("/profiles/someone/counts?limit=2&cursor={cursor}")).await.json();
    assert_eq!(
        (&older["items"][0]["subscribers"], &older["next_cursor"]),
        (&10.into(), &serde_json::Value::Null)
    );
    let before = api.get("/profiles/someone/counts?until=2000-01-01T00:00:00Z").await.json();
    assert_eq!(before["items"], serde_json::json!([]));
    let wrong = "/profiles/someone/counts?from=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z";
    assert_eq!(api.get(wrong).await.problem(), "bad_parameter");
}

#[tokio::test]
async fn coverage_is_told() {
    let api = changed_twice().await;
    assert_snapshot!("coverage", api.get("/profiles/someone/coverage").await.told());
    assert_eq!(api.get("/profiles/someone/coverage?from=yesterday").await.problem(), "bad_parameter");
    let told = async |from: &str, until: &str| {
        let period = format!("from=2026-11-21T{from}Z&until=2026-11-21T{until}Z");
        let told = api.get(&format!("/profiles/someone/coverage?{period}")).await.json();
        ["share", "worst_delay_seconds", "changes", "unchanged_until"].map(|key| told[key].clone())
    };
    let null = serde_json::Value::Null;
    // Looks were made at two minutes past one, two and three; both later ones have seen a change.
    let changed = |delay: f64, changes: u32| [0.0.into(), delay.into(), changes.into(), null.clone()];
    assert_eq!(
        told("01:02:04", "01:02:14").await,
        changed(3659.004, 1),
        "the look at two would have seen it"
    );
    assert_eq!(told("01:30:00", "02:30:00").await, changed(3660.0, 2));
    for period in ["from=2030-01-01T00:00:00Z", "from=2026-11-21T03:02:04Z&until=2026-11-21T03:02:14Z"] {
        let future = api.get(&format!("/profiles/someone/coverage?{period}")).await;
        assert_eq!(future.problem(), "bad_parameter");
        assert!(future.told().contains("lies in the future"), "{}", future.told());
    }
    let [ahead, now] = [
        api.get("/profiles/someone/coverage?until=2030-01-01T00:00:00Z").await.json(),
        api.get("/profiles/someone/coverage").await.json(),
    ];
    assert_eq!(ahead, now, "what is still to come is no gap");
    api.clock.advance(std::time::Duration::from_millis(10_996));
    assert_eq!(told("03:02:04", "03:02:14").await, changed(60.0 + 10.0, 0), "there was no look since");
    // Before the first look nothing is ever seen.
    assert_eq!(told("00:00:00", "01:00:00").await, [0.0.into(), null.clone(), 0.into(), null.clone()]);
}

#[tokio::test]
async fn photos_are_found_by_their_hash() {
    let api = Api::following().await;
    let hash = api.photo_of("someone").await;
    assert_eq!(hash, hex::encode(Sha256::digest(PHOTO)));
    let photo = api.get(&format!("/profiles/someone/photos/{hash}")).await;
    assert_eq!((photo.status, photo.body.as_slice()), (200, PHOTO));
    assert_eq!(photo.header("content-type"), Some("image/jpeg"));
    assert_eq!(photo.header("x-content-type-options"), Some("nosniff"));
    assert!(photo.header("cache-control").unwrap().contains("immutable"));
    let other = "0".repeat(64);
    assert_eq!(api.get(&format!("/profiles/someone/photos/{other}")).await.problem(), "not_found");
    assert_eq!(api.get("/profiles/someone/photos/xyz").await.problem(), "bad_parameter");
}

#[tokio::test]
async fn raw_answers_are_harmless_bytes() {
    let api = Api::following().await;
    let revision = api.get("/profiles/someone/revisions/1").await.json();
    let raw = api.get("/profiles/someone/revisions/1/evidence").await;
    assert_eq!(hex::encode(Sha256::digest(&raw.body)), revision["evidence_sha256"].as_str().unwrap());
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert_eq!(raw.header("x-evidence-media-type"), Some("text/plain; charset=utf-8"));
    assert!(raw.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(raw.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(raw.header("etag").unwrap().contains(revision["evidence_sha256"].as_str().unwrap()));
    assert_eq!(api.get("/profiles/someone/revisions/2/evidence").await.problem(), "not_found");
    let again = Request::builder()
        .uri_str("/api/v1/profiles/someone/revisions/1/evidence")
        .header("authorization", format!("Bearer {}", api.token()))
        .header("if-none-match", raw.header("etag").unwrap());
    assert_eq!(api.endpoint.call(again.finish()).await.unwrap().status(), 304);
}

#[tokio::test]
async fn the_expected_delay_knows_that_looks_come_late() {
    let api = Api::following().await;
    let delay = async || api.get("/profiles/someone/delay").await.json();
    let on_time = delay().await;
    assert_eq!((&on_time["late_seconds"], &on_time["mean_seconds"]), (&0.0.into(), &150.0.into()));
    // Nothing is looked at for hours: as if the host allowed too few requests.
    api.clock.advance(std::time::Duration::from_secs(3 * 3600));
    let late = delay().await;
    let seconds = |of: &serde_json::Value, name: &str| of[name].as_f64().unwrap();
    assert!((2.8 * 3600.0..=3.0 * 3600.0).contains(&seconds(&late, "late_seconds")), "{late}");
    assert!(seconds(&late, "mean_seconds") > seconds(&late, "late_seconds"));
    assert!(seconds(&late, "requests_per_day") < seconds(&on_time, "requests_per_day") / 10.0);
    api.post("/profiles/someone/check", "").await;
    assert_eq!(delay().await["late_seconds"], 0.0);
    api.patch("/profiles/someone", r#"{"monitored": false}"#).await;
    let paused = api.get("/profiles/someone/delay").await;
    assert_eq!(paused.status, 404);
    assert!(paused.json()["detail"].as_str().unwrap().contains("@someone is paused"));
    let whole = "/profiles/someone/coverage?until=9999-12-31T23:59:59Z";
    assert_eq!(api.get(whole).await.status, 200);
}

/// Photos are read once an hour at most: until then nobody says that nothing has changed.
#[tokio::test]
async fn another_photo_that_was_not_read_yet_is_no_unchanged_one() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    let told = async || {
        let told = api.get("/profiles/someone/coverage").await.json();
        ["unchanged_until", "photo_read", "photo_known_until", "photo_delay_seconds"]
            .map(|key| told[key].clone())
    };
    let shown = async |address: &str| {
        let mut person = person("someone", "old text, see example.org");
        person.photo = Observed::Present(Photo::at(address));
        api.clock.advance(Duration::from_secs(600));
        api.fetcher.show(person);
        api.post("/profiles/someone/check", "").await;
    };
    shown("https://photos.test/1.jpg").await;
    let known = told().await;
    assert_eq!(known[1..], [true.into(), serde_json::Value::Null, 3600.0.into()]);
    shown("https://photos.test/2.jpg").await;
    shown("https://photos.test/2.jpg").await;
    let [unchanged, read, until, _] = told().await;
    assert_eq!((read, &until), (false.into(), &known[0]));
    assert_eq!(unchanged, until, "nothing is said of the time since then");
    let delay = api.get("/profiles/someone/delay").await.json();
    assert_eq!(delay["photo_seconds"], 3600.0);
}
