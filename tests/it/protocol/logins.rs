//! Logging in and out, across data centres.

use super::*;
use grammers_client::SignInError;
use grammers_client::session::Session as _;
use tgbio_testkit::dc::{Account, Options, Profile, Refusal, Times, Truth};

const TOKEN: &str = "1:test-token";

fn truth() -> Truth {
    let truth = Truth::new();
    truth.set(Profile::user("ann_example", "Ann").bio("one"));
    truth
}

#[tokio::test]
async fn a_bot_logs_in_at_its_home_and_out() {
    let bot = Account::bot(TOKEN).home(4).signed_out();
    let dc = Dc::start(&truth(), Options::default().account(bot).api(API_ID, API_HASH)).await;
    let home = dc.sibling(4).await;
    let rig = rig_on(session(&[&dc, &home], AccountId::FIRST));
    assert!(!rig.client.is_authorized().await.unwrap());
    assert_eq!(refusal(rig.resolve("ann_example").await), (401, "AUTH_KEY_UNREGISTERED".into(), None));
    assert_eq!(refusal(rig.client.bot_sign_in("2:wrong", API_HASH).await).1, "ACCESS_TOKEN_INVALID");
    assert_eq!(refusal(rig.client.bot_sign_in(TOKEN, "wrong").await).1, "API_ID_INVALID");
    let user = rig.client.bot_sign_in(TOKEN, API_HASH).await.unwrap();
    assert!(user.is_bot() && rig.session.home_dc_id().unwrap() == 4);
    assert_eq!(rig.bio("ann_example").await.as_deref(), Some("one"));
    assert!(home.logged_in(AccountId::FIRST) && !dc.logged_in(AccountId::FIRST));
    assert_eq!((dc.count("contacts.resolveUsername"), home.count("contacts.resolveUsername")), (1, 1));
    rig.client.sign_out().await.unwrap();
    assert!(!home.logged_in(AccountId::FIRST));
    assert!(!rig.client.is_authorized().await.unwrap());
}

#[tokio::test]
async fn a_log_in_survives_in_its_session() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let first = rig(&dc);
    assert_eq!(first.bio("ann_example").await.as_deref(), Some("one"));
    first.client.disconnect();
    let second = rig_on(first.session.clone());
    assert_eq!(second.bio("ann_example").await.as_deref(), Some("one"));
    assert_eq!((dc.connections(), dc.count("auth.importBotAuthorization")), (2, 0));
}

#[tokio::test]
async fn a_person_logs_in_with_code_and_password() {
    let person = Account::user("+491234").code("54321").password("correct horse").home(1).signed_out();
    let dc = Dc::start(&truth(), Options::default().account(person)).await;
    let home = dc.sibling(1).await;
    let rig = rig_on(session(&[&dc, &home], AccountId::FIRST));
    assert_eq!(
        refusal(rig.client.request_login_code("+49999", API_HASH).await.map(drop)).1,
        "PHONE_NUMBER_INVALID"
    );
    let token = rig.client.request_login_code("+491234", API_HASH).await.unwrap();
    assert!(matches!(rig.client.sign_in(&token, "11111").await, Err(SignInError::InvalidCode)));
    let Err(SignInError::PasswordRequired(password)) = rig.client.sign_in(&token, "54321").await else {
        panic!("no password was asked for")
    };
    assert_eq!(password.hint(), Some("the usual"));
    assert_eq!(refusal(rig.resolve("ann_example").await).1, "SESSION_PASSWORD_NEEDED");
    let Err(SignInError::InvalidPassword(password)) = rig.client.check_password(password, "wrong").await
    else {
        panic!("a wrong password was taken")
    };
    let user = rig.client.check_password(password, "correct horse").await.unwrap();
    assert!(!user.is_bot() && home.logged_in(AccountId::FIRST));
    assert_eq!(rig.bio("ann_example").await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_person_without_password_meets_limits() {
    let dc = Dc::start(&truth(), Options::default().account(Account::user("+491234").signed_out())).await;
    let rig = rig(&dc);
    dc.fault("auth.sendCode", Refusal::flood_wait(86_400), Times::Once);
    let limited = rig.client.request_login_code("+491234", API_HASH).await.map(drop);
    assert_eq!(refusal(limited), (420, "FLOOD_WAIT".into(), Some(86_400)));
    let token = rig.client.request_login_code("+491234", API_HASH).await.unwrap();
    rig.client.sign_in(&token, "12345").await.unwrap();
    let again = rig.client.sign_in(&token, "12345").await;
    assert!(matches!(again, Err(SignInError::InvalidCode)), "a code is good for once");
    assert!(rig.client.is_authorized().await.unwrap());
}

#[tokio::test]
async fn a_telethon_session_leads_here() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let session = dc.telethon_session();
    // Version, then 263 bytes in base64url.
    assert_eq!((session.len(), &session[..1]), (1 + 352, "1"));
    assert!(session.chars().all(|c| c.is_ascii_alphanumeric() || "-_=".contains(c)));
    let other = dc.join(Account::user("+49"));
    assert_ne!(dc.telethon_session_of(other), session);
}
