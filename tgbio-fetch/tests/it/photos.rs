//! Photos: only from their hosts, only pictures, never much.

use std::time::Duration;

use tgbio_core::{Photo, ProfileFetcher, Target, Username};
use tgbio_fetch::ScrapeFetcher;

use crate::server::{Reply, Server};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF";

async fn server() -> Server {
    Server::start(|request| match request.path.as_str() {
        "/good.jpg" => Reply::page(JPEG),
        "/moved.jpg" => Reply::redirect("/good.jpg"),
        "/away.jpg" => Reply::redirect("https://elsewhere.example/x.jpg"),
        "/home.jpg" => Reply::redirect("https://telegram.org/"),
        "/page.jpg" => Reply::page("<html></html>"),
        "/huge.jpg" => Reply::Unannounced([JPEG, &vec![0; 2_000_000]].concat()),
        "/slow.jpg" => Reply::Stuck(b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n\xff\xd8"),
        "/busy.jpg" => Reply::status(429).with("Retry-After", "9"),
        _ => Reply::status(404),
    })
    .await
}

async fn read(server: &Server, url: &str) -> Result<Option<Vec<u8>>, String> {
    let fetcher = ScrapeFetcher::builder()
        .base_url(server.url())
        .photo_hosts(format!("127.0.0.1:{}", server.port).parse().unwrap())
        .photo_timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let target = Target::new(Username::parse("fix_ann").unwrap());
    let answer = fetcher.photo(&target, &Photo::at(url)).await;
    answer
        .map(|photo| photo.map(|photo| photo.body.to_vec()))
        .map_err(|error| error.reason().unwrap().to_owned())
}

#[tokio::test]
async fn pictures_are_read_and_nothing_else() {
    let server = server().await;
    let at = |path: &str| format!("{}{path}", server.url());
    assert_eq!(read(&server, &at("/good.jpg")).await, Ok(Some(JPEG.to_vec())));
    assert_eq!(read(&server, &at("/moved.jpg")).await, Ok(Some(JPEG.to_vec())));
    for (path, reason) in [
        ("/away.jpg", "redirect"),
        ("/home.jpg", "redirect"),
        ("/page.jpg", "not_telegram"),
        ("/none.jpg", "not_telegram"),
        ("/huge.jpg", "too_large"),
        ("/slow.jpg", "timeout"),
        ("/busy.jpg", "http_429"),
    ] {
        assert_eq!(read(&server, &at(path)).await, Err(reason.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn other_hosts_are_never_asked() {
    let server = server().await;
    for url in [
        format!("http://localhost:{}/good.jpg", server.port),
        format!("http://a:b@127.0.0.1:{}/good.jpg", server.port),
        "http://127.0.0.1:1/good.jpg".to_owned(),
        "file:///etc/passwd".to_owned(),
        "images/good.jpg".to_owned(),
    ] {
        assert_eq!(read(&server, &url).await, Ok(None), "{url}");
    }
    assert!(server.asked().is_empty());
}
