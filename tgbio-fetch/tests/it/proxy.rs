//! Everything goes through the proxy, names included.

use tgbio_core::{ProfileFetcher, Target, Username};
use tgbio_fetch::ScrapeFetcher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Reply, Server};

async fn look(proxy: String) -> bool {
    let builder = ScrapeFetcher::builder().base_url("http://profiles.test").proxy(Some(proxy));
    let fetcher = builder.build().unwrap();
    fetcher.fetch(&Target::new(Username::parse("fix_ann").unwrap())).await.is_ok()
}

async fn pages() -> Server {
    Server::start(|_| Reply::page(*include_bytes!("../fixtures/user-plain.html"))).await
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_the_whole_address() {
    let server = pages().await;
    assert!(look(server.url()).await);
    assert_eq!(server.asked(), ["http://profiles.test/fix_ann"]);
}

#[tokio::test]
async fn a_socks_proxy_resolves_the_name() {
    let server = pages().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("socks5h://{}", listener.local_addr().unwrap());
    let behind = server.clone();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.read_exact(&mut vec![0; greeting[1].into()]).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 5];
        stream.read_exact(&mut request).await.unwrap();
        let mut name = vec![0; request[4].into()];
        stream.read_exact(&mut name).await.unwrap();
        stream.read_u16().await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await.unwrap();
        behind.serve(stream).await.unwrap();
        name
    });
    assert!(look(proxy).await);
    assert_eq!(asked.await.unwrap(), b"profiles.test");
}
