//! Who may do what.

use poem::http::Method;
use tgbio_server::auth::Scope;

use super::support::{Api, person, token};

/// Every operation with the scope that it needs, from the document.
fn operations() -> Vec<(Method, String, Scope)> {
    let document: serde_json::Value = serde_json::from_str(tgbio_server::api::openapi_json()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let scope = match method {
                Method::GET => Scope::Read,
                Method::DELETE => Scope::Admin,
                _ => Scope::Write,
            };
            let path = path.replace("{p}", "someone").replace("{number}", "1").replace("{id}", "1");
            operations.push((method, path.replace("{sha256}", &"0".repeat(64)), scope));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_asks_who_is_there() {
    let api = Api::following().await;
    let reader = token(&api.app.accounts, Scope::Read).await;
    let writer = token(&api.app.accounts, Scope::Write).await;
    assert!(operations().len() >= 18);
    for (method, path, scope) in operations() {
        let path = format!("/api/v1{path}");
        let stranger = api.call(method.clone(), &path, None, Some("nonsense")).await;
        assert_eq!((stranger.status, stranger.problem().as_str()), (401, "unauthorized"), "{method} {path}");
        assert_eq!(stranger.header("www-authenticate"), Some("Bearer realm=\"tgbio\""));
        let wrong = api.call(method.clone(), &path, Some("tgbio_wrong"), None).await;
        assert_eq!((wrong.status, wrong.problem().as_str()), (401, "invalid_token"), "{method} {path}");
        for (token, own) in [(&reader, Scope::Read), (&writer, Scope::Write)] {
            if own < scope {
                let answer = api.call(method.clone(), &path, Some(token), None).await;
                assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden"), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn parameters_that_an_operation_does_not_have_are_refused() {
    let api = Api::following().await;
    for (method, path, _) in operations() {
        let path = format!("/api/v1{path}?limti=5");
        let stranger = api.call(method.clone(), &path, None, None).await;
        assert_eq!(stranger.status, 401, "{method} {path}");
        let answer = api.call(method.clone(), &path, Some(api.token()), None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_parameter"), "{method} {path}");
        assert!(answer.told().contains("no parameter `limti` here"), "{}", answer.told());
    }
    let known = api.get("/changes?after=0&%6Cimti=5").await.told();
    assert!(known.contains("known are `after`, `limit`"), "{known}");
    for twice in ["/changes?limit=5&limit=6", "/changes?limit=5&after=0&%6Cimit=5"] {
        let answer = api.get(twice).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_parameter"));
        assert!(answer.told().contains("`limit` is given more than once"), "{}", answer.told());
    }
    assert_eq!(api.get("/profiles/someone?").await.status, 200);
    let head = api.call(Method::HEAD, "/api/v1/profiles/someone?x", Some(api.token()), None).await;
    assert_eq!(head.status, 400);
}

#[tokio::test]
async fn public_reading_is_open_but_not_what_belongs_to_the_keepers() {
    let api = Api::with(true).await;
    api.fetcher.show(person("someone", "text"));
    api.post("/profiles", r#"{"username": "someone", "note": "a secret purpose"}"#).await;
    for path in ["/profiles", "/profiles/someone", "/profiles/someone/revisions", "/changes"] {
        let answer = api.call(Method::GET, &format!("/api/v1{path}"), None, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!String::from_utf8(answer.body).unwrap().contains("a secret purpose"), "{path}");
        let wrong = api.call(Method::GET, &format!("/api/v1{path}"), Some("wrong"), None).await;
        assert_eq!(wrong.status, 401, "{path}");
    }
    for path in [
        "/held",
        "/status",
        "/profiles/someone/revisions/1/evidence",
        "/profiles/someone/rejected",
        "/stray-pages",
    ] {
        let answer = api.call(Method::GET, &format!("/api/v1{path}"), None, None).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    assert_eq!(api.call(Method::DELETE, "/api/v1/profiles/someone", None, None).await.status, 401);
    assert_eq!(api.get("/profiles/someone").await.json()["note"], "a secret purpose");
}

#[tokio::test]
async fn what_is_done_stands_in_the_audit_log() {
    let api = Api::following().await;
    api.patch("/profiles/someone", r#"{"note": "why"}"#).await;
    let log = api.app.store().audit_log(u64::try_from(i64::MAX).unwrap(), 10).await.unwrap();
    assert!(log.len() >= 2 && log.iter().all(|entry| entry.actor == "token:admin"), "{log:?}");
}
