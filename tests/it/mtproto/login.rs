//! Signing in and out.

use std::time::Duration;

use tgbio_core::{DeniedReason, FetchErrorKind, ProfileFetcher};
use tgbio_fetch::mtproto::{AskAgain, LoginError, MtprotoBuilder, MtprotoError, MtprotoStep};
use tgbio_testkit::dc::{Account, Fault, Options, Profile, Refusal, Times};

use super::{API_HASH, API_ID, FIRST, Home, kind, named};

const PHONE: &str = "+31612345678";

async fn nobody(account: Account) -> Home {
    let home = Home::signed_out(Options::default().account(account.signed_out()).api(API_ID, API_HASH)).await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    home
}

fn at(home: &Home, builder: MtprotoBuilder) -> MtprotoBuilder {
    builder.data_center(home.dc.id(), home.dc.address().into(), Some(home.dc.key()))
}

async fn works(home: &Home) {
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
}

#[tokio::test]
async fn a_bot_signs_in_and_out() {
    let home = nobody(Account::bot("1:right")).await;
    let mut login = at(&home, home.builder()).login().await.unwrap();
    let wrong = login.bot("1:wrong").await.unwrap_err();
    assert!(matches!(wrong, LoginError::TokenInvalid), "{wrong}");
    let account = login.bot(" 1:right\n").await.unwrap();
    assert!(account.bot && account.to_string().starts_with("bot @watcher_test_bot ("), "{account}");
    drop(login);
    works(&home).await;
    assert_eq!(home.dc.count("users.getUsers"), 0, "who it is was in the answer");
    let again = home.builder().login().await.unwrap_err();
    assert!(again.to_string().contains("tgbio logout"), "{again}");
    assert!(home.builder().logout().await.unwrap());
    assert!(!home.dc.logged_in(FIRST));
    let fetcher = home.fetcher().await;
    let signed_out = FetchErrorKind::Denied(DeniedReason::SignedOut);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), signed_out);
}

#[tokio::test]
async fn a_bot_signs_in_where_its_account_lives() {
    let home =
        Home::signed_out(Options::default().account(Account::bot("1:right").home(4).signed_out())).await;
    let other = home.dc.sibling(4).await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let builder = at(&home, home.builder()).data_center(4, other.address().into(), Some(other.key()));
    builder.login().await.unwrap().bot("1:right").await.unwrap();
    works(&home).await;
    assert_eq!(other.count("users.getFullUser"), 1);
}

#[tokio::test]
async fn a_person_signs_in_where_the_account_lives() {
    let account = Account::user(PHONE).code("54321").home(4).signed_out();
    let home = Home::signed_out(Options::default().account(account)).await;
    let other = home.dc.sibling(4).await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let builder = at(&home, home.builder()).data_center(4, other.address().into(), Some(other.key()));
    let mut login = builder.login().await.unwrap();
    login.phone(PHONE).await.unwrap();
    assert_eq!((home.dc.count("auth.sendCode"), other.count("auth.sendCode")), (1, 1), "PHONE_MIGRATE_4");
    assert!(matches!(login.code("54321").await.unwrap(), MtprotoStep::SignedIn(_)));
    assert_eq!((home.dc.count("auth.signIn"), other.count("auth.signIn")), (0, 1));
    drop(login);
    works(&home).await;
    assert_eq!(other.count("users.getFullUser"), 1, "also after a restart");
}

