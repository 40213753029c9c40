//! Commands beside the program that serves.

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

#[test]
fn a_time_limit_is_set_and_said() {
    let folder = tempfile::tempdir().unwrap();
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
    let nobody = Process::command(folder.path(), &["reset-password", "nobody"]).unwrap_err();
    assert!(nobody.contains("nobody"), "{nobody}");
    assert!(Process::command(folder.path(), &["verify"]).unwrap().contains("whole"));
}
