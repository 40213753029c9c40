//! A lean HTTP/1.1 client that asks for one path over and over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// Where to ask, and as whom.
#[derive(Debug, Clone)]
pub struct Asker {
    address: String,
    /// A header with the caller's credentials.
    credentials: Option<(&'static str, String)>,
}

/// What one request was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// The media type.
    pub media_type: String,
}

/// One open connection.
pub struct Line {
    sender: SendRequest<Empty<Bytes>>,
    asker: Asker,
}

impl Asker {
    /// Asks the server at `address`, like `127.0.0.1:8080`.
    pub fn new(address: &str) -> Self {
        Self { address: address.trim_start_matches("http://").to_owned(), credentials: None }
    }

    /// The same with a bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { credentials: Some(("authorization", format!("Bearer {token}"))), ..self.clone() }
    }

    /// Opens a connection.
    pub async fn connect(&self) -> Outcome<Line> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Line { sender, asker: self.clone() })
    }

    /// Requests per second with so many connections at once, for one path after the other; every answer must be 200.
    pub async fn rate(&self, paths: &Arc<[String]>, connections: usize, requests: usize) -> Outcome<f64> {
        let left = Arc::new(AtomicUsize::new(requests));
        let mut lines = Vec::new();
        for _ in 0..connections {
            lines.push(self.connect().await?);
        }
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for line in lines {
            tasks.spawn(line.ask_until_none_is(left.clone(), Arc::clone(paths)));
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(requests as f64 / start.elapsed().as_secs_f64())
    }
}

impl Line {
    /// Asks once.
    pub async fn ask(&mut self, path: &str) -> Outcome<Answer> {
        let mut request = Request::get(path).header("host", &self.asker.address);
        if let Some((name, value)) = &self.asker.credentials {
            request = request.header(*name, value);
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Empty::new())?).await?;
        let status = response.status().as_u16();
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().to_owned();
        Ok(Answer { status, media_type, body: response.into_body().collect().await?.to_bytes() })
    }

    /// Asks once; the answer must be 200.
    pub async fn get(&mut self, path: &str) -> Outcome<Answer> {
        let answer = self.ask(path).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(&answer.body).chars().take(500).collect::<String>();
            return Err(format!("{path} answered {}: {body}", answer.status).into());
        }
        Ok(answer)
    }

    /// How long one answer takes.
    pub async fn time(&mut self, path: &str) -> Outcome<Duration> {
        let start = Instant::now();
        self.get(path).await?;
        Ok(start.elapsed())
    }

    async fn ask_until_none_is(mut self, left: Arc<AtomicUsize>, paths: Arc<[String]>) -> Outcome<()> {
        let take = |left: usize| left.checked_sub(1);
        while let Ok(place) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            self.get(&paths[place % paths.len()]).await?;
        }
        Ok(())
    }
}
