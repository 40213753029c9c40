//! A server on a free port of loopback, and a client that writes bytes as they are.

use std::net::SocketAddr;
use std::time::Duration;

use poem::{Endpoint, Response};
use tgbio_server::auth::cookie::SessionCookie;
use tgbio_server::auth::guard::Authenticate;
use tgbio_server::auth::{Accounts, db::Db};
use tgbio_server::http::limits::BodyLimit;
use tgbio_server::http::{ConnectionLimits, Routes, Shell, serve, shell};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Nothing here takes long; whoever waits longer has found an error.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct TestServer {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<std::io::Result<()>>,
}

impl TestServer {
    pub async fn start(limits: ConnectionLimits, app: impl Endpoint<Output = Response> + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // A dropped test ends its server too.
            let _ = stopped.await;
        };
        let ended = tokio::spawn(serve(listener, limits, app, stopped, PATIENCE));
        Self { address, stop, ended }
    }

    pub async fn with_routes(routes: Routes) -> Self {
        Self::start(ConnectionLimits::default(), shell(routes, shell_of(accounts().await, false))).await
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends one request head (without `Host` and the empty line) and a body; reads to the end.
    pub async fn ask(&self, head: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        let head = format!("{head}\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        Answer::read(stream).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1"), b"").await
    }

    pub async fn json(&self, method: &str, path: &str, body: &str) -> Answer {
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}");
        self.ask(&head, body.as_bytes()).await
    }
}

pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time").unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Checks that this is a whole problem document and returns its `code`.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], self.status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        code
    }
}

pub async fn accounts() -> Accounts {
    Accounts::new(Db::in_memory().await.unwrap())
}

pub fn shell_of(accounts: Accounts, public: bool) -> Shell {
    Shell {
        public_url: None,
        noindex: public,
        body: BodyLimit::default(),
        error_page: None,
        authenticate: Authenticate::new(accounts, SessionCookie::new(false), public),
    }
}

/// Waits until the other side has ended the connection, orderly or not; returns what it sent.
pub async fn closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut sent = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut sent)).await.expect("the server closes in time");
    sent
}
