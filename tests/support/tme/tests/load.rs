//! How quick it is; a figure to look at, so it runs only when it is asked for.

use super::*;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const CONNECTIONS: usize = 16;
const REQUESTS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement: run with --release --ignored --nocapture"]
async fn steady_pages_per_second() {
    let tme = Tme::start_apart(1).unwrap();
    tme.steady();
    tme.count_only(true);
    tme.set(Card::user("ann_example", "Ann Example").bio("A bio.").photo(photo(1)));
    let length = answer_length(&tme).await;
    let start = Instant::now();
    let asking: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(ask(tme.address(), length))).collect();
    for task in asking {
        task.await.unwrap();
    }
    let rate = (CONNECTIONS * REQUESTS) as f64 / start.elapsed().as_secs_f64();
    println!("{rate:.0} requests/s of {length} bytes, client included");
}

async fn answer_length(tme: &Tme) -> usize {
    let mut stream = TcpStream::connect(tme.address()).await.unwrap();
    stream.write_all(b"GET /ann_example HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut all = vec![];
    stream.read_to_end(&mut all).await.unwrap()
}

async fn ask(address: SocketAddr, length: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = vec![0; length];
    for _ in 0..REQUESTS {
        stream
            .write_all(b"GET /ann_example HTTP/1.1\r\nHost: t.me\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n")
            .await
            .unwrap();
        stream.read_exact(&mut answer).await.unwrap();
    }
}
