//! Clients that hold connections and send or read nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use poem::endpoint::make;
use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, EndpointExt, Request, Response};
use tgbio_server::http::{ConnectionLimits, Gate};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};

use crate::support::{Answer, PATIENCE, TestServer, closed};

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n";
const SHORT: Duration = Duration::from_millis(50);

fn hello() -> impl Endpoint<Output = Response> + 'static {
    make(|_: Request| async { Response::builder().body("hello") }).map_to_response()
}

fn patient() -> ConnectionLimits {
    let mut limits = ConnectionLimits::default();
    (limits.head, limits.idle, limits.write_stall) = (PATIENCE * 9, PATIENCE * 9, PATIENCE * 9);
    limits
}

/// Reads up to the end of the body `hello`.
async fn read_hello(stream: &mut (impl AsyncReadExt + Unpin)) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"hello") {
        let read = timeout(PATIENCE, stream.read_buf(&mut seen)).await.expect("an answer").unwrap();
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&seen));
    }
}

#[tokio::test]
async fn a_half_sent_head_and_silence_are_closed() {
    let server = TestServer::start(ConnectionLimits { head: SHORT, ..patient() }, hello()).await;
    let mut silent = server.connect().await;
    let mut half = server.connect().await;
    half.write_all(b"GET / HTTP/1.1\r\nHost: te").await.unwrap();
    assert_eq!(closed(&mut silent).await, b"");
    assert_eq!(closed(&mut half).await, b"");
}

#[tokio::test]
async fn a_dripped_head_gains_no_time() {
    let server = TestServer::start(ConnectionLimits { head: SHORT, ..patient() }, hello()).await;
    let (mut read, mut write) = server.connect().await.into_split();
    let drip = tokio::spawn(async move { while write.write_all(b"x").await.is_ok() {} });
    let mut sent = Vec::new();
    let _ = timeout(PATIENCE, read.read_to_end(&mut sent)).await.expect("closed");
    timeout(PATIENCE, drip).await.expect("closed for writing too").unwrap();
}

