//! Every error is a problem document, whoever made it.

use poem::http::{Method, StatusCode};
use poem::{Request, handler};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{Object, OpenApi, OpenApiService};
use std::sync::Arc;
use tgbio_server::auth::Caller;
use tgbio_server::auth::Scope;
use tgbio_server::http::{ConnectionLimits, ErrorPage, Problem, Routes, kinds, shell};

use crate::support::{TestServer, accounts, shell_of};

struct Api;

#[derive(Object)]
struct Named {
    name: String,
}

#[OpenApi]
impl Api {
    #[oai(path = "/things/:id", method = "get")]
    async fn thing(
        &self,
        id: Path<u32>,
        #[oai(validator(maximum(value = "100")))] limit: Query<u32>,
    ) -> Json<u32> {
        Json(id.0 + limit.0)
    }

    #[oai(path = "/things", method = "post")]
    async fn add(&self, named: Json<Named>) -> PlainText<String> {
        PlainText(named.0.name)
    }
}

#[handler]
fn panics() -> String {
    panic!("secret bio")
}

#[handler]
fn bare_status() -> StatusCode {
    StatusCode::IM_A_TEAPOT
}

#[handler]
fn impossible() -> Result<String, Problem> {
    Err(Problem::new(kinds::INVALID_USERNAME, "`x` is too short"))
}

#[handler]
fn fails() -> poem::Result<String> {
    Err(poem::error::InternalServerError(std::io::Error::other("inner secret")))
}

#[handler]
fn admin(caller: &Caller) -> Result<String, Problem> {
    caller.require(Scope::Admin).map(|()| "welcome".to_owned())
}

#[handler]
async fn echo(body: String) -> String {
    body
}

fn routes() -> Routes {
    let api = OpenApiService::new(Api, "t", "1");
    let document = serde_json::from_str(&api.spec()).unwrap();
    Routes::new()
        .nest_api("/api/v1", api, &document)
        .get("/panics", panics)
        .get("/bare", bare_status)
        .get("/impossible", impossible)
        .get("/fails", fails)
        .get("/admin", admin)
        .post("/echo", echo)
        .method("/echo", Method::PUT, echo)
}

#[tokio::test]
async fn each_kind_of_error_has_its_document() {
    let server = TestServer::with_routes(routes()).await;
    let cases = [
        (server.get("/nowhere").await, 404, "not_found"),
        (server.get("/api/v1/nowhere").await, 404, "not_found"),
        (server.get("/api/v1/things/x?limit=1").await, 400, "bad_parameter"),
        (server.get("/api/v1/things/1?limit=1000").await, 400, "bad_parameter"),
        (server.get("/api/v1/things/1").await, 400, "bad_parameter"),
        (server.json("POST", "/api/v1/things", "{bad").await, 400, "bad_body"),
        (server.json("POST", "/api/v1/things", "{}").await, 400, "bad_body"),
        (
            server
                .ask("POST /api/v1/things HTTP/1.1\r\nContent-Type: text/csv\r\nContent-Length: 1", b"x")
                .await,
            415,
            "unsupported_media_type",
        ),
        (server.get("/impossible").await, 422, "invalid_username"),
        (server.get("/admin").await, 401, "unauthorized"),
        (server.get("/panics").await, 500, "internal"),
        (server.get("/fails").await, 500, "internal"),
        (server.get("/bare").await, 418, "bad_request"),
        (server.get("/%ff").await, 404, "not_found"),
        (server.get("/problems/no").await, 404, "not_found"),
    ];
    for (answer, status, code) in cases {
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{}", answer.text());
        assert!(!answer.text().contains("secret"));
        for word in ["param0", "parse", "verification", "occurred", "Expected"] {
            assert!(!answer.text().contains(word), "{}", answer.text());
        }
        assert!(answer.header("content-security-policy").is_some());
    }
    assert_eq!(server.get("/admin").await.header("www-authenticate"), Some("Bearer realm=\"tgbio\""));
}

#[tokio::test]
async fn a_refused_method_names_those_that_work() {
    let server = TestServer::with_routes(routes()).await;
    for (method, path, allow) in [
        ("DELETE", "/api/v1/things/1", "GET, HEAD"),
        ("PATCH", "/api/v1/things", "POST"),
        ("GET", "/echo", "POST, PUT"),
        ("POST", "/panics", "GET, HEAD"),
        ("BREW", "/problems/not_found", "GET, HEAD"),
    ] {
        let answer = server.ask(&format!("{method} {path} HTTP/1.1"), b"").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        assert_eq!(answer.problem(), "method_not_allowed");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = TestServer::with_routes(routes()).await;
    let answer = server.ask("HEAD /problems HTTP/1.1", b"").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let answer = server.ask("HEAD /nowhere HTTP/1.1", b"").await;
    assert_eq!((answer.status, answer.body.len()), (404, 0));
}

#[tokio::test]
async fn bodies_are_bounded_however_they_are_sent() {
    let server = TestServer::with_routes(routes()).await;
    let large = vec![b'x'; 65_537];
    let answer = server.ask("POST /echo HTTP/1.1\r\nContent-Length: 65537", &large).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "payload_too_large"));
    let mut chunked = b"10001\r\n".to_vec();
    chunked.extend_from_slice(&large);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let answer = server.ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked", &chunked).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "payload_too_large"));
    // Sent first, answered all the same, without anything being read.
    let head = "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 999999999999";
    assert_eq!(server.ask(head, b"").await.status, 413);
    let answer = server.ask("POST /echo HTTP/1.1\r\nContent-Length: 65536", &large[1..]).await;
    assert_eq!((answer.status, answer.body.len()), (200, 65_536));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let mut options = shell_of(accounts().await, false);
    options.body.time = std::time::Duration::from_millis(50);
    let server = TestServer::start(ConnectionLimits::default(), shell(routes(), options)).await;
    let answer = server.ask("POST /echo HTTP/1.1\r\nContent-Length: 10", b"half").await;
    assert_eq!((answer.status, answer.problem().as_str()), (408, "request_timeout"));
}

