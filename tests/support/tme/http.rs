//! The HTTP/1.1 loop over one connection.

use super::answer::Answer;
use super::route::Head;
use super::send::{Then, send};
use super::server::Shared;
use super::state::Reply;
use std::io;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// Longest head that is read.
const HEAD_LIMIT: usize = 16 * 1024;

/// Answers requests until one side has had enough. Errors of the connection end it.
pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) {
    let _open = shared.connections.enter();
    _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(2_048);
    while let Ok(Some(head)) = read_head(&mut stream, &mut buffer).await {
        let _busy = shared.requests.enter();
        let reply = reply(shared, &head);
        match send(&mut stream, reply, head.method() == "HEAD", shared).await {
            Ok(Then::Next) if head.keep_alive() => {}
            _ => return,
        }
    }
}

fn reply(shared: &Shared, head: &Head) -> Reply {
    match head.method() {
        "GET" | "HEAD" => {
            let reply = shared.lock().reply(head);
            shared.noticed.notify_waiters();
            reply
        }
        _ => Reply::Answer(Answer::gateway(405), None),
    }
}

/// The next head; `None` when the client is done.
async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Head>> {
    let mut searched = 0;
    loop {
        if let Some(end) = head_end(&buffer[searched..]) {
            let head = Head::new(&buffer[..searched + end]);
            buffer.drain(..searched + end);
            return Ok(Some(head));
        }
        searched = buffer.len().saturating_sub(3);
        if buffer.len() > HEAD_LIMIT || stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Just behind the empty line.
fn head_end(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}
