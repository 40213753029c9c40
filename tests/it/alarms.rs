//! Surges and drift through `serve` as a process, against the simulated site.

use reqwest::Method;
use serde_json::Value;
use tgbio_testkit::client::Client;
use tgbio_testkit::program::Server;
use tgbio_testkit::tme::{Card, Fault, On, Times, Tme, photo};

use crate::faults::{asked, canary, program};

const NAMES: [&str; 6] = ["many_a1", "many_b2", "many_c3", "many_d4", "many_e5", "many_f6"];

struct Stage {
    tme: Tme,
    client: Client,
    server: Server,
    _folder: tempfile::TempDir,
}

fn channel(name: &str) -> Card {
    Card::channel(name, "A Channel", 10).bio("bio 0").verified().photo(photo(7))
}

/// Six followed channels and a canary; so many that change alike within the window are a surge.
async fn stage(surge_profiles: &str, window: &str) -> Stage {
    let tme = Tme::start().await;
    tme.set(canary());
    let folder = tempfile::tempdir().unwrap();
    let program = program(&tme, &folder)
        .set("TGBIO_SURGE_PROFILES", surge_profiles)
        .set("TGBIO_SURGE_PERCENT", "50")
        .set("TGBIO_SURGE_WINDOW", window);
    let server = program.serve().unwrap();
    let client = server.client().unwrap();
    for name in NAMES {
        tme.set(channel(name));
        client.follow(name).await;
    }
    for name in NAMES {
        asked(&tme, name, 2).await;
    }
    Stage { tme, client, server, _folder: folder }
}

fn keys(status: &Value) -> Vec<&str> {
    status["alarms"].as_array().unwrap().iter().filter_map(|alarm| alarm["key"].as_str()).collect()
}

async fn warnings(client: &Client) -> String {
    client.get_outside("/readyz").await["warnings"].to_string()
}

