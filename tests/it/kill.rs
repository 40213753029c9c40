//! SIGKILL in the middle of everything: nothing is lost, nothing is doubled, and it goes on at once.

use reqwest::Method;
use serde_json::{Value, json};
use tgbio_testkit::client::Client;
use tgbio_testkit::tme::{Card, Fault, On, Times, Tme};

use crate::faults::{bios, canary, program};

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_and_started_again() {
    let tme = Tme::start().await;
    tme.set(canary());
    let folder = tempfile::tempdir().unwrap();
    let program = program(&tme, &folder);
    let names: Vec<String> = (0..20).map(|at| format!("survivor_{at}")).collect();
    let mut server = program.serve().unwrap();
    let mut client = server.client().unwrap();
    for name in &names {
        tme.set(Card::user(name, "S").bio("bio 0"));
        client.follow(name).await;
    }
    for round in 1..=5 {
        let held = tme.fault(On::Everyone, Fault::Hold, Times::Count(10));
        for name in &names {
            let bio = format!("bio {round}");
            tme.update(name, |card| card.bio = Some(bio.as_str().into()));
        }
        let seen = tme.total();
        tme.wait_for(|log| log.total() >= seen + 12).await;
        server.kill();
        tme.release(held);
        server = program.serve().unwrap();
        client = server.client().unwrap();
        for name in &names {
            let bio = format!("bio {round}");
            client
                .wait_for(&format!("/profiles/{name}"), &bio, |profile: &Value| {
                    profile["bio"] == bio.as_str()
                })
                .await;
        }
    }
    let truth: Vec<Option<String>> = (0..=5).map(|round| Some(format!("bio {round}"))).collect();
    for name in &names {
        assert_eq!(bios(&client, name).await, truth, "{name}");
    }
    assert_eq!(client.changes().await.len(), names.len() * 5);
    assert!(server.stop().unwrap().success());
    let verified = program.run(&["verify"]).unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_under_load() {
    killed_under_load(6).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "most of a minute more of what six kills show; .ci/run runs it with --ignored"]
async fn killed_a_hundred_times_under_load() {
    killed_under_load(100).await;
}

/// Every profile changes before each kill, and the kill comes a few answers later than the one before.
async fn killed_under_load(kills: usize) {
    let tme = Tme::start().await;
    tme.set(canary());
    let folder = tempfile::tempdir().unwrap();
    let program = program(&tme, &folder);
    let names: Vec<String> = (0..30).map(|at| format!("survivor_{at}")).collect();
    let mut server = program.serve().unwrap();
    let mut client = server.client().unwrap();
    for name in &names {
        tme.set(Card::user(name, "S").bio("bio 0"));
        client.follow(name).await;
    }
    for round in 1..=kills {
        let (seen, answers) = (tme.total(), 1 + round as u64 * 7 % 60);
        for name in &names {
            let bio = format!("bio {round}");
            tme.update(name, |card| card.bio = Some(bio.as_str().into()));
        }
        let note = json!({ "note": format!("note {round}") });
        let noted = client.call(Method::PATCH, "/profiles/survivor_0", Some(note)).await;
        assert_eq!(noted.status, 200);
        tme.wait_for(|log| log.total() >= seen + answers).await;
        server.kill();
        server = program.serve().unwrap();
        client = server.client().unwrap();
        let kept = client.get("/profiles/survivor_0").await;
        assert_eq!(kept["note"], format!("note {round}"), "what was acknowledged is there");
        all_recorded(&client, names.len() * (round + 1)).await;
    }
    let truth: Vec<Option<String>> = (0..=kills).map(|round| Some(format!("bio {round}"))).collect();
    for name in &names {
        assert_eq!(bios(&client, name).await, truth, "{name}");
    }
    assert_eq!(client.changes().await.len(), names.len() * kills);
    assert!(server.stop().unwrap().success());
    let verified = program.run(&["verify"]).unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// Waits until there are so many revisions, and no more.
async fn all_recorded(client: &Client, revisions: usize) {
    let recorded = |status: &Value| status["totals"]["revisions"] == revisions;
    client.wait_for("/status", &format!("{revisions} revisions"), recorded).await;
}
