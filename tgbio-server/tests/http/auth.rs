//! Tokens, sessions and log-in through requests.

use std::num::NonZeroU32;

use poem::handler;
use poem::http::{Method, StatusCode};
use poem::{Endpoint, EndpointExt, Request, Response};
use secrecy::ExposeSecret;
use tgbio_server::auth::cookie::SessionCookie;
use tgbio_server::auth::{Accounts, Caller, Scope};
use tgbio_server::http::client_addr::TrustedProxies;
use tgbio_server::http::limits::RateLimit;
use tgbio_server::http::{ConnectionLimits, Problem, Routes, shell};

use crate::support::{TestServer, accounts, shell_of};

fn needs(scope: Scope) -> impl Endpoint<Output = Response> + 'static {
    poem::endpoint::make_sync(move |request: Request| -> poem::Result<String> {
        let caller = request.data::<Caller>().unwrap();
        caller.require(scope)?;
        Ok(caller.actor().to_string())
    })
    .map_to_response()
}

#[handler]
fn metrics_page(request: &Request, caller: &Caller) -> Result<String, Problem> {
    tgbio_server::http::metrics::may_read(request, caller, &TrustedProxies::default())
        .map(|()| "text".to_owned())
}

fn routes() -> Routes {
    Routes::new()
        .get("/read", needs(Scope::Read))
        .post("/write", needs(Scope::Write))
        .get("/admin", needs(Scope::Admin))
        .get("/metrics", metrics_page)
}

async fn start(accounts: &Accounts, public: bool) -> TestServer {
    TestServer::start(ConnectionLimits::default(), shell(routes(), shell_of(accounts.clone(), public))).await
}

async fn with(server: &TestServer, request: &str, header: &str) -> (u16, String) {
    let answer = server.ask(&format!("{request} HTTP/1.1\r\n{header}"), b"").await;
    let text = if answer.status == 200 { answer.text() } else { answer.problem() };
    (answer.status, text)
}

#[tokio::test]
async fn tokens_reach_as_far_as_their_scope() {
    let accounts = accounts().await;
    let server = start(&accounts, false).await;
    let token = accounts.create_token("ci", Scope::Write).await.unwrap();
    let header = format!("Authorization: Bearer {}", token.secret.expose_secret());
    assert_eq!(with(&server, "GET /read", &header).await, (200, "token:ci".to_owned()));
    assert_eq!(with(&server, "POST /write", &header).await, (200, "token:ci".to_owned()));
    assert_eq!(with(&server, "GET /admin", &header).await, (403, "forbidden".to_owned()));
    assert_eq!(
        with(&server, "GET /read", "Authorization: Bearer tgbio_x").await,
        (401, "invalid_token".to_owned())
    );
    assert_eq!(
        with(&server, "GET /read", "Authorization: Basic eDp5").await,
        (401, "unauthorized".to_owned())
    );
    assert!(accounts.revoke_token("ci").await.unwrap());
    assert_eq!(with(&server, "GET /read", &header).await, (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn public_servers_let_strangers_read_and_nothing_else() {
    let server = start(&accounts().await, true).await;
    assert_eq!(with(&server, "GET /read", "X: y").await, (200, "anonymous".to_owned()));
    assert_eq!(with(&server, "POST /write", "X: y").await, (401, "unauthorized".to_owned()));
    let wrong = format!("Authorization: Bearer tgbio_{}", "x".repeat(43));
    assert_eq!(with(&server, "GET /read", &wrong).await, (401, "invalid_token".to_owned()));
    assert_eq!(server.get("/read").await.header("x-robots-tag"), Some("noindex, nofollow"));
    let forwarded = "X-Forwarded-For: 203.0.113.9";
    assert_eq!(with(&server, "GET /metrics", forwarded).await, (401, "unauthorized".to_owned()));
    assert_eq!(with(&server, "GET /metrics", "X: y").await.0, 200);
}

#[tokio::test]
async fn a_session_works_until_log_out() {
    let accounts = accounts().await;
    accounts.ensure_admin("admin", Some("sesame".to_owned().into())).await.unwrap();
    let server = start(&accounts, false).await;
    let session = accounts.begin_session("admin", false).await.unwrap();
    let cookie = SessionCookie::new(false).begin(&session).unwrap();
    let cookie = format!("Cookie: {}", cookie.to_str().unwrap().split(';').next().unwrap());
    assert_eq!(with(&server, "GET /admin", &cookie).await, (200, "user:admin".to_owned()));
    let foreign = format!("{cookie}\r\nSec-Fetch-Site: cross-site");
    assert_eq!(with(&server, "POST /write", &foreign).await, (403, "cross_site".to_owned()));
    accounts.end_session(session.secret.expose_secret()).await.unwrap();
    assert_eq!(with(&server, "GET /admin", &cookie).await, (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn one_address_may_ask_only_so_often() {
    let limit = RateLimit::per_minute(NonZeroU32::new(3).unwrap(), TrustedProxies::default());
    let routes = Routes::new().method("/login", Method::POST, needs(Scope::Read).with(limit));
    let app = shell(routes, shell_of(accounts().await, true));
    let server = TestServer::start(ConnectionLimits::default(), app).await;
    for _ in 0..3 {
        assert_eq!(server.ask("POST /login HTTP/1.1", b"").await.status, 200);
    }
    let answer = server.ask("POST /login HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9", b"").await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "too_many_requests"));
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait));
    assert_eq!(StatusCode::TOO_MANY_REQUESTS, answer.status);
}
