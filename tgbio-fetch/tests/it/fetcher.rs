//! Every outcome of a look, over a real connection.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tgbio_core::{FetchError, ManualClock, Observed, ProfileFetcher, Target, Timestamp, Username};
use tgbio_fetch::ScrapeFetcher;
use tgbio_fetch::scrape::{PARSER, PhotoHosts, ScrapeFetcherBuilder};

use crate::server::{Reply, Server};

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

fn page() -> Vec<u8> {
    include_bytes!("../fixtures/user-plain.html").to_vec()
}

fn ann() -> Target {
    Target::new(Username::parse("fix_ann").unwrap())
}

fn builder(server: &Server) -> ScrapeFetcherBuilder {
    ScrapeFetcher::builder()
        .base_url(server.url())
        .photo_hosts(PhotoHosts::none())
        .clock(Arc::new(ManualClock::new(now())))
        .timeout(Duration::from_secs(10))
}

async fn look(server: &Server) -> Result<tgbio_core::Observation, FetchError> {
    builder(server).build().unwrap().fetch(&ann()).await
}

/// Outcome and reason of a look at a server that always replies so.
async fn outcome(reply: Reply) -> (&'static str, Option<&'static str>) {
    let server = Server::start(move |_| reply.clone()).await;
    let error = look(&server).await.unwrap_err();
    assert_eq!((error.fetcher(), error.username()), ("scrape", &ann().username));
    (error.outcome(), error.reason())
}