#[tokio::test]
async fn an_endless_head_is_closed_early() {
    let limits = ConnectionLimits { head_bytes: 32 * 1024, ..patient() };
    let server = TestServer::start(limits, hello()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    let filler = [b'x'; 16 * 1024];
    let mut written = 0;
    while stream.write_all(&filler).await.is_ok() {
        written += filler.len();
        assert!(written < 64 * 1024 * 1024, "the head is read without end");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_second_half_head_too() {
    let server = TestServer::start(ConnectionLimits { idle: SHORT, ..patient() }, hello()).await;
    let mut stream = server.connect().await;
    stream.write_all(HELLO).await.unwrap();
    read_hello(&mut stream).await;
    stream.write_all(HELLO).await.unwrap();
    read_hello(&mut stream).await;
    assert_eq!(closed(&mut stream).await, b"");

    let server = TestServer::start(ConnectionLimits { head: SHORT, ..patient() }, hello()).await;
    let mut stream = server.connect().await;
    stream.write_all(HELLO).await.unwrap();
    read_hello(&mut stream).await;
    stream.write_all(&HELLO[..9]).await.unwrap();
    assert_eq!(closed(&mut stream).await, b"");
}

#[tokio::test]
async fn a_slow_handler_is_not_cut_off() {
    let ready = Arc::new(Notify::new());
    let wait = Arc::clone(&ready);
    let app = make(move |_: Request| {
        let wait = Arc::clone(&wait);
        async move {
            wait.notified().await;
            Response::builder().body("hello")
        }
    });
    let limits = ConnectionLimits { head: SHORT, idle: SHORT, write_stall: SHORT, ..patient() };
    let server = TestServer::start(limits, app.map_to_response()).await;
    let mut asking = server.connect().await;
    asking.write_all(HELLO).await.unwrap();
    // Others come and are closed for their silence: more than the limits' time has passed.
    for _ in 0..3 {
        closed(&mut server.connect().await).await;
    }
    ready.notify_one();
    read_hello(&mut asking).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed() {
    let (alive, mut dropped) = mpsc::channel::<()>(1);
    let app = make(move |_: Request| {
        let alive = alive.clone();
        async move {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            let endless = stream::unfold(alive, move |alive| {
                let piece = piece.clone();
                async move { Some((Ok::<_, std::io::Error>(piece), alive)) }
            });
            Response::builder().body(Body::from_bytes_stream(endless))
        }
    });
    let limits = ConnectionLimits { write_stall: SHORT, ..patient() };
    let gate = Gate::new(limits);
    let app = app.with(gate.track());
    let listener = poem::listener::TcpListener::bind("127.0.0.1:0");
    let acceptor = gate.acceptor(poem::listener::Listener::into_acceptor(listener).await.unwrap());
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    let server = tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(HELLO).await.unwrap();
    while gate.connections() == 0 {
        tokio::task::yield_now().await;
    }
    let gone = async {
        while gate.connections() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the stalled connection is closed");
    server.abort();
    assert!(server.await.is_err());
    assert!(timeout(PATIENCE, dropped.recv()).await.expect("the body is dropped").is_none());
}

#[tokio::test]
async fn those_who_waited_longest_go_when_there_are_too_many() {
    let server = TestServer::start(ConnectionLimits { connections: 10, ..patient() }, hello()).await;
    let mut streams = Vec::new();
    for _ in 0..30 {
        let mut stream = server.connect().await;
        stream.write_all(HELLO).await.unwrap();
        read_hello(&mut stream).await;
        streams.push(stream);
    }
    for early in &mut streams[..20] {
        closed(early).await;
    }
    let last = streams.last_mut().unwrap();
    last.write_all(HELLO).await.unwrap();
    read_hello(last).await;
}

#[tokio::test]
async fn stopping_waits_for_answers_but_not_for_half_sent_heads() {
    let (ready, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (wait, tell) = (Arc::clone(&ready), Arc::clone(&asked));
    let app = make(move |_: Request| {
        let (wait, tell) = (Arc::clone(&wait), Arc::clone(&tell));
        async move {
            tell.notify_one();
            wait.notified().await;
            Response::builder().body("hello")
        }
    });
    let server = TestServer::start(patient(), app.map_to_response()).await;
    let mut half = server.connect().await;
    half.write_all(&HELLO[..9]).await.unwrap();
    let mut asking = server.connect().await;
    asking.write_all(HELLO).await.unwrap();
    timeout(PATIENCE, asked.notified()).await.unwrap();
    server.stop.send(()).unwrap();
    closed(&mut half).await;
    ready.notify_one();
    assert!(Answer::read(asking).await.text().ends_with("hello"));
    timeout(PATIENCE, server.ended).await.expect("stops").unwrap().unwrap();
}

/// Fails as an acceptor does when the process has too many files open.
struct Exhausted(Arc<AtomicUsize>);

impl Acceptor for Exhausted {
    type Io = DuplexStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        Vec::new()
    }

    async fn accept(&mut self) -> std::io::Result<(DuplexStream, LocalAddr, RemoteAddr, Scheme)> {
        self.0.fetch_add(1, Ordering::Relaxed);
        const EMFILE: i32 = 24;
        Err(std::io::Error::from_raw_os_error(EMFILE))
    }
}

/// Counts warnings.
struct Warnings(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::WARN {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_open_files_neither_spin_nor_flood_the_log() {
    use tracing_subscriber::layer::SubscriberExt;
    let (tries, warnings) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let subscriber = tracing_subscriber::registry().with(Warnings(Arc::clone(&warnings)));
    let _default = tracing::subscriber::set_default(subscriber);
    let mut acceptor = Gate::new(patient()).acceptor(Exhausted(Arc::clone(&tries)));
    let started = Instant::now();
    let accepted = timeout(Duration::from_secs(600), acceptor.accept()).await;
    assert!(accepted.is_err() && started.elapsed() >= Duration::from_secs(600));
    let tries = tries.load(Ordering::Relaxed);
    assert!((500..620).contains(&tries), "{tries} tries in ten minutes");
    assert_eq!(warnings.load(Ordering::Relaxed), 1);
}