/// The line of the metrics about the breaker of the badge.
fn gauge(value: u8) -> String {
    format!("tgbio_alarm{{kind=\"drift\",key=\"drift/scrape/verified\"}} {value}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_change_is_one_alarm_and_is_written_when_it_is_over() {
    let stage = stage("4", "8s").await;
    let (tme, client) = (&stage.tme, &stage.client);
    for name in NAMES {
        tme.update(name, |card| card.bio = None);
    }
    let surge = |status: &Value| keys(status) == ["surge/emptied:bio"];
    let status = client.wait_for("/status", "the surge", surge).await;
    assert_eq!(status["alarms"][0]["surge"], "emptied:bio");
    assert!(warnings(client).await.contains("surge"), "ready, and told");
    let held = client.get("/held").await;
    for held in held["items"].as_array().unwrap() {
        assert_eq!((&held["reason"], &held["surge"]), (&"emptied".into(), &"emptied:bio".into()));
    }
    client.wait_for("/status", "its end", |status: &Value| keys(status).is_empty()).await;
    for name in NAMES {
        let gone = |profile: &Value| profile["bio"].is_null();
        client.wait_for(&format!("/profiles/{name}"), "the true change", gone).await;
        assert_eq!(client.revisions(name).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_surge_is_rejected_as_a_whole() {
    let stage = stage("4", "10m").await;
    let (tme, client) = (&stage.tme, &stage.client);
    for name in NAMES {
        tme.update(name, |card| card.display_name = "Somebody".into());
    }
    let all = |held: &Value| held["items"].as_array().is_some_and(|items| items.len() == 3);
    client.wait_for("/held", "the fourth and all later ones", all).await;
    let settled = client.call(Method::POST, "/surges/changed:display_name/reject", None).await;
    assert_eq!((settled.status, &settled.body["settled"]), (200, &Value::from(3)));
    client.wait_for("/held", "nothing", |held: &Value| held["items"] == serde_json::json!([])).await;
    for name in NAMES {
        asked(tme, name, 4).await;
    }
    assert_eq!(client.changes().await.len(), 3, "what was believed before stays, and no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_selector_raises_drift_and_closes_by_itself() {
    let stage = stage("0", "2s").await;
    let (tme, client) = (&stage.tme, &stage.client);
    let redesign =
        tme.fault(On::Everyone, Fault::renamed_class("verified-icon", "badge"), Times::UntilReleased);
    let lost = |status: &Value| keys(status) == ["drift/scrape/verified"];
    client.wait_for("/status", "the drift", lost).await;
    assert!(warnings(client).await.contains("drift"));
    client.wait_for_line("/metrics", &gauge(1)).await;
    let kept = |pages: &Value| pages["items"][0]["reason"] == "drift";
    client.wait_for("/stray-pages", "a page that was not judged", kept).await;
    tme.update(NAMES[0], |card| card.bio = Some("bio 1".into()));
    let shows = |profile: &Value| profile["bio"] == "bio 1";
    client.wait_for(&format!("/profiles/{}", NAMES[0]), "other fields go on", shows).await;
    tme.release(redesign);
    client.wait_for("/status", "its end", |status: &Value| keys(status).is_empty()).await;
    client.wait_for_line("/metrics", &gauge(0)).await;
    for name in NAMES {
        asked(tme, name, 3).await;
        assert_eq!(client.get(&format!("/profiles/{name}")).await["verified"], true);
    }
    let changes = client.changes().await;
    assert!(changes.iter().all(|change| change["field"] == "bio"), "{changes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_closes_a_breaker_and_what_is_shown_is_written() {
    let stage = stage("0", "2s").await;
    let (tme, client, program) = (&stage.tme, &stage.client, stage.server.program());
    for name in NAMES.iter().chain(&["telegram"]) {
        tme.update(name, |card| card.verified = false);
    }
    let state = |open: bool| move |status: &Value| status["alarms"][0]["accepted_at"].is_null() == open;
    let open = |status: &Value| keys(status) == ["drift/scrape/verified"] && state(true)(status);
    client.wait_for("/status", "the drift", open).await;
    for command in ["accept", "reject"] {
        let done = program.run(&["held", command, "drift/scrape/verified"]).unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        client.wait_for("/status", command, state(command == "reject")).await;
    }
    let unknown = program.run(&["held", "accept", "drift/scrape/bio"]).unwrap();
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("tgbio held"));
    let accepted = client.call(Method::POST, "/drifts/scrape:verified/accept", None).await;
    assert_eq!((accepted.status, &accepted.body["key"]), (200, &Value::from("drift/scrape/verified")));
    for name in NAMES {
        let gone = |profile: &Value| profile["verified"] == false;
        client.wait_for(&format!("/profiles/{name}"), "what the person said", gone).await;
        let last = client.revisions(name).await.pop().unwrap();
        assert_eq!(last["changed"], serde_json::json!(["verified"]));
        assert!(last["confirmed_at"].as_str() > last["first_seen"].as_str(), "repeats have confirmed it");
    }
    assert!(!warnings(client).await.contains("drift"));
    client.wait_for_line("/metrics", &gauge(0)).await;
    tme.update(NAMES[0], |card| card.verified = true);
    client.wait_for("/status", "its end", |status: &Value| keys(status).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_channel_got_is_told_by_the_id_in_its_preview() {
    let stage = stage("0", "2s").await;
    let (tme, client) = (&stage.tme, &stage.client);
    tme.set(Card { channel_id: Some(1_005_640_892), ..channel("news_one") });
    let followed = client.follow("news_one").await;
    let known = |profile: &Value| profile["telegram_id"].to_string().contains("1005640892");
    client.wait_for("/profiles/news_one", "its id", known).await;
    let other = Card::channel("news_one", "Somebody Else", 3).bio("bought the name").photo(photo(9));
    tme.set(Card { channel_id: Some(42), ..other });
    let told = |page: &Value| {
        let changes = page["items"].as_array().unwrap();
        changes.iter().any(|change| change["field"] == "username_owner")
    };
    client.wait_for("/changes?after=0", "the new owner", told).await;
    // Under its name nobody is followed any more.
    let last = client.revisions(followed["id"].as_str().unwrap()).await.pop().unwrap();
    assert_eq!(last["bio"], "bio 0", "nothing of the other is written");
}