#[tokio::test]
async fn a_person_signs_in_step_by_step() {
    let home = nobody(Account::user(PHONE).code("54321").password("hunter 2")).await;
    let mut login = at(&home, home.builder()).login().await.unwrap();
    assert!(matches!(login.code("1").await, Err(LoginError::OutOfOrder)));
    let unknown = login.phone("+10000000").await.unwrap_err();
    assert_eq!(unknown.ask_again(), AskAgain::Phone, "{unknown}");
    let sent = login.phone(PHONE).await.unwrap();
    assert_eq!((sent.way, sent.length), ("to the Telegram app", Some(5)));
    let wrong = login.code("11111").await.unwrap_err();
    assert_eq!(wrong.ask_again(), AskAgain::Code, "{wrong}");
    let MtprotoStep::Password { .. } = login.code("54321").await.unwrap() else { panic!("no password") };
    let wrong = login.password("wrong").await.unwrap_err();
    assert_eq!(wrong.ask_again(), AskAgain::Password, "{wrong}");
    let account = login.password("hunter 2").await.unwrap();
    assert!(!account.bot);
    drop(login);
    works(&home).await;
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let home = nobody(Account::user(PHONE)).await;
    let mut login = at(&home, home.builder()).login().await.unwrap();
    for (refusal, words) in [
        (Refusal::new(400, "PHONE_NUMBER_BANNED"), "another account"),
        (Refusal::new(400, "PHONE_NUMBER_FLOOD"), "do not try before"),
        (Refusal::new(400, "API_ID_PUBLISHED_FLOOD"), "my.telegram.org"),
        (Refusal::flood_wait(77), "77 s"),
    ] {
        home.dc.fault("auth.sendCode", refusal, Times::Once);
        let error = login.phone(PHONE).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    home.clock.advance(Duration::from_secs(77));
    login.phone(PHONE).await.unwrap();
    home.dc.fault("auth.signIn", Refusal::new(400, "PHONE_CODE_EXPIRED"), Times::Once);
    assert_eq!(login.code("12345").await.unwrap_err().ask_again(), AskAgain::Phone);
    home.dc.fault("auth.signIn", Fault::Silence, Times::Once);
    let silent = login.code("12345").await.unwrap_err();
    assert!(silent.to_string().contains("check the network"), "{silent}");
    assert!(matches!(login.code("12345").await.unwrap(), MtprotoStep::SignedIn(_)));
}

/// Whether Telegram has heard the step or not: it is made again, and ends as if nothing had been.
#[tokio::test]
async fn a_step_that_the_network_breaks_is_made_again() {
    for fault in [Fault::HangUp, Fault::HangUpAfter] {
        for password in [None, Some("hunter 2")] {
            let account = Account::user(PHONE).code("54321");
            let home =
                nobody(password.into_iter().fold(account, |account, word| account.password(word))).await;
            let mut login = at(&home, home.builder()).login().await.unwrap();
            for method in ["auth.sendCode", "auth.signIn", "account.getPassword", "auth.checkPassword"] {
                home.dc.fault(method, fault.clone(), Times::Once);
            }
            let broken = |error: LoginError| assert_eq!(error.ask_again(), AskAgain::SameStep, "{error}");
            broken(login.phone(PHONE).await.unwrap_err());
            login.phone(PHONE).await.unwrap();
            broken(login.code("54321").await.unwrap_err());
            if password.is_some() {
                broken(login.code("54321").await.unwrap_err());
            }
            let step = login.code("54321").await.unwrap();
            if let Some(password) = password {
                assert!(matches!(step, MtprotoStep::Password { .. }), "{step:?}");
                broken(login.password(password).await.unwrap_err());
                login.password(password).await.unwrap();
            }
            assert!(home.dc.logged_in(FIRST));
            drop(login);
            works(&home).await;
        }
    }
}

/// A wrong answer that was lost on the way is still wrong.
#[tokio::test]
async fn a_wrong_code_whose_refusal_was_lost_is_refused_again() {
    let home = nobody(Account::user(PHONE).code("54321")).await;
    let mut login = at(&home, home.builder()).login().await.unwrap();
    login.phone(PHONE).await.unwrap();
    home.dc.fault("auth.signIn", Fault::HangUpAfter, Times::Once);
    assert_eq!(login.code("11111").await.unwrap_err().ask_again(), AskAgain::SameStep);
    assert_eq!(login.code("11111").await.unwrap_err().ask_again(), AskAgain::Code);
    assert!(matches!(login.code("54321").await.unwrap(), MtprotoStep::SignedIn(_)));
}

#[tokio::test]
async fn a_running_program_notices_a_new_log_in() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let running = home.fetcher().await;
    running.fetch(&named("ann_example")).await.unwrap();
    let refused = home.builder().used_by("login").logout().await.unwrap_err();
    let MtprotoError::InUse { by } = &refused else { panic!("{refused}") };
    assert!(by.contains("a test (process"), "{by}");
    home.dc.end_session(FIRST, "SESSION_REVOKED");
    kind(running.fetch(&named("ann_example")).await);
    let account = home.dc.join(Account::bot("2:other"));
    let session = tgbio_fetch::mtproto::MtprotoSession::open(home.store.database()).await.unwrap();
    assert_eq!(session.ended_by().as_deref(), Some("SESSION_REVOKED"));
    session.import_telethon(&home.dc.telethon_session_of(account)).await.unwrap();
    running.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(home.dc.count("contacts.resolveUsername"), 2, "access hashes are another account's own");
}
