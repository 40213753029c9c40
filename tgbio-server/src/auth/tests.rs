//! Accounts over real tables, with a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tgbio_core::store::sqlite::SqliteStore;

use super::accounts::Accounts;
use super::db::Db;
use super::error::AuthError;
use super::login::{Credentials, Login, LoginError};
use super::scope::Scope;

const HOUR: i64 = 3_600_000;

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

fn over(db: Db, clock: &Arc<AtomicI64>) -> Accounts {
    let clock = Arc::clone(clock);
    Accounts::with_clock(db, Arc::new(move || clock.load(Ordering::Relaxed)))
}

async fn in_memory() -> (Accounts, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
    (over(Db::in_memory().await.unwrap(), &clock), clock)
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let (accounts, _) = in_memory().await;
    let generated = accounts.ensure_admin("admin", None).await.unwrap().unwrap();
    assert!(!format!("{generated:?}").contains(generated.0.expose_secret()));
    assert!(accounts.verify("admin", generated.0).await.unwrap());
    assert!(accounts.ensure_admin("other", Some(secret("x"))).await.unwrap().is_none());
    assert_eq!(accounts.admins().await.unwrap(), ["admin"]);
    assert!(!accounts.verify("other", secret("x")).await.unwrap());
}

#[tokio::test]
async fn a_new_password_ends_all_sessions() {
    let (accounts, _) = in_memory().await;
    assert!(accounts.ensure_admin("admin", Some(secret("old"))).await.unwrap().is_none());
    let session = accounts.begin_session("admin", true).await.unwrap();
    assert!(!format!("{session:?}").contains(session.secret.expose_secret()));
    assert_eq!(accounts.session(session.secret.expose_secret()).await.unwrap().as_deref(), Some("admin"));
    let wrong = accounts.change_password("admin", secret("wrong"), secret("long enough")).await;
    assert!(matches!(wrong, Err(AuthError::WrongPassword)));
    let short = accounts.change_password("admin", secret("old"), secret("short")).await;
    assert!(matches!(short, Err(AuthError::Password(_))));
    accounts.change_password("admin", secret("old"), secret("long enough")).await.unwrap();
    assert_eq!(accounts.session(session.secret.expose_secret()).await.unwrap(), None);
    assert!(accounts.verify("admin", secret("long enough")).await.unwrap());
    assert!(matches!(accounts.set_password("nobody", secret("x")).await, Err(AuthError::NoSuchUser(_))));
}

#[tokio::test]
async fn sessions_end_on_their_own() {
    let (accounts, clock) = in_memory().await;
    accounts.ensure_admin("admin", Some(secret("old"))).await.unwrap();
    let short = accounts.begin_session("admin", false).await.unwrap();
    let long = accounts.begin_session("admin", true).await.unwrap();
    let steps = [(11, true, true), (1, false, true), (707, false, true), (1, false, false)];
    for (hours, short_lives, long_lives) in steps {
        clock.fetch_add(hours * HOUR, Ordering::Relaxed);
        accounts.0.sessions.clear();
        for (session, lives) in [(&short, short_lives), (&long, long_lives)] {
            let found = accounts.session(session.secret.expose_secret()).await.unwrap();
            assert_eq!(found.is_some(), lives, "{hours}");
        }
    }
    assert_eq!(accounts.purge_sessions().await.unwrap(), 2);
}

#[tokio::test]
async fn admins_come_and_go_but_the_last_one_stays() {
    let (accounts, _) = in_memory().await;
    accounts.ensure_admin("admin", Some(secret("old"))).await.unwrap();
    assert!(!accounts.remove_admin("admin").await.unwrap(), "the last one");
    let first = accounts.add_admin("anna").await.unwrap().0;
    assert!(matches!(accounts.add_admin("anna").await, Err(AuthError::UserExists(_))));
    for bad in ["", "a b", "<b>", &"x".repeat(65)] {
        assert!(matches!(accounts.add_admin(bad).await, Err(AuthError::UserName)), "{bad}");
    }
    assert!(accounts.verify("anna", first.clone()).await.unwrap());
    let second = accounts.reset_password("anna").await.unwrap().0;
    assert!(!accounts.verify("anna", first).await.unwrap());
    assert!(accounts.verify("anna", second).await.unwrap());
    let session = accounts.begin_session("anna", false).await.unwrap();
    assert!(accounts.session(session.secret.expose_secret()).await.unwrap().is_some());
    assert!(accounts.remove_admin("anna").await.unwrap());
    assert!(accounts.session(session.secret.expose_secret()).await.unwrap().is_none());
    assert_eq!(accounts.admins().await.unwrap(), ["admin"]);
}

