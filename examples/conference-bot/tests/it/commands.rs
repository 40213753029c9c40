//! Commands beside the program that serves.

use std::time::Duration;

use conference_bot::{Config, World};
use tgbio_testkit::botapi::BotApi;
use tgbio_testkit::smtp::Smtp;

use crate::process::Process;

/// Whether the desk lets somebody in.
async fn lets_in(desk: &str, user: &str, password: &str) -> bool {
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("user", user), ("password", password)];
    let asked = http.post(format!("{desk}/login")).header("sec-fetch-site", "same-origin").form(&form);
    let answer = asked.send().await.unwrap();
    answer.status().is_redirection() && answer.headers().contains_key("set-cookie")
}

/// A folder with the database of a conference.
async fn conference() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { database: folder.path().join("c.db"), ..Config::default() };
    World::open(config).await.unwrap();
    folder
}

#[tokio::test]
async fn a_time_limit_is_set_and_said() {
    let folder = conference().await;
    let set = |arguments: &[&str]| Process::command(folder.path(), arguments);
    let said = set(&["deadline", "submission", "2026-12-01T23:59:00+07:00"]).unwrap();
    assert!(said.contains("submission is now: 01.12.2026 23:59 (UTC+07:00)"), "{said}");
    let said = set(&["deadline", "submission", "none"]).unwrap();
    assert!(said.contains("submission is now: none"), "{said}");
    let refused = set(&["deadline", "submission", "tomorrow"]).unwrap_err();
    assert!(!refused.is_empty());
    assert!(set(&["deadline", "dinner", "none"]).unwrap_err().contains("dinner"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_password_is_reset_while_the_program_serves() {
    let folder = tempfile::tempdir().unwrap();
    let (api, smtp) = (BotApi::start().await, Smtp::start().await);
    let process = Process::start(folder.path(), &api, &smtp);
    let said = Process::command(folder.path(), &["reset-password"]).unwrap();
    let password =
        |said: &str| said.split("the password ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let first = password(&said);
    assert!(said.contains("log in as admin") && first.len() >= 16, "{said}");
    assert!(lets_in(&process.desk, "admin", &first).await);
    let second = password(&Process::command(folder.path(), &["reset-password", "admin"]).unwrap());
    assert!(!lets_in(&process.desk, "admin", &first).await, "the old one holds no more");
    assert!(lets_in(&process.desk, "admin", &second).await);
    let copy = folder.path().join("copy.db");
    let backup = || Process::command(folder.path(), &["backup", copy.to_str().unwrap()]);
    assert!(backup().unwrap().contains("copied"));
    assert!(backup().unwrap_err().contains("such a file already"), "nothing is overwritten");
    let whole = Process::command(folder.path(), &["verify", "--database", copy.to_str().unwrap()]);
    assert!(whole.unwrap().contains("whole"));
    let nobody = Process::command(folder.path(), &["reset-password", "nobody"]).unwrap_err();
    assert!(nobody.contains("nobody"), "{nobody}");
    assert!(Process::command(folder.path(), &["verify"]).unwrap().contains("whole"));
}

#[tokio::test]
async fn a_command_takes_only_what_it_can_do() {
    let folder = conference().await;
    let told = |arguments: &[&str]| Process::command(folder.path(), arguments);
    for wrong in [
        &["invite-staff", "king"][..],
        &["invite-staff", "reviewer", "--uses", "many"],
        &["invite-staff", "reviewer", "--uses", "0"],
        &["invite-staff", "reviewer", "--days", "9999"],
        &["late-pass", "review"],
        &["deadline", "review", "none", "--grace=-1"],
        &["verify", "--bot-token-file", "nowhere"],
    ] {
        assert!(told(wrong).is_err(), "{wrong:?}");
    }
    assert!(told(&["invite-staff", "reviewer", "--uses", "5"]).unwrap().starts_with("/start p_"));
    std::fs::write(folder.path().join("token"), "100:main\n").unwrap();
    assert!(told(&["verify", "--bot-token-file", "token"]).unwrap().contains("whole"));
    let help = told(&["--help"]).unwrap();
    assert!(help.contains("CONFERENCE_SOME_KEY") && help.contains("--bot-token-file"), "{help}");
}

#[test]
fn no_command_looks_into_a_database_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["verify"][..], &["letters"], &["invite-staff", "chair"], &["reset-password"]] {
        let refused = Process::command(folder.path(), command).unwrap_err();
        assert!(refused.contains("there is no database"), "{refused}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_do_not_stay_without_the_bots() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, "no certificate").unwrap();
    let api = BotApi::start().await;
    let settings = [
        ("CONFERENCE_SMTP_URL", "smtps://mail.example.org".to_owned()),
        ("CONFERENCE_SMTP_CA", authority.display().to_string()),
    ];
    let process = Process::unread(folder.path(), &api, &Smtp::start().await, &settings);
    let ended = tokio::task::spawn_blocking(move || process.ended());
    let status = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it goes on").unwrap();
    assert_eq!(status.code(), Some(1));
}
