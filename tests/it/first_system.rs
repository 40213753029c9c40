//! What the first system could do, through the REST API of a running server.

use reqwest::Method;
use serde_json::{Value, json};
use tgbio_testkit::tme::{Card, Fault, On, Times};

use crate::faults::{bios, stage};

#[tokio::test(flavor = "multi_thread")]
async fn follow_stop_start_force_and_unfollow() {
    let stage = stage().await;
    let (tme, client) = (&stage.tme, &stage.client);
    tme.set(Card::user("Some_One", "Some One").bio("one"));

    let nobody = client.call(Method::POST, "/profiles", Some(json!({"username": "nobody_there"}))).await;
    assert_eq!(nobody.status, 404, "{}", nobody.body);
    let impossible = client.call(Method::POST, "/profiles", Some(json!({"username": "no"}))).await;
    assert_eq!(impossible.status, 422, "{}", impossible.body);

    let followed = client.follow("t.me/some_one").await;
    assert_eq!((followed["username"].as_str(), followed["revisions"].as_u64()), (Some("Some_One"), Some(1)));
    let again = client.call(Method::POST, "/profiles", Some(json!({"username": "@SOME_ONE"}))).await;
    assert_eq!(again.status, 409, "{}", again.body);

    let paused = client.call(Method::PATCH, "/profiles/some_one", Some(json!({"monitored": false}))).await;
    assert_eq!((paused.status, &paused.body["monitored"]), (200, &json!(false)));
    tme.update("some_one", |card| card.bio = Some("two".into()));
    let forced = client.call(Method::POST, "/profiles/some_one/check", None).await;
    assert_eq!((forced.status, &forced.body["changed"]), (200, &json!(["bio"])), "{}", forced.body);
    assert_eq!(forced.body["outcome"], "profile");

    client.call(Method::PATCH, "/profiles/some_one", Some(json!({"monitored": true}))).await;
    tme.update("some_one", |card| card.bio = Some("three".into()));
    client.wait_for("/profiles/some_one", "the third bio", |profile| profile["bio"] == "three").await;
    assert_eq!(bios(client, "some_one").await.len(), 3);

    let erased = client.call(Method::DELETE, "/profiles/some_one", None).await;
    assert_eq!(erased.status, 204);
    assert_eq!(client.call(Method::GET, "/profiles/some_one", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_not_judged_free_while_the_site_throttles() {
    let stage = stage().await;
    stage.tme.set(Card::user("living_one", "L"));
    let episode = stage.tme.fault(On::Everyone, Fault::NotFoundShell, Times::UntilReleased);
    let refused = stage.client.call(Method::POST, "/profiles", Some(json!({"username": "living_one"}))).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    stage.tme.release(episode);
    let unasked = stage
        .client
        .call(Method::POST, "/profiles", Some(json!({"username": "later_one", "verify": false})))
        .await;
    assert_eq!(unasked.status, 201, "{}", unasked.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_one_entry_merges_equal_neighbours() {
    let stage = stage().await;
    let (tme, client) = (&stage.tme, &stage.client);
    tme.set(Card::user("merger", "M").bio("A"));
    client.follow("merger").await;
    client.call(Method::PATCH, "/profiles/merger", Some(json!({"monitored": false}))).await;
    for bio in ["B", "A", "C"] {
        tme.update("merger", |card| card.bio = Some(bio.into()));
        let checked = client.call(Method::POST, "/profiles/merger/check", None).await;
        assert_eq!(checked.body["changed"], json!(["bio"]), "{}", checked.body);
    }
    let removed = client.call(Method::DELETE, "/profiles/merger/revisions/2", None).await;
    assert_eq!(removed.status, 204, "{}", removed.body);
    let revisions = client.revisions("merger").await;
    let numbers: Vec<&Value> = revisions.iter().map(|revision| &revision["number"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(4)]);
    let changes = client.changes().await;
    let removed: Vec<bool> = changes.iter().map(|change| change["removed"] == json!(true)).collect();
    assert_eq!(removed, [true, true, false], "{changes:?}");
    assert!(changes[0]["before"].is_null() && changes[0]["after"].is_null());
    assert_eq!((&changes[2]["before"], &changes[2]["after"]), (&json!("A"), &json!("C")));
}