#[tokio::test]
async fn tokens_are_unique_listed_and_stored_as_hashes() {
    let (accounts, clock) = in_memory().await;
    let made = accounts.create_token("ci", Scope::Read).await.unwrap();
    let text = made.secret.expose_secret().to_owned();
    assert!(text.starts_with("tgbio_") && text.len() == 49);
    assert!(!format!("{made:?}").contains(&text));
    assert!(matches!(accounts.create_token("ci", Scope::Admin).await, Err(AuthError::TokenExists(_))));
    for bad in ["", "a b", "<b>", &"x".repeat(65)] {
        assert!(matches!(accounts.create_token(bad, Scope::Read).await, Err(AuthError::TokenName)));
    }
    assert_eq!(accounts.tokens().await.unwrap(), [made.info]);
    let sql = "SELECT secret_hash FROM server_tokens";
    let stored = accounts.0.db.read(move |c| c.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0))).await;
    assert_eq!(stored.unwrap(), super::secret::hash(&text));
    clock.fetch_add(HOUR, Ordering::Relaxed);
    assert_eq!(accounts.token(&text).await.unwrap().unwrap().scope, Scope::Read);
    let used = clock.load(Ordering::Relaxed);
    while accounts.tokens().await.unwrap()[0].last_used_at != Some(used) {
        tokio::task::yield_now().await;
    }
    assert!(!accounts.revoke_token("other").await.unwrap());
}

#[tokio::test]
async fn a_token_revoked_by_another_process_ends_within_five_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tgbio.db");
    let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
    let stores = [(); 2].map(|()| SqliteStore::open(&file).unwrap());
    let here = over(Db::of(&stores[0]).await.unwrap(), &clock);
    let there = over(Db::of(&stores[1]).await.unwrap(), &clock);
    let made = here.create_token("ci", Scope::Read).await.unwrap();
    let text = made.secret.expose_secret();
    assert!(there.token(text).await.unwrap().is_some());
    assert!(here.token(text).await.unwrap().is_some());
    here.revoke_token("ci").await.unwrap();
    assert!(here.token(text).await.unwrap().is_none(), "at once in the same process");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    assert!(there.token(text).await.unwrap().is_none());
}

#[tokio::test]
async fn log_in_refuses_and_throttles() {
    let (accounts, _) = in_memory().await;
    accounts.ensure_admin("admin", Some(secret("sesame"))).await.unwrap();
    let login = Login::new(accounts.clone());
    let client = Some("192.0.2.1".parse().unwrap());
    let try_with = |user: &str, password: &str| {
        let given = Credentials { user: user.to_owned(), password: secret(password), remember: false };
        login.log_in(given, client)
    };
    let session = try_with("admin", "sesame").await.unwrap();
    assert!(accounts.session(session.secret.expose_secret()).await.unwrap().is_some());
    for attempt in 0..5 {
        let user = if attempt % 2 == 0 { "admin" } else { "unknown" };
        assert!(matches!(try_with(user, "wrong").await, Err(LoginError::Wrong)));
    }
    let Err(error @ LoginError::TooOften(_)) = try_with("admin", "sesame").await else { panic!("let in") };
    let problem = crate::http::Problem::from(error);
    assert_eq!(problem.to_response().header("retry-after"), Some("1"));
}

#[test]
fn shipped_migrations_do_not_change() {
    use sha2::Digest;
    let shipped = [(
        include_str!("../../migrations/V1__accounts.sql"),
        "b81271c7cdf7785e51260789f75fbc2b51cf3705a5eb5cf36d1ec5d346206a79",
    )];
    for (text, hash) in shipped {
        assert_eq!(hex::encode(sha2::Sha256::digest(text)), hash);
    }
}
