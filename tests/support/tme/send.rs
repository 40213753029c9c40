//! Putting answers on the wire, well or badly.

use super::answer::Answer;
use super::fault::Fault;
use super::server::Shared;
use super::spoil::cut_at;
use super::state::Reply;
use crate::orders::FaultId;
use bytes::Bytes;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What becomes of the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It waits for the next request.
    Next,
    /// It is closed.
    Close,
}

pub(super) async fn send(
    stream: &mut TcpStream,
    reply: Reply,
    head_only: bool,
    shared: &Shared,
) -> io::Result<Then> {
    match reply {
        Reply::Answer(answer, fault) if head_only => {
            drop(fault);
            stream.write_all(answer.head(Some(answer.body.len())).as_bytes()).await?;
        }
        Reply::Ready(wire) if head_only => stream.write_all(head_of(&wire)).await?,
        Reply::Ready(wire) => stream.write_all(&wire).await?,
        Reply::Answer(answer, None) => stream.write_all(&answer.wire()).await?,
        Reply::Answer(answer, Some((id, fault))) => {
            return misbehave(stream, &answer, id, fault, shared).await;
        }
    }
    Ok(Then::Next)
}

fn head_of(wire: &Bytes) -> &[u8] {
    let end = wire.windows(4).position(|window| window == b"\r\n\r\n");
    end.map_or(wire, |end| &wire[..end + 4])
}

async fn misbehave(
    stream: &mut TcpStream,
    answer: &Answer,
    id: FaultId,
    fault: Fault,
    shared: &Shared,
) -> io::Result<Then> {
    match fault {
        Fault::Reset => stream.set_zero_linger()?,
        Fault::CloseBeforeAnswer => stream.shutdown().await?,
        Fault::NeverAnswer => wait_for_the_client_to_go(stream).await?,
        Fault::GarbageAnswer => stream.write_all(b"\x16\x03\x01\x02\x00 this is not HTTP\r\n\r\n").await?,
        Fault::CutBody(cut) => stream.write_all(&wire_up_to(answer, cut_at(&answer.body, cut))).await?,
        Fault::ResetInBody => {
            stream.write_all(&wire_up_to(answer, answer.body.len() / 2)).await?;
            stream.set_zero_linger()?;
        }
        Fault::HugeBody { bytes, announced } => {
            send_huge(stream, answer, bytes, announced).await?;
            return Ok(Then::Next);
        }
        right_in_the_end => {
            hesitate(&right_in_the_end, id, shared).await;
            send_in_pieces(stream, &answer.wire(), &right_in_the_end).await?;
            return Ok(Then::Next);
        }
    }
    Ok(Then::Close)
}

/// The announced length is that of the whole body.
fn wire_up_to(answer: &Answer, length: usize) -> Bytes {
    let wire = answer.wire();
    wire.slice(..wire.len() - answer.body.len() + length)
}

async fn wait_for_the_client_to_go(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1_024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

async fn hesitate(fault: &Fault, id: FaultId, shared: &Shared) {
    match fault {
        Fault::Delay(time) => tokio::time::sleep(*time).await,
        Fault::Hold => shared.until(|state| (!state.faults.holds(id)).then_some(())).await,
        _ => {}
    }
}

async fn send_in_pieces(stream: &mut TcpStream, wire: &[u8], fault: &Fault) -> io::Result<()> {
    let (bytes, every) = match fault {
        Fault::SlowDrip { bytes, every } => (*bytes, *every),
        _ => (wire.len(), Duration::ZERO),
    };
    for (i, piece) in wire.chunks(bytes.max(1)).enumerate() {
        if i > 0 {
            tokio::time::sleep(every).await;
        }
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// The page as it is up to `</html>`, then spaces.
async fn send_huge(stream: &mut TcpStream, answer: &Answer, bytes: usize, announced: bool) -> io::Result<()> {
    let start = &answer.body[..cut_at(&answer.body, super::fault::Cut::BeforeEnd).min(bytes)];
    stream.write_all(answer.head(announced.then_some(bytes)).as_bytes()).await?;
    send_chunk(stream, start, announced).await?;
    let filler = vec![b' '; 64 * 1024];
    let mut left = bytes - start.len();
    while left > 0 {
        let piece = &filler[..left.min(filler.len())];
        send_chunk(stream, piece, announced).await?;
        left -= piece.len();
    }
    if announced { Ok(()) } else { stream.write_all(b"0\r\n\r\n").await }
}

async fn send_chunk(stream: &mut TcpStream, piece: &[u8], bare: bool) -> io::Result<()> {
    if bare || piece.is_empty() {
        return stream.write_all(piece).await;
    }
    stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
    stream.write_all(piece).await?;
    stream.write_all(b"\r\n").await
}