#[tokio::test]
async fn a_profile_comes_with_its_evidence() {
    let server = Server::start(|_| Reply::page(page()).with("ETag", "\"e\"").with("Set-Cookie", "a=b")).await;
    let seen = look(&server).await.unwrap();
    assert_eq!(seen.profile.bio, Observed::Present("Likes tea.\nAnd rain.".into()));
    assert_eq!((seen.at, &*seen.fetcher, &*seen.parser), (now(), "scrape", PARSER));
    let evidence = seen.evidence.unwrap();
    assert_eq!(evidence.body, page());
    assert_eq!((evidence.status, evidence.media_type.as_str()), (200, "text/html; charset=utf-8"));
    assert_eq!(evidence.url, format!("{}/fix_ann", server.url()));
    let names: Vec<_> = evidence.headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["content-type", "etag"]);
    let head = server.requests.lock().unwrap()[0].head.to_ascii_lowercase();
    assert!(head.starts_with("get /fix_ann http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("user-agent: tgbio/{} (+https://", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(!head.contains("cookie") && !head.contains("referer"), "{head}");
}

#[tokio::test]
async fn looks_share_one_connection() {
    let server = Server::start(|_| Reply::page(page())).await;
    let fetcher = builder(&server).build().unwrap();
    for _ in 0..5 {
        fetcher.fetch(&ann()).await.unwrap();
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_429_says_how_long_to_wait() {
    let waits = |value: &'static str| async move {
        let server = Server::start(move |_| Reply::status(429).with("Retry-After", value)).await;
        let error = look(&server).await.unwrap_err();
        assert_eq!((error.outcome(), error.reason()), ("rate_limited", Some("http_429")));
        error.retry_after().map(|wait| wait.as_secs())
    };
    assert_eq!(waits("60").await, Some(60));
    assert_eq!(waits("Thu, 01 Jan 1970 00:02:00 GMT").await, Some(120));
    assert_eq!(waits("soon").await, None);
    assert_eq!(outcome(Reply::status(429)).await, ("rate_limited", Some("http_429")));
}

#[tokio::test]
async fn a_status_is_told_apart() {
    assert_eq!(outcome(Reply::status(403)).await, ("denied", Some("http_403")));
    assert_eq!(outcome(Reply::status(401)).await, ("denied", Some("http_403")));
    assert_eq!(outcome(Reply::status(500)).await, ("unreachable", Some("http_5xx")));
    assert_eq!(outcome(Reply::status(503)).await, ("unreachable", Some("http_5xx")));
    assert_eq!(outcome(Reply::status(404)).await, ("unrecognised", Some("not_telegram")));
    assert_eq!(outcome(Reply::status(204)).await, ("unrecognised", Some("empty")));
}

#[tokio::test]
async fn a_body_that_is_no_profile_is_told_apart() {
    assert_eq!(outcome(Reply::page("")).await, ("unrecognised", Some("empty")));
    assert_eq!(outcome(Reply::page(&page()[..900])).await, ("unrecognised", Some("truncated")));
    assert_eq!(outcome(Reply::page(*b"<html>\xff</html>")).await, ("unrecognised", Some("encoding")));
    let other = include_bytes!("../fixtures/user-bare.html");
    assert_eq!(outcome(Reply::page(*other)).await, ("unrecognised", Some("other_profile")));
    let challenge = include_bytes!("../fixtures/challenge.html");
    assert_eq!(outcome(Reply::page(*challenge)).await, ("unrecognised", Some("challenge")));
    let missing = include_str!("../fixtures/missing.html").replace("fix_none", "fix_ann");
    assert_eq!(outcome(Reply::page(missing)).await, ("not_found", None));
}

#[tokio::test]
async fn a_broken_way_is_told_apart() {
    let cut = Reply::Cut { announced: 20_000, body: page() };
    assert_eq!(outcome(cut).await, ("unrecognised", Some("truncated")));
    assert_eq!(outcome(Reply::Reset).await, ("unreachable", Some("reset")));
    assert_eq!(
        outcome(Reply::Unannounced(page()[..900].to_vec())).await,
        ("unrecognised", Some("truncated"))
    );
    let server = Server::start(|_| Reply::page(page())).await;
    let tls = builder(&server).base_url(server.url().replace("http", "https")).build().unwrap();
    assert_eq!(tls.fetch(&ann()).await.unwrap_err().reason(), Some("tls"));
}

#[tokio::test]
async fn nobody_there_is_no_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ScrapeFetcher::builder().base_url(free).build().unwrap().fetch(&ann()).await.unwrap_err();
    assert_eq!((error.outcome(), error.reason()), ("unreachable", Some("connect")));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_slow_answer_ends_in_time() {
    for stuck in
        [&b""[..], b"HTTP/1.1 200 X\r\nContent-", b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n<htm"]
    {
        let server = Server::start(move |_| Reply::Stuck(stuck)).await;
        let fetcher = builder(&server).timeout(Duration::from_millis(100)).build().unwrap();
        let error = fetcher.fetch(&ann()).await.unwrap_err();
        assert_eq!((error.outcome(), error.reason()), ("unreachable", Some("timeout")));
    }
}

#[tokio::test]
async fn redirects_stay_on_the_site() {
    assert_eq!(outcome(Reply::redirect("https://telegram.org/")).await, ("invalid_name", None));
    let off = ("unreachable", Some("redirect"));
    assert_eq!(outcome(Reply::redirect("https://elsewhere.example/fix_ann")).await, off);
    assert_eq!(outcome(Reply::redirect("http://127.0.0.1:1/fix_ann")).await, off);
    assert_eq!(outcome(Reply::redirect("/round/and/round")).await, off);
    assert_eq!(outcome(Reply::status(302)).await, off);
    let server = Server::start(|request| match request.path.as_str() {
        "/fix_ann" => Reply::redirect("/s/fix_ann"),
        "/s/fix_ann" => Reply::redirect("/there"),
        _ => Reply::page(page()),
    });
    let server = server.await;
    assert!(look(&server).await.is_ok());
    assert_eq!(server.asked(), ["/fix_ann", "/s/fix_ann", "/there"]);
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bodies_are_bounded_after_decompression() {
    let too_large = ("unrecognised", Some("too_large"));
    assert_eq!(outcome(Reply::Cut { announced: 50_000_000, body: page() }).await, too_large);
    assert_eq!(outcome(Reply::Unannounced(vec![b' '; 3_000_000])).await, too_large);
    let bomb = Reply::page(gzip(&vec![b' '; 50_000_000])).with("Content-Encoding", "gzip");
    assert_eq!(outcome(bomb).await, too_large);
}

#[tokio::test]
async fn compressed_pages_are_read() {
    let server = Server::start(|_| Reply::page(gzip(&page())).with("Content-Encoding", "gzip")).await;
    assert_eq!(look(&server).await.unwrap().evidence.unwrap().body, page());
    let half = gzip(&page())[..200].to_vec();
    let cut = outcome(Reply::page(half).with("Content-Encoding", "gzip")).await;
    assert_eq!(cut, ("unrecognised", Some("truncated")));
    let wrong = outcome(Reply::page(page()).with("Content-Encoding", "gzip")).await;
    assert_eq!(wrong, ("unrecognised", Some("encoding")));
}

#[tokio::test]
async fn large_unusual_pages_are_read_beside_the_runtime() {
    let padding = format!("<p>{}</p></body>", "word ".repeat(20_000));
    let large = String::from_utf8(page()).unwrap().replace("</body>", &padding);
    let server = Server::start(move |_| Reply::page(large.clone())).await;
    assert!(look(&server).await.is_ok());
}

#[test]
fn settings_that_cannot_work_are_refused_without_repeating_secrets() {
    let error = |builder: ScrapeFetcherBuilder| builder.build().unwrap_err().to_string();
    for base in ["t.me", "ftp://t.me", "https://u:secret@t.me", "https://t.me/?q", "https://"] {
        assert!(error(ScrapeFetcher::builder().base_url(base)).starts_with("the base URL"), "{base}");
    }
    for proxy in ["secret", "ftp://secret@host:1", "socks4://secret@host:1", "//secret"] {
        let message = error(ScrapeFetcher::builder().proxy(Some(proxy.into())));
        assert!(message.starts_with("the proxy") && !message.contains("secret"), "{message}");
    }
    assert!(error(ScrapeFetcher::builder().user_agent("a\nb")).starts_with("the User-Agent"));
    let fetcher = ScrapeFetcher::builder().base_url("http://127.0.0.1:81").build().unwrap();
    assert_eq!(fetcher.host(), "127.0.0.1:81");
}