#[tokio::test]
async fn people_get_pages_and_programs_documents() {
    let mut options = shell_of(accounts().await, false);
    let page: ErrorPage = Arc::new(|problem, failed| {
        let language = failed.headers.get("accept-language").unwrap().to_str().unwrap();
        let text = format!("<p>{} {} {language}", problem.kind().title, failed.uri.path());
        poem::Response::builder().content_type("text/html; charset=utf-8").body(text)
    });
    options.error_page = Some(page);
    let server = TestServer::start(ConnectionLimits::default(), shell(routes(), options)).await;
    let browser = "Accept: text/html,application/xhtml+xml;q=0.9\r\nAccept-Language: ru";
    let answer = server.ask(&format!("GET /nowhere HTTP/1.1\r\n{browser}"), b"").await;
    assert_eq!((answer.status, answer.text().as_str()), (404, "<p>Nothing here /nowhere ru"));
    let answer = server.ask(&format!("GET /panics HTTP/1.1\r\n{browser}"), b"").await;
    assert_eq!((answer.status, answer.text().as_str()), (500, "<p>The server failed /panics ru"));
    let answer = server.ask(&format!("GET /api/v1/nowhere HTTP/1.1\r\n{browser}"), b"").await;
    assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"));
}

#[tokio::test]
async fn other_sites_cannot_send_forms() {
    let server = TestServer::with_routes(routes()).await;
    let answer =
        server.ask("POST /echo HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 1", b"x").await;
    assert_eq!((answer.status, answer.problem().as_str()), (403, "cross_site"));
    let answer = server.ask("POST /echo HTTP/1.1\r\nOrigin: http://test\r\nContent-Length: 1", b"x").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn long_texts_are_compressed_for_those_who_take_it() {
    let server = TestServer::with_routes(routes()).await;
    let plain = server.get("/problems").await;
    assert_eq!((plain.header("vary"), plain.header("content-encoding")), (Some("Accept-Encoding"), None));
    for coding in ["gzip", "br"] {
        let answer = server.ask(&format!("GET /problems HTTP/1.1\r\nAccept-Encoding: {coding}"), b"").await;
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() < plain.body.len() / 2);
    }
    let short = server.ask("GET /problems/gone HTTP/1.1\r\nAccept-Encoding: gzip", b"").await;
    assert_eq!(short.header("content-encoding"), None);
    assert!(short.text().contains("removed for good"));
}

#[tokio::test]
async fn pages_explain_every_problem_and_carry_the_security_headers() {
    let server = TestServer::with_routes(routes()).await;
    for kind in kinds::ALL {
        let answer = server.get(&format!("/problems/{}", kind.name)).await;
        assert!(answer.status == 200 && answer.text().contains(kind.help));
    }
    let answer = server.get("/problems").await;
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; ") && !policy.contains("unsafe"));
    assert!(!policy.contains("blob:"), "only Swagger UI needs that");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("x-robots-tag"), None);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_address() {
    let recorder = tgbio_server::http::metrics::recorder().unwrap();
    let handle = recorder.handle();
    let app = shell(routes(), shell_of(accounts().await, false));
    let ask = |path: &str| Request::builder().uri_str(path).finish();
    let counting = metrics::set_default_local_recorder(&recorder);
    use poem::Endpoint;
    for path in
        ["/api/v1/things/7?limit=1", "/api/v1/things/8?limit=1", "/api/v1/things/x?limit=1", "/someone"]
    {
        app.call(ask(path)).await.unwrap();
    }
    drop(counting);
    let text = handle.render();
    let line = |part: &str| text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{text}"));
    assert!(line("route=\"/api/v1/things/:param0\",status=\"200\"").ends_with(" 2"), "{text}");
    assert!(line("route=\"/api/v1/things/:param0\",status=\"400\"").ends_with(" 1"), "{text}");
    assert!(line("route=\"none\",status=\"404\"").ends_with(" 1"), "{text}");
    assert!(line("http_request_duration_seconds_bucket").contains("le="));
    assert!(!text.contains("someone"));
}
