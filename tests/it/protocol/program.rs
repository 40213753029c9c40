//! The program with a Telegram account, as a process: sessions moved in and out, and profiles followed by their id.

use std::process::Output;
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;
use tgbio_testkit::client::Client;
use tgbio_testkit::dc::{Dc, Options, Photo, Profile, Refusal, Times, Truth};
use tgbio_testkit::program::{Program, json_lines};
use tgbio_testkit::tme::{Card, Tme};

use crate::faults::PROGRAM;

/// A data centre, a simulated t.me that shows the same truth, and the program.
pub(super) struct Stage {
    pub(super) truth: Truth,
    pub(super) dc: Dc,
    tme: Arc<Tme>,
    pub(super) program: Program,
    _folder: TempDir,
}

async fn stage(backend: &str) -> Stage {
    stage_with(backend, Options::default()).await
}

pub(super) async fn stage_with(backend: &str, options: Options) -> Stage {
    let (truth, tme) = (Truth::new(), Arc::new(Tme::start().await));
    truth.mirror(&tme);
    truth
        .set(Profile::channel("telegram", "Telegram News", 9_000_000).bio("The official channel").verified());
    let dc = Dc::start(&truth, options).await;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::new(PROGRAM, folder.path())
        .against(&tme.base_url(), &tme.host_port())
        .set("TGBIO_BACKEND", backend)
        .set("TGBIO_API_ID", super::API_ID.to_string())
        .set("TGBIO_API_HASH", super::API_HASH)
        .set("TGBIO_MTPROTO_MIN_DELAY", "0s")
        .set("TGBIO_MTPROTO_RESOLVE_DELAY", "0s");
    Stage { truth, dc, tme, program, _folder: folder }
}

impl Stage {
    fn moved_in(self) -> Self {
        let session = self.dc.telethon_session();
        let done = self.program.run_with_input(&["login", "--import-telethon"], session.as_bytes()).unwrap();
        assert!(done.status.success(), "{}", told(&done));
        assert!(!text(&done.stdout).contains(&session[9..40]), "the key is shown");
        self
    }

