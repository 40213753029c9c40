//! A small HTTP/1.1 server on loopback that does what a script says, faults included.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// The target of the request line.
    pub path: String,
    /// The whole head.
    pub head: String,
}

/// What goes out.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer; the connection stays.
    Whole { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// A page that announces more than it holds, then the end of the connection.
    Cut { announced: usize, body: Vec<u8> },
    /// A body without an announced length, ended by the end of the connection.
    Unannounced(Vec<u8>),
    /// Bytes as they are, then nothing more.
    Stuck(&'static [u8]),
    /// The connection is reset.
    Reset,
}

impl Reply {
    pub fn page(body: impl Into<Vec<u8>>) -> Self {
        let html = ("Content-Type", "text/html; charset=utf-8".to_owned());
        Self::Whole { status: 200, headers: vec![html], body: body.into() }
    }

    pub fn status(status: u16) -> Self {
        Self::Whole { status, headers: Vec::new(), body: b"<html></html>".to_vec() }
    }

    pub fn redirect(location: impl Into<String>) -> Self {
        Self::status(302).with("Location", location)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub requests: Arc<Mutex<Vec<Request>>>,
    script: Arc<Script>,
}

impl Server {
    pub async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::default(), Arc::default());
        let server = Self { port, connections, requests, script: Arc::new(script) };
        tokio::spawn(server.clone().accept(listener));
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.path.clone()).collect()
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            self.connections.fetch_add(1, Ordering::SeqCst);
            let server = self.clone();
            tokio::spawn(async move { server.serve(stream).await });
        }
    }

    /// Serves one connection until the client or a reply ends it.
    pub async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        while let Some(head) = read_head(&mut stream).await? {
            let path = head.split_ascii_whitespace().nth(1).unwrap_or_default().to_owned();
            let request = Request { path, head };
            self.requests.lock().unwrap().push(request.clone());
            if !answer(&mut stream, (self.script)(&request)).await? {
                break;
            }
        }
        Ok(())
    }
}

async fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    // A TLS greeting is no request: it gets its plain answer at once.
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&0x16) {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// Sends a reply; whether the connection goes on.
async fn answer(stream: &mut TcpStream, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Whole { status, headers, body } => {
            let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let head = format!("HTTP/1.1 {status} X\r\n{lines}Content-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            return Ok(true);
        }
        Reply::Cut { announced, body } => {
            stream
                .write_all(format!("HTTP/1.1 200 X\r\nContent-Length: {announced}\r\n\r\n").as_bytes())
                .await?;
            stream.write_all(&body).await?;
        }
        Reply::Unannounced(body) => {
            stream.write_all(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n").await?;
            stream.write_all(&body).await?;
        }
        Reply::Stuck(bytes) => {
            stream.write_all(bytes).await?;
            // Waits until the client gives up.
            while stream.read(&mut [0; 64]).await? > 0 {}
        }
        Reply::Reset => stream.set_zero_linger()?,
    }
    Ok(false)
}
