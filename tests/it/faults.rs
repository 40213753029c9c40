//! The whole list of faults through `serve` as a process: the history is the truth, nothing false and nothing lost.

use std::time::Duration;

use serde_json::Value;
use tgbio_testkit::client::Client;
use tgbio_testkit::program::{Program, Server};
use tgbio_testkit::tme::{Card, Cut, Fault, On, RetryAfter, Times, Tme, photo};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_tgbio-under-test");

/// A simulated t.me with a canary, and the server that looks at it.
pub struct Stage {
    pub tme: Tme,
    pub server: Server,
    pub client: Client,
    _folder: tempfile::TempDir,
}

pub fn canary() -> Card {
    Card::channel("telegram", "Telegram News", 9_000_000)
        .bio("The official channel")
        .verified()
        .photo(photo(1))
}

pub fn program(tme: &Tme, folder: &tempfile::TempDir) -> Program {
    Program::new(PROGRAM, folder.path()).against(&tme.base_url(), &tme.host_port())
}

pub async fn stage() -> Stage {
    let tme = Tme::start().await;
    tme.set(canary());
    let folder = tempfile::tempdir().unwrap();
    let server = program(&tme, &folder).serve().unwrap();
    let client = server.client().unwrap();
    Stage { tme, server, client, _folder: folder }
}

/// Every fault that one answer can have, with a name that is followed.
fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::Status(500),
        Fault::Status(502),
        Fault::Status(403),
        Fault::Status(404),
        Fault::ChallengePage(200),
        Fault::ChallengePage(403),
        Fault::ProviderBlockPage,
        Fault::EmptyOk,
        Fault::NotFoundShell,
        Fault::OtherProfile("telegram".into()),
        Fault::RedirectTo("https://telegram.org/".into()),
        Fault::RedirectTo("http://127.0.0.1:1/elsewhere".into()),
        Fault::BadUtf8,
        Fault::Utf16,
        Fault::Delay(Duration::from_millis(50)),
        Fault::Reset,
        Fault::ResetInBody,
        Fault::CloseBeforeAnswer,
        Fault::GarbageAnswer,
        Fault::HugeBody { bytes: 50_000_000, announced: true },
        Fault::HugeBody { bytes: 50_000_000, announced: false },
        Fault::GzipBomb { bytes: 50_000_000 },
        Fault::SlowDrip { bytes: 2_000, every: Duration::from_millis(5) },
        Fault::TooManyRequests(RetryAfter::Seconds(1)),
        Fault::TooManyRequests(RetryAfter::DateIn(1)),
    ];
    for cut in [Cut::Half, Cut::BeforeBio, Cut::InBio, Cut::BeforeEnd] {
        faults.extend([Fault::CutHtml(cut), Fault::CutBody(cut)]);
    }
    for class in ["description", "title", "photo_image", "extra"] {
        faults.push(Fault::renamed_class(&format!("tgme_page_{class}"), &format!("tgme_new_{class}")));
    }
    faults.push(Fault::renamed_class("verified-icon", "badge"));
    faults.push(Fault::renamed_class("tgme_page_wrap", "wrap"));
    faults
}

fn person(name: &str) -> Card {
    Card::channel(name, "A Channel", 10).bio("bio 0").verified().photo(photo(7))
}

/// The bios in a profile's history, in order.
pub async fn bios(client: &Client, name: &str) -> Vec<Option<String>> {
    let text = |revision: &Value| revision["bio"].as_str().map(str::to_owned);
    client.revisions(name).await.iter().map(text).collect()
}

/// Waits until the profile was asked for `more` times from now on.
pub async fn asked(tme: &Tme, name: &str, more: u64) {
    let until = tme.count(name) + more;
    tme.wait_for(|log| log.count(name) >= until).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_leaves_the_history_as_the_truth_says() {
    let stage = stage().await;
    let (tme, client) = (&stage.tme, &stage.client);
    let faults = faults();
    let names: Vec<String> = (0..faults.len()).map(|at| format!("faulty_{at}")).collect();
    for name in &names {
        tme.set(person(name));
        client.follow(name).await;
    }
    for (name, fault) in names.iter().zip(&faults) {
        tme.fault(name.as_str(), fault.clone(), Times::Count(2));
    }
    for name in &names {
        asked(tme, name, 4).await;
        tme.update(name, |card| card.bio = Some("bio 1".into()));
    }
    for (name, fault) in names.iter().zip(&faults) {
        let shows = |profile: &Value| profile["bio"] == "bio 1";
        client.wait_for(&format!("/profiles/{name}"), &format!("the new bio after {fault:?}"), shows).await;
        tme.fault(name.as_str(), fault.clone(), Times::Once);
    }
    for (name, fault) in names.iter().zip(&faults) {
        asked(tme, name, 3).await;
        assert_eq!(bios(client, name).await, [Some("bio 0".into()), Some("bio 1".into())], "{fault:?}");
        let profile = client.get(&format!("/profiles/{name}")).await;
        assert_eq!(profile["verified"], true, "{fault:?}");
        assert_eq!(profile["has_photo"], true, "{fault:?}");
    }
    let changes = client.changes().await;
    assert!(changes.iter().all(|change| change["field"] == "bio"), "{changes:?}");
    assert_eq!(changes.len(), faults.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_throttles_changes_nothing_however_long() {
    let stage = stage().await;
    let (tme, client) = (&stage.tme, &stage.client);
    let names = ["alice_a", "bobby_b", "carol_c"];
    for name in names {
        tme.set(person(name));
        client.follow(name).await;
    }
    let episodes = [
        Fault::NotFoundShell,
        Fault::EmptyOk,
        Fault::renamed_class("tgme_page_description", "tgme_about"),
        Fault::renamed_class("verified-icon", "badge"),
    ];
    for fault in episodes {
        let episode = tme.fault(On::Everyone, fault.clone(), Times::UntilReleased);
        for name in names {
            asked(tme, name, 8).await;
        }
        tme.release(episode);
        for name in names {
            asked(tme, name, 3).await;
            assert_eq!(client.revisions(name).await.len(), 1, "{fault:?}");
            let shows = |profile: &Value| profile["presence"] == "present" && profile["health"] == "profile";
            client.wait_for(&format!("/profiles/{name}"), "a good look", shows).await;
        }
    }
    assert_eq!(client.changes().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn true_losses_are_found_once_they_are_confirmed() {
    let stage = stage().await;
    let (tme, client) = (&stage.tme, &stage.client);
    tme.set(person("loser_1"));
    client.follow("loser_1").await;
    tme.update("loser_1", |card| card.bio = None);
    let gone = |profile: &Value| profile["bio"].is_null();
    client.wait_for("/profiles/loser_1", "no bio", gone).await;
    let revision = client.revisions("loser_1").await.pop().unwrap();
    assert!(revision["confirmed_at"].as_str() > revision["first_seen"].as_str(), "{revision}");
    assert_eq!(revision["changed"], serde_json::json!(["bio"]));

    let card = tme.card("loser_1").unwrap();
    tme.remove("loser_1");
    client.wait_for("/profiles/loser_1", "missing", |profile| profile["presence"] == "missing").await;
    tme.set(card.bio("back"));
    client.wait_for("/profiles/loser_1", "its return", |profile| profile["bio"] == "back").await;
    assert_eq!(bios(client, "loser_1").await, [Some("bio 0".into()), None, None, Some("back".into())]);
}
