//! The answer about one profile is kept, and never old.

use std::sync::Arc;
use std::time::Duration;

use poem::PathPattern;
use poem::http::Method;
use serde_json::json;
use tgbio_core::store::{Actor, ProfilePatch, ProfileStore, SqliteStore};
use tgbio_core::{FetchErrorKind, Timestamp, UnrecognisedReason};
use tgbio_server::auth::Scope;

use super::support::{Answer, Api, name, person, token};

/// Headers in the order of the alphabet.
fn headers(answer: &Answer) -> Vec<String> {
    let headers = answer.response.headers().iter();
    let mut lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_kept_answer_is_the_same_in_everything() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    // A spelling that is not plain goes the long way.
    let first = api.get("/profiles/%40someone").await;
    let again = api.get("/profiles/SOMEONE").await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(headers(&first), headers(&again));
    let route = |answer: &Answer| answer.response.data::<PathPattern>().unwrap().0.to_string();
    assert_eq!(route(&first), route(&again));
    let head = api.call(Method::HEAD, "/api/v1/profiles/someone", Some(api.token()), None).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn every_look_and_every_change_is_seen_at_once() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    let id = api.get("/profiles/someone").await.json()["id"].as_str().unwrap().to_owned();
    let shown = async || {
        let [by_name, by_id] =
            [api.get("/profiles/someone").await, api.get(&format!("/profiles/{id}")).await];
        assert_eq!(by_name.body, by_id.body);
        by_name.json()
    };
    let before = shown().await;
    api.change(person("someone", "old text, see example.org")).await;
    let same = shown().await;
    assert_ne!(same["last_checked_at"], before["last_checked_at"], "a look that changed nothing");
    assert_ne!(same["next_check_at"], before["next_check_at"]);
    api.fetcher.fail_next(&name("someone"), FetchErrorKind::Unrecognised(UnrecognisedReason::Empty));
    api.post("/profiles/someone/check", "").await;
    assert_eq!(shown().await["health"], "unrecognised");
    api.change(person("someone", "new text")).await;
    let changed = shown().await;
    assert_eq!((&changed["bio"], &changed["revisions"]), (&"new text".into(), &2.into()));
    api.patch("/profiles/someone", r#"{"note": "why"}"#).await;
    assert_eq!(shown().await["note"], "why");
    assert_eq!(api.delete("/profiles/someone/revisions/2").await.status, 204);
    assert_eq!(shown().await["bio"], "old text, see example.org");
}

#[tokio::test]
async fn another_process_is_seen_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tgbio.db");
    let api = Api::over(Arc::new(SqliteStore::open(&file).unwrap()), false, None).await;
    api.fetcher.show(person("someone", "text"));
    api.post("/profiles", r#"{"username": "someone"}"#).await;
    let other = SqliteStore::open(&file).unwrap();
    let id = other.profile(&name("someone").into()).await.unwrap().unwrap().id;
    for number in 0..5 {
        let note = format!("note {number}");
        let patch = ProfilePatch { note: Some(Some(note.clone())), ..ProfilePatch::default() };
        other.update(id, &patch, Timestamp::now(), &Actor::system()).await.unwrap();
        for _ in 0..2 {
            assert_eq!(api.get("/profiles/someone").await.json()["note"], note);
        }
    }
    other.erase(id, false, Timestamp::now(), &Actor::system()).await.unwrap();
    assert_eq!(api.get("/profiles/someone").await.status, 404);
    assert_eq!(api.get(&format!("/profiles/{}", id.uuid())).await.status, 404);
}

#[tokio::test]
async fn an_erased_profile_is_never_answered_again() {
    let api = Api::following().await;
    let first = [api.get("/profiles/someone").await, api.get("/profiles/someone").await];
    assert_eq!(api.delete("/profiles/someone").await.status, 204);
    assert_eq!(api.get("/profiles/someone").await.problem(), "not_found");
    api.post("/profiles", r#"{"username": "someone"}"#).await;
    let again = api.get("/profiles/someone").await.json();
    assert_ne!(again["id"], first[1].json()["id"]);
    assert!(again["note"].is_null());
}

#[tokio::test]
async fn keepers_and_strangers_have_answers_of_their_own() {
    let api = Api::with(true).await;
    api.fetcher.show(person("someone", "text"));
    let new = r#"{"username": "someone", "note": "a secret purpose", "tags": ["suspect"]}"#;
    api.post("/profiles", new).await;
    assert_eq!(api.get("/profiles?tag=suspect").await.json()["items"].as_array().unwrap().len(), 1);
    let by_tag = api.call(Method::GET, "/api/v1/profiles?tag=suspect", None, None).await;
    assert_eq!(by_tag.status, 401, "what strangers do not see they cannot look for");
    let listed = api.call(Method::GET, "/api/v1/profiles", None, None).await.json();
    assert_eq!((&listed["items"][0]["note"], &listed["items"][0]["tags"]), (&json!(null), &json!([])));
    for _ in 0..3 {
        assert_eq!(api.get("/profiles/someone").await.json()["note"], "a secret purpose");
        assert_eq!(api.get("/profiles/someone").await.json()["tags"], json!(["suspect"]));
        let stranger = api.call(Method::GET, "/api/v1/profiles/someone", None, None).await;
        assert!(stranger.json()["note"].is_null());
        assert_eq!(stranger.json()["tags"], json!([]));
        let wrong = api.call(Method::GET, "/api/v1/profiles/someone", Some("tgbio_wrong"), None).await;
        assert_eq!(wrong.status, 401);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let api = Api::following().await;
    let reader = token(&api.app.accounts, Scope::Read).await;
    let ask = async || api.call(Method::GET, "/api/v1/profiles/someone", Some(&reader), None).await;
    for _ in 0..2 {
        assert_eq!(ask().await.status, 200);
    }
    assert!(api.app.accounts.revoke_token("read").await.unwrap());
    assert_eq!(ask().await.problem(), "invalid_token");
    api.clock.advance(Duration::from_secs(1));
    assert_eq!(api.call(Method::GET, "/api/v1/profiles/someone", None, None).await.status, 401);
}
