//! SIGKILL in the middle of everything: nothing is lost, nothing is doubled, and it goes on at once.

use serde_json::Value;
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