    pub(super) fn run(&self, words: &[&str]) -> Output {
        self.program.run(words).unwrap()
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn told(output: &Output) -> String {
    text(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_moves_in_is_used_and_is_forgotten() {
    let stage = stage("mtproto").await.moved_in();
    let id = stage.truth.set(Profile::user("ann_example", "Ann").last_name("Lee").bio("Hello!\nWorld"));
    stage.truth.set(Profile::group("chat_example", "Chat", 12));
    let fetched = stage.run(&["fetch", "@ann_example", "chat_example", "nobody_here", "--json"]);
    assert_eq!(fetched.status.code(), Some(1), "{}", told(&fetched));
    let lines = json_lines(&fetched.stdout);
    assert_eq!(lines.len(), 3);
    let ann = &lines[0]["profile"];
    assert_eq!((&lines[0]["outcome"], &ann["kind"]), (&Value::from("profile"), &Value::from("user")));
    assert_eq!((&ann["telegram_id"], &ann["display_name"]), (&Value::from(id), &Value::from("Ann Lee")));
    assert_eq!(ann["bio"], "Hello!\nWorld");
    assert_eq!(
        (&lines[1]["profile"]["kind"], &lines[1]["profile"]["members"]),
        (&"group".into(), &12.into())
    );
    assert_eq!((&lines[2]["outcome"], &lines[2]["profile"]), (&"not_found".into(), &Value::Null));

    let card = text(&stage.run(&["fetch", "ann_example"]).stdout);
    assert!(
        card.contains(&format!("telegram id {id}")) && !card.contains("owner"),
        "the name is its own: {card}"
    );

    let again = stage.program.run_with_input(&["login", "--import-telethon"], b"1abc").unwrap();
    assert_eq!(again.status.code(), Some(1));
    let left = stage.run(&["logout"]);
    assert!(left.status.success() && text(&left.stdout).contains("signed out"), "{}", told(&left));
    let after = stage.run(&["fetch", "ann_example", "--json"]);
    assert_eq!(json_lines(&after.stdout)[0]["reason"], "signed_out", "{}", told(&after));
}

/// With the pace that is set unless somebody changes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_persons_few_names_are_fetched_at_once() {
    let mut stage = stage("mtproto").await.moved_in();
    stage.program = stage.program.clone().set("TGBIO_MTPROTO_RESOLVE_DELAY", "30s");
    let names = ["one", "two", "three", "four", "five"].map(|text| format!("name_{text}"));
    for text in &names {
        stage.truth.set(Profile::user(text, "Somebody"));
    }
    let [one, two, three, four, five] = names.each_ref().map(String::as_str);
    let few = stage.run(&["fetch", one, two, three]);
    assert!(few.status.success(), "{}", told(&few));
    for _ in 0..2 {
        let fetched = stage.run(&["fetch", "nobody_here", "--json"]);
        assert_eq!(json_lines(&fetched.stdout)[0]["outcome"], "not_found", "{}", told(&fetched));
    }
    let more = stage.run(&["fetch", one, four, five, "--json"]);
    let lines = json_lines(&more.stdout);
    let mut outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    outcomes[1..].sort_unstable();
    assert_eq!((more.status.code(), outcomes), (Some(1), vec!["profile", "profile", "rate_limited"]));
    let refused = lines.iter().find(|line| line["outcome"] == "rate_limited").unwrap();
    assert!(refused["retry_after"].as_u64().unwrap() <= 32 && refused["reason"] == "flood_wait", "{refused}");
    let words = refused["message"].as_str().unwrap();
    assert!(words.contains("this program") && !words.contains("Telegram asked"), "{words}");
    assert_eq!(stage.dc.count("contacts.resolveUsername"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_none_is_refused_without_being_repeated() {
    let stage = stage("mtproto").await;
    for wrong in ["", "2abcdefgh", "1not base64!", "1AgAAAA"] {
        let done = stage.program.run_with_input(&["login", "--import-telethon"], wrong.as_bytes()).unwrap();
        assert_eq!(done.status.code(), Some(1), "{wrong}");
        let sentence = told(&done);
        assert!(sentence.contains("session") && sentence.trim().lines().count() == 1, "{sentence}");
        assert!(wrong.is_empty() || !sentence.contains(wrong), "{sentence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_followed_through_a_rename() {
    let stage = stage("auto").await.moved_in();
    let ann = stage.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    let followed = client.follow("ann_example").await;
    assert_eq!(followed["telegram_id"], ann);
    let path = format!("/profiles/{}", followed["id"].as_str().unwrap());
    stage.truth.rename(ann, "ann_renamed");
    stage.truth.update(ann, |ann| ann.bio = Some("two".into()));
    let seen = client
        .wait_for(&path, "the new name and bio", |profile| {
            profile["username"] == "ann_renamed" && profile["bio"] == "two"
        })
        .await;
    assert_eq!((&seen["id"], &seen["telegram_id"]), (&followed["id"], &followed["telegram_id"]));
    // Somebody else takes the free name: not the same history.
    stage.truth.set(Profile::user("ann_example", "Impostor").bio("not Ann"));
    stage.truth.update(ann, |ann| ann.bio = Some("three".into()));
    client.wait_for(&path, "the third bio", |profile| profile["bio"] == "three").await;
    let revisions = client.revisions(followed["id"].as_str().unwrap()).await;
    assert!(revisions.iter().all(|revision| revision["bio"] != "not Ann"), "{revisions:?}");
    let beside = stage.program.clone().set("TGBIO_BACKEND", "mtproto").run(&["fetch", "telegram"]).unwrap();
    assert!(told(&beside).contains("in use by") && told(&beside).contains("serve"), "{}", told(&beside));
    assert!(server.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glance_notices_what_a_look_would_see_an_hour_later() {
    let mut stage = stage("mtproto").await.moved_in();
    stage.program = stage
        .program
        .clone()
        .set("TGBIO_CHECK_INTERVAL", "1h")
        .set("TGBIO_CHECK_INTERVAL_MAX", "1h")
        .set("TGBIO_MTPROTO_GLANCE_INTERVAL", "50ms");
    let ann = stage.truth.set(Profile::user("ann_example", "Ann").photo(1));
    let bob = stage.truth.set(Profile::channel("bob_example", "Bob", 5).photo(1));
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    let followed = client.follow("ann_example").await;
    client.follow("bob_example").await;
    let path = format!("/profiles/{}", followed["id"].as_str().unwrap());
    stage.dc.wait_for(|log| log.count("users.getUsers") > 2 && log.count("channels.getChannels") > 2).await;
    let full = stage.dc.count("users.getFullUser");
    stage.truth.rename(ann, "ann_renamed");
    client.wait_for(&path, "the new name", |ann| ann["username"] == "ann_renamed").await;
    stage.truth.update(bob, |bob| bob.photo = Some(Photo::new(2)));
    client.wait_for("/changes", "the new photo", |log| log["items"].as_array().unwrap().len() == 2).await;
    assert_eq!(changed(&client).await, ["username", "photo"]);
    assert_eq!(stage.dc.count("users.getFullUser"), full + 1, "only who moved was looked at");
    assert!(server.stop().unwrap().success());
}

/// What stands in the change log, as field names.
async fn changed(client: &Client) -> Vec<String> {
    client.changes().await.iter().map(|change| change["field"].as_str().unwrap_or("?").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_stand_in_for_an_account_that_has_ended() {
    let stage = stage("auto").await.moved_in();
    let names = ["ann_example", "bob_example"];
    for name in names {
        stage.truth.set(Profile::user(name, "Somebody").bio("the same bio").photo(7));
    }
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    for name in names {
        client.follow(name).await;
    }
    stage.dc.fault("users.getFullUser", Refusal::revoked(), Times::UntilReleased);
    let status = client
        .wait_for("/status", "that the account is ended", |status| status["account"]["state"] == "ended")
        .await;
    assert_eq!((&status["account"]["stopped"], &status["backend"]), (&true.into(), &"mtproto+scrape".into()));
    assert!(status["account"]["advice"].as_str().unwrap().contains("tgbio login"));
    let seen = stage.tme.total();
    stage.tme.wait_for(|log| log.total() >= seen + 20).await;
    assert_eq!(changed(&client).await, Vec::<String>::new());
    assert!(client.get("/held").await["items"].as_array().unwrap().is_empty());
    stage.truth.update_named("bob_example", |bob| bob.bio = Some("another bio".into()));
    client.wait_for("/profiles/bob_example", "the new bio", |bob| bob["bio"] == "another bio").await;
    assert_eq!(changed(&client).await, ["bio"]);
    assert!(server.stop().unwrap().success());
    let doctor = stage.run(&["doctor"]);
    assert!(text(&doctor.stdout).contains("SESSION_REVOKED"), "{}", text(&doctor.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_pages_show_is_told_when_it_is_emptied() {
    let stage = stage("auto").await.moved_in();
    // The account finds the canary and not this one: a bot that has never met the user, say.
    stage.tme.set(Card::user("only_a_page", "Somebody").bio("one"));
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    client.follow("only_a_page").await;
    stage.dc.wait_for(|log| log.count("contacts.resolveUsername") >= 2).await;
    stage.tme.update("only_a_page", |card| card.bio = None);
    client.wait_for("/profiles/only_a_page", "the emptied bio", |seen| seen["bio"].is_null()).await;
    assert_eq!(changed(&client).await, ["bio"]);
    let revisions = client.revisions("only_a_page").await;
    assert_eq!((revisions.len(), &revisions[1]["fetcher"]), (2, &"scrape".into()));
    assert!(server.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_set_up_is_named() {
    let stage = stage("mtproto").await;
    let nobody = stage.run(&["fetch", "ann_example", "--json"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", told(&nobody));
    assert!(told(&nobody).contains("tgbio login"), "{}", told(&nobody));
    let unset = stage.program.set("TGBIO_API_ID", "").run(&["fetch", "ann_example"]).unwrap();
    assert_eq!(unset.status.code(), Some(2));
    assert!(told(&unset).contains("TGBIO_API_ID"), "{}", told(&unset));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_how_the_account_stands() {
    let stage = stage("mtproto").await.moved_in();
    stage.truth.set(Profile::user("ann_example", "Ann"));
    let doctor = || text(&stage.run(&["doctor"]).stdout);
    assert!(doctor().contains("a session that was not used yet"), "{}", doctor());
    let cases = [
        ("users.getFullUser", Refusal::flood_wait(3_000), "users.getFullUser must wait until"),
        (
            "channels.getFullChannel",
            Refusal::frozen(),
            "BAD  Telegram account: Telegram has frozen the account",
        ),
        (
            "contacts.resolveUsername",
            Refusal::banned(),
            "BAD  Telegram account: Telegram has closed the account",
        ),
    ];
    for (method, refusal, words) in cases {
        stage.dc.fault(method, refusal, Times::Once);
        let unheard_of = format!("not_{}", method.replace('.', "_").to_ascii_lowercase());
        for name in ["ann_example", "telegram", &unheard_of] {
            stage.run(&["fetch", name]);
        }
        assert!(doctor().contains(words), "{words}: {}", doctor());
    }
    assert!(doctor().contains("USER_DEACTIVATED_BAN"), "{}", doctor());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_account_is_told_wherever_somebody_looks() {
    let stage = stage("mtproto").await.moved_in();
    stage.truth.set(Profile::user("ann_example", "Ann"));
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    client.follow("ann_example").await;
    let ready = client.get_outside("/readyz").await;
    assert_eq!((&ready["ready"], ready["warnings"].to_string().contains("account")), (&true.into(), false));
    assert!(client.text("/metrics").await.contains("tgbio_telegram_account{state=\"ready\"} 1"));
    stage.dc.fault("users.getFullUser", Refusal::frozen(), Times::UntilReleased);
    let frozen = |status: &Value| status["account"]["state"] == "frozen";
    client.wait_for("/status", "that the account is frozen", frozen).await;
    let ready = client.get_outside("/readyz").await;
    let warnings = ready["warnings"].to_string();
    assert!(
        ready["ready"] == true && warnings.contains("frozen") && warnings.contains("@SpamBot"),
        "{ready}"
    );
    let metrics = client.text("/metrics").await;
    for line in ["tgbio_telegram_account{state=\"ready\"} 0", "tgbio_telegram_account{state=\"frozen\"} 1"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(server.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_is_content_with_a_running_server() {
    for backend in ["mtproto", "auto"] {
        let stage = stage(backend).await.moved_in();
        let server = stage.program.serve().unwrap();
        let client = server.client().unwrap();
        client.get("/status").await;
        let examined = stage.run(&["doctor"]);
        let (said, process) = (text(&examined.stdout), format!("`serve (process {})`", server.pid()));
        assert!(examined.status.success(), "{said}");
        for line in ["ok   Telegram account: ", "ok   Telegram's protocol: not asked"] {
            let found = said.lines().find(|told| told.starts_with(line));
            assert!(found.is_some_and(|told| told.contains(&process)), "{line}: {said}");
        }
        assert!(!said.contains("stop it first"), "{said}");
        let by_page = format!("ok   @telegram at {}", stage.tme.base_url());
        assert_eq!(said.contains(&by_page), backend == "auto", "{said}");
        assert!(server.stop().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_beside_a_serve_does_not_read_who_took_a_freed_name() {
    let mut stage = stage("auto").await.moved_in();
    stage.program =
        stage.program.clone().set("TGBIO_CHECK_INTERVAL", "1h").set("TGBIO_CHECK_INTERVAL_MAX", "1h");
    let ann = stage.truth.set(Profile::user("ann_example", "Ann").bio("her bio"));
    let server = stage.program.serve().unwrap();
    let client = server.client().unwrap();
    client.follow("ann_example").await;
    let beside = stage.run(&["check", "ann_example", "--json"]);
    assert_eq!(json_lines(&beside.stdout)[0]["outcome"], "profile", "the page stands in: {}", told(&beside));
    stage.truth.rename(ann, "ann_renamed");
    stage.truth.set(Profile::user("ann_example", "Thief").bio("another bio"));
    let beside = stage.run(&["check", "ann_example"]);
    assert_eq!(beside.status.code(), Some(1), "{}", text(&beside.stdout));
    assert!(told(&beside).contains("in use by"), "{}", told(&beside));
    assert_eq!(changed(&client).await, Vec::<String>::new());
    assert!(server.stop().unwrap().success());
}
