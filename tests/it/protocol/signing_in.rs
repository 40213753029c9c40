//! `tgbio login` as a process: questions answered over a pipe and at a terminal.

use serde_json::Value;
use tgbio_testkit::dc::{Account, AccountId, Fault, On, Options, Profile, Times};
use tgbio_testkit::program::json_lines;

use super::program::{Stage, stage_with, text, told};

const PHONE: &str = "+4915112345678";
const CODE: &str = "54321";
const PASSWORD: &str = "hunter two";

/// A data centre that knows this account, whose key nobody is signed in with.
async fn signed_out(account: Account) -> Stage {
    let options = Options::default().account(account.signed_out()).api(super::API_ID, super::API_HASH);
    let mut stage = stage_with("mtproto", options).await;
    stage.truth.set(Profile::user("ann_example", "Ann"));
    stage.program = stage.program.clone().set("TGBIO_MTPROTO_DC", stage.dc.setting());
    stage
}

fn person() -> Account {
    Account::user(PHONE).code(CODE).password(PASSWORD)
}

/// The session is there, and lives where the log-in was, without the setting.
fn works(stage: &Stage) {
    let program = stage.program.clone().set("TGBIO_MTPROTO_DC", "");
    let fetched = program.run(&["fetch", "ann_example", "--json"]).unwrap();
    assert_eq!(json_lines(&fetched.stdout)[0]["outcome"], "profile", "{}", told(&fetched));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_over_a_pipe_and_is_asked_again() {
    let stage = signed_out(person()).await;
    let lines = ["+1000", PHONE, "11111", CODE, "wrong", PASSWORD].join("\n");
    let done = stage.program.run_with_input(&["login"], lines.as_bytes()).unwrap();
    assert!(done.status.success(), "{}", told(&done));
    assert!(text(&done.stdout).starts_with("signed in as "), "{}", text(&done.stdout));
    let said = told(&done);
    let order =
        ["does not know this number", "a code was sent", "that is not the code", "that is not the password"];
    let places: Vec<_> = order.iter().map(|words| said.find(words)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{said}");
    assert!(![CODE, PASSWORD, PHONE].iter().any(|secret| said.contains(secret)), "{said}");
    assert!(stage.dc.logged_in(AccountId::FIRST));
    works(&stage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_that_is_broken_off_leaves_nobody_signed_in() {
    let stage = signed_out(person()).await;
    for answers in ["", PHONE, "+4915112345678\n11111\n", "+4915112345678\n54321\n"] {
        let done = stage.program.run_with_input(&["login"], answers.as_bytes()).unwrap();
        assert_eq!(done.status.code(), Some(1), "{answers:?}: {}", told(&done));
        assert!(told(&done).contains("there was no answer"), "{}", told(&done));
    }
    let fetched = stage.run(&["fetch", "ann_example", "--json"]);
    assert_eq!(fetched.status.code(), Some(1), "{}", told(&fetched));
    assert_eq!(json_lines(&fetched.stdout)[0]["reason"], "signed_out");
    let bot = stage.program.run_with_input(&["login"], b"1:wrong\n").unwrap();
    assert_eq!(bot.status.code(), Some(1));
    assert!(told(&bot).contains("@BotFather") && !told(&bot).contains("1:wrong"), "{}", told(&bot));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_loses_no_step() {
    for fault in [Fault::HangUp, Fault::HangUpAfter] {
        let stage = signed_out(person()).await;
        for method in ["auth.sendCode", "auth.signIn", "account.getPassword", "auth.checkPassword"] {
            stage.dc.fault(method, fault.clone(), Times::Once);
        }
        let lines = [PHONE, CODE, PASSWORD].join("\n");
        let done = stage.program.run_with_input(&["login"], lines.as_bytes()).unwrap();
        let said = told(&done);
        assert!(done.status.success(), "{fault:?}: {said}");
        assert!(said.matches("cannot be reached").count() >= 4, "{said}");
        assert!(said.contains("the step is made again now"), "{said}");
        works(&stage);
    }
    let stage = signed_out(Account::bot("1:right")).await;
    stage.dc.fault("auth.importBotAuthorization", Fault::HangUp, Times::Count(4));
    let done = stage.program.clone().set("TGBIO_BOT_TOKEN", "1:right").run(&["login"]).unwrap();
    assert!(done.status.success(), "{}", told(&done));
    works(&stage);
}

/// The same question comes again: nothing that was right is asked for twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_stays_broken_ends_no_log_in() {
    let stage = signed_out(person()).await;
    stage.dc.fault("auth.signIn", Fault::HangUp, Times::Count(5));
    let lines = [PHONE, CODE, CODE, PASSWORD].join("\n");
    let done = stage.program.run_with_input(&["login"], lines.as_bytes()).unwrap();
    let said = told(&done);
    assert!(done.status.success() && said.contains("check the network and try again"), "{said}");
    assert_eq!(stage.dc.count("auth.sendCode"), 1);
    works(&stage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_signs_in_with_the_configured_token() {
    let stage = signed_out(Account::bot("1:right")).await;
    let program = stage.program.clone().set("TGBIO_BOT_TOKEN", "1:right");
    let done = program.run(&["login"]).unwrap();
    assert!(done.status.success() && text(&done.stdout).contains("@watcher_test_bot"), "{}", told(&done));
    works(&stage);
    let again = program.run(&["login"]).unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).contains("tgbio logout"), "{}", told(&again));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serve_with_a_token_signs_its_bot_in() {
    let stage = signed_out(Account::bot("1:right")).await;
    let server = stage.program.clone().set("TGBIO_BOT_TOKEN", "1:right").serve().unwrap();
    let client = server.client().unwrap();
    assert_eq!(client.follow("ann_example").await["display_name"], "Ann");
    let account = &client.get("/status").await["account"];
    assert!(account["account"].as_str().unwrap().contains("@watcher_test_bot"), "{account}");
    assert!(server.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serve_that_starts_before_the_network_signs_its_bot_in_later() {
    let stage = signed_out(Account::bot("1:right")).await;
    let down = stage.dc.fault(On::connecting(), Fault::Refuse, Times::UntilReleased);
    let server = stage.program.clone().set("TGBIO_BOT_TOKEN", "1:right").serve().unwrap();
    let client = server.client().unwrap();
    assert_eq!(client.get("/status").await["account"]["state"], "signed_out");
    assert!(client.get_outside("/readyz").await["warnings"].to_string().contains("tgbio login"));
    stage.dc.release(down);
    let ready = |status: &Value| status["account"]["state"] == "ready";
    client.wait_for("/status", "that the bot is signed in", ready).await;
    assert_eq!(client.follow("ann_example").await["display_name"], "Ann");
    assert!(server.stop().unwrap().success());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_typed_at_a_terminal_is_shown() {
    let stage = signed_out(person()).await;
    let program = stage.program.clone();
    let typed = tokio::task::spawn_blocking(move || {
        let mut terminal = program.at_terminal(&["login"])?;
        terminal.answer_unseen("country code: ", PHONE)?;
        terminal.answer_unseen("Code: ", "11111")?;
        terminal.answer_unseen("Code: ", CODE)?;
        terminal.answer_unseen("(hint: the usual): ", "wrong")?;
        terminal.answer_unseen("(hint: the usual): ", PASSWORD)?;
        terminal.end()
    });
    let (ended, screen) = typed.await.unwrap().unwrap();
    assert!(ended.success() && screen.contains("signed in as "), "{screen}");
    assert!(
        screen.contains("that is not the code") && screen.contains("that is not the password"),
        "{screen}"
    );
    for typed in [PHONE, "11111", CODE, "wrong", PASSWORD] {
        assert!(!screen.contains(typed), "{typed} is shown: {screen}");
    }
    works(&stage);
}
