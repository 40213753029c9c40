//! Waiting changes.

use insta::assert_snapshot;

use tgbio_core::Timestamp;
use tgbio_core::alarm::Alarm;

use super::support::{Api, START, person};

/// @someone, whose bio seems to be emptied.
async fn emptied() -> Api {
    let api = Api::following().await;
    api.photo_of("someone").await;
    assert_snapshot!("check_held", api.change(person("someone", "")).await.told());
    api
}

#[tokio::test]
async fn a_waiting_change_is_accepted() {
    let api = emptied().await;
    let list = api.get("/held").await;
    assert_snapshot!("held", list.told());
    let id = list.json()["items"][0]["id"].as_i64().unwrap();
    assert_eq!(api.post(&format!("/held/{id}/accept"), "").await.json()["id"], id);
    assert!(api.get("/profiles/someone").await.json()["bio"].is_null());
    assert_eq!(api.get("/profiles/someone").await.json()["revisions"], 2);
    assert_eq!(api.get("/held").await.json()["items"], serde_json::json!([]));
    assert_eq!(api.post(&format!("/held/{id}/accept"), "").await.problem(), "not_found");
}

#[tokio::test]
async fn a_waiting_change_is_rejected() {
    let api = emptied().await;
    let id = api.get("/held").await.json()["items"][0]["id"].clone();
    assert_eq!(api.get("/profiles/someone/rejected").await.json()["items"], serde_json::json!([]));
    assert_eq!(api.post(&format!("/held/{id}/reject"), "").await.status, 200);
    let rejected = api.get("/profiles/someone/rejected").await.json()["items"][0].clone();
    assert!(rejected["change"]["id"] == id && rejected["rejected_at"].is_string(), "{rejected}");
    let again = api.change(person("someone", "")).await.json();
    assert_eq!((&again["changed"], &again["held"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(api.get("/profiles/someone").await.json()["revisions"], 1);
    api.change(person("someone", "something else")).await;
    let rejected = api.get("/profiles/someone/rejected").await.json();
    assert_eq!(rejected["items"], serde_json::json!([]), "it is not shown any more");
    assert_eq!(api.get("/profiles/nobody/rejected").await.problem(), "not_found");
    assert_eq!(api.post("/held/9999/reject", "").await.problem(), "not_found");
    assert_eq!(api.post("/held/x/reject", "").await.problem(), "bad_parameter");
    assert_eq!(api.get("/held?cursor=r1").await.problem(), "bad_parameter");
}

#[tokio::test]
async fn a_breaker_is_closed_by_a_person_who_knows_better_and_opened_again() {
    let api = Api::following().await;
    let cause = Alarm::cause_of("drift/scrape/verified").unwrap();
    let alarm = Alarm::new(cause, Timestamp::from_millis(START), "a canary has lost it");
    api.app.store().set_alarm(&alarm).await.unwrap();
    assert_eq!(api.get("/status").await.json()["alarms"][0]["drift"], "scrape:verified");
    assert_snapshot!("accepted_drift", api.post("/drifts/scrape:verified/accept", "").await.told());
    assert!(api.get("/status").await.json()["alarms"][0]["accepted_at"].is_string(), "it is still told");
    let back = api.post("/drifts/scrape:verified/reject", "").await.json();
    assert!(back["accepted_at"].is_null(), "{back}");
    for unknown in ["scrape", "scrape:bio", "mtproto:verified"] {
        assert_eq!(api.post(&format!("/drifts/{unknown}/accept"), "").await.problem(), "not_found");
    }
    assert_eq!(api.post("/drifts/Scrape/accept", "").await.problem(), "bad_parameter");
}
