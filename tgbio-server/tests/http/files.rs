//! The process's limit on open files. Each case runs in a process of its own, started with that limit.

use std::process::Command;

use poem::endpoint::make;
use poem::{EndpointExt, Request, Response};
use tgbio_server::http::ConnectionLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, PATIENCE, TestServer};

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
const ADDRESS: &str = "TGBIO_TEST_ADDRESS_FILE";

/// This test binary again, with so many files, running one ignored test.
fn again(test: &str, files: usize) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {files} && exec \"$0\" --exact {test} --ignored --nocapture");
    command.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
    command
}

async fn serve_hello(limits: ConnectionLimits) -> TestServer {
    let app = make(|_: Request| async { Response::builder().body("hello") });
    TestServer::start(limits, app.map_to_response()).await
}

#[tokio::test]
async fn a_server_out_of_files_still_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("address");
    let mut server = again("files::server_with_few_files", 48).env(ADDRESS, &file).spawn().unwrap();
    let address = loop {
        assert!(server.try_wait().unwrap().is_none(), "the server ended");
        match std::fs::read_to_string(&file) {
            Ok(address) if address.ends_with('\n') => break address.trim().to_owned(),
            _ => tokio::task::yield_now().await,
        }
    };
    // More connections than it can hold, all of them silent.
    let mut silent = Vec::new();
    for _ in 0..120 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(HELLO).await.unwrap();
    assert_eq!(Answer::read(stream).await.text(), "hello");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
#[ignore = "is the server of another test"]
async fn server_with_few_files() {
    let Some(file) = std::env::var_os(ADDRESS) else { return };
    let server = serve_hello(ConnectionLimits::default()).await;
    std::fs::write(file, format!("{}\n", server.address)).unwrap();
    server.ended.await.unwrap().unwrap();
}

#[test]
fn thousands_of_idle_connections_are_held() {
    let status = again("files::two_thousand_idle_connections", 4500).status().unwrap();
    assert!(status.success());
}

#[tokio::test]
#[ignore = "needs 4,500 open files; run by another test"]
async fn two_thousand_idle_connections() {
    let mut limits = ConnectionLimits::for_this_process();
    (limits.head, limits.idle) = (PATIENCE * 9, PATIENCE * 9);
    assert_eq!(limits.connections, 4500 - 4500 / 4);
    let server = serve_hello(limits).await;
    let mut idle = Vec::new();
    for _ in 0..2000 {
        idle.push(server.connect().await);
    }
    // Every tenth had been silent and asks now; a new client asks too.
    for stream in idle.iter_mut().step_by(10) {
        stream.write_all(HELLO).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("hello"));
    }
    assert_eq!(server.get("/").await.text(), "hello");
}
