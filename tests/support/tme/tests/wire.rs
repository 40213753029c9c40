//! The server itself: log, load, stopping, starting again.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn requests_are_logged_and_waited_for() {
    let tme = Tme::start().await;
    tme.set(Card::user("ann_example", "Ann"));
    let asking = tokio::spawn(client().get(format!("{}/@Ann_Example?x=1", tme.base_url())).send());
    tme.wait_for(|log| log.count("ann_example") == 1).await;
    asking.await.unwrap().unwrap();
    let request = tme.requests().pop().unwrap();
    assert_eq!((request.path.as_str(), request.name.as_deref()), ("/@Ann_Example?x=1", Some("ann_example")));
    assert_eq!(request.user_agent.as_deref(), Some("simulator-test/1"));
    assert!(request.headers.iter().any(|(name, value)| name == "host" && *value == tme.host_port()));
    assert_eq!((tme.count("@ANN_example"), tme.total(), tme.load().most_connections), (1, 1, 1));
    tme.clear_log();
    assert_eq!((tme.total(), tme.requests().len()), (0, 0));
}

#[tokio::test]
async fn connections_are_kept_and_pipelines_answered_in_order() {
    let tme = Tme::start().await;
    let mut stream = TcpStream::connect(tme.address()).await.unwrap();
    let heads = "GET /first_name HTTP/1.1\r\nHost: t.me\r\n\r\nHEAD /second_name HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nConnection: close\r\n\r\n";
    stream.write_all(heads.as_bytes()).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    let order: Vec<usize> = ["200 OK", "@first_name", "200 OK\r\n", "405 Not Allowed"]
        .iter()
        .map(|what| all.rfind(what).unwrap_or_else(|| panic!("{what} is missing")))
        .collect();
    assert!(order[1] < order[2] && order[2] < order[3] && !all.contains("@second_name"));
}

#[tokio::test]
async fn stopping_frees_the_address() {
    let tme = Tme::start().await;
    let (address, base) = (tme.address(), tme.base_url());
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /").await.unwrap();
    tme.stop().await;
    assert!(!matches!(idle.read(&mut [0; 8]).await, Ok(1..)), "open connections are closed");
    assert!(client().get(&base).send().await.unwrap_err().is_connect());
    let again = Tme::start_on(address).await.unwrap();
    assert_eq!(again.base_url(), base);
}

#[tokio::test]
async fn runs_apart() {
    let tme = Tme::start_apart(1).unwrap();
    tme.set(Card::user("ann_example", "Ann"));
    assert_whole(&page(&tme, "/ann_example").await);
    tme.stop().await;
}
