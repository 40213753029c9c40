//! Documents and the addresses for those who run the server.

use std::time::Duration;

use insta::assert_snapshot;
use poem::http::Method;
use tgbio_core::Poller;
use tgbio_server::api::Metrics;
use tgbio_server::http::client_addr::TrustedProxies;
use tgbio_server::state::{App, Parts, Settings};
use tokio_util::sync::CancellationToken;

use super::support::{Answer, Api, endpoint, endpoint_with};

async fn open(api: &Api, path: &str) -> Answer {
    api.call(Method::GET, path, None, None).await
}

#[tokio::test]
async fn documents_are_open_to_everybody() {
    let api = Api::new().await;
    let document = open(&api, "/openapi.json").await;
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert_eq!(document.json()["openapi"], "3.0.3");
    let page = open(&api, "/docs").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("script-src 'self' 'unsafe-inline'") && policy.contains("img-src 'self' data: blob:")
    );
    assert!(page.body.starts_with(b"<!doctype html>"));
}

#[tokio::test]
async fn wrong_methods_and_addresses_are_problems() {
    let api = Api::new().await;
    let answer = api.call(Method::PUT, "/api/v1/profiles/someone", None, None).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("DELETE, GET, HEAD, PATCH")));
    assert_eq!(answer.problem(), "method_not_allowed");
    assert_eq!(open(&api, "/api/v1/nothing").await.problem(), "not_found");
    assert_eq!(open(&api, "/metrics").await.status, 404);
}

#[tokio::test]
async fn the_server_says_how_it_is_doing() {
    let api = Api::following().await;
    api.photo_of("someone").await;
    assert_eq!(open(&api, "/healthz").await.body, b"ok");
    assert_snapshot!("not_ready", open(&api, "/readyz").await.told());
    let mut status = api.get("/status").await.json();
    assert_eq!(status["version"].take(), env!("CARGO_PKG_VERSION"));
    assert_snapshot!("status", format!("{status:#}"));
}

#[tokio::test]
async fn a_turning_poller_makes_the_server_ready() {
    let mut api = Api::following().await;
    let stop = CancellationToken::new();
    let poller = Poller::new(api.app.tracker.clone(), 1);
    let parts = Parts {
        tracker: api.app.tracker.clone(),
        poller: poller.handle(),
        accounts: api.app.accounts.clone(),
        budgets: api.app.budgets.clone(),
        settings: Settings::clone(&api.app.settings),
    };
    api.app = App::new(parts);
    api.endpoint = endpoint(&api.app).into();
    let running = tokio::spawn(poller.run(stop.clone()));
    let turned = async {
        while api.app.poller.status().turned_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), turned).await.expect("the poller turns");
    assert_snapshot!("ready", open(&api, "/readyz").await.told());
    stop.cancel();
    running.await.unwrap();
    assert!(open(&api, "/readyz").await.json()["detail"].as_str().unwrap().contains("poller"));
}

#[tokio::test]
async fn metrics_are_for_those_who_may_read() {
    let mut api = Api::with(true).await;
    let handle = tgbio_server::http::metrics::recorder().unwrap().handle();
    let metrics = Metrics { handle, proxies: TrustedProxies::default() };
    api.endpoint = endpoint_with(&api.app, Some(metrics)).into();
    assert_eq!(open(&api, "/metrics").await.problem(), "unauthorized");
    let answer = api.call(Method::GET, "/metrics", Some(api.token()), None).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
}
