//! Putting messages on the wire, well or badly.

use super::crypt::{AuthKey, encrypt};
use super::envelope;
use grammers_crypto::DequeBuffer;
use grammers_mtproto::transport::{Full, Transport as _};
use grammers_tl_types::{Serializable, enums, types};
use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc::UnboundedReceiver;

/// Whom a message is for.
#[derive(Clone)]
pub(super) struct Voice {
    pub(super) key: Arc<AuthKey>,
    pub(super) session: i64,
    pub(super) salt: i64,
}

/// How a message is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Well,
    /// Once another one was sent.
    AfterNext,
    InContainer,
    /// Half of it, then the end.
    HalfFrame,
    BadChecksum,
}

/// What the writing half of a connection is told.
pub(super) enum Say {
    Message(Voice, Vec<u8>, How),
    /// Without encryption, as before there is a key.
    Plain(Vec<u8>),
    /// A transport error.
    Error(i32),
    Close,
}

/// The writing half of a connection.
pub(super) struct Writer {
    stream: OwnedWriteHalf,
    transport: Full,
    last_id: i64,
    sequence: i32,
    waiting: Vec<(Voice, Vec<u8>)>,
}

/// Seconds and nanoseconds since 1970.
pub(super) fn now() -> (i64, i64) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() as i64, since.subsec_nanos().into())
}

impl Writer {
    pub(super) fn new(stream: OwnedWriteHalf) -> Self {
        Self { stream, transport: Full::new(), last_id: 0, sequence: 0, waiting: vec![] }
    }

    /// Writes until the connection is to be closed.
    pub(super) async fn run(mut self, mut orders: UnboundedReceiver<Say>) -> io::Result<()> {
        while let Some(order) = orders.recv().await {
            match order {
                Say::Message(voice, body, How::AfterNext) => self.waiting.push((voice, body)),
                Say::Message(voice, body, how) => {
                    self.message(&voice, body, how).await?;
                    if how == How::HalfFrame {
                        break;
                    }
                    for (voice, body) in std::mem::take(&mut self.waiting) {
                        self.message(&voice, body, How::Well).await?;
                    }
                }
                Say::Plain(body) => self.plain(&body).await?,
                Say::Error(code) => self.stream.write_all(&(-code).to_le_bytes()).await?,
                Say::Close => break,
            }
        }
        self.stream.shutdown().await
    }

    async fn message(&mut self, voice: &Voice, body: Vec<u8>, how: How) -> io::Result<()> {
        let (id, seq, body) = match how {
            How::InContainer => self.contained(body),
            _ => self.numbered(body),
        };
        let plain = envelope::packet(voice.salt, voice.session, id, seq, &body);
        let mut frame = self.frame(encrypt(&voice.key, plain));
        match how {
            How::HalfFrame => frame.truncate(frame.len() / 2),
            How::BadChecksum => frame.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1),
            _ => {}
        }
        self.stream.write_all(&frame).await
    }

    /// An id and the odd number of a message that wants an acknowledgement.
    fn numbered(&mut self, body: Vec<u8>) -> (i64, i32, Vec<u8>) {
        let seq = self.sequence + 1;
        self.sequence += 2;
        (self.next_id(), seq, body)
    }

    /// The message between an acknowledgement and an update, in a container.
    fn contained(&mut self, body: Vec<u8>) -> (i64, i32, Vec<u8>) {
        let ack = enums::MsgsAck::from(types::MsgsAck { msg_ids: vec![1] }).to_bytes();
        let update = enums::Updates::TooLong.to_bytes();
        let ack = (self.next_id(), self.sequence, ack);
        let inner = [ack, self.numbered(body), self.numbered(update)];
        (self.next_id(), self.sequence, envelope::container(&inner))
    }

    async fn plain(&mut self, body: &[u8]) -> io::Result<()> {
        let mut packet = vec![];
        0_i64.serialize(&mut packet);
        self.next_id().serialize(&mut packet);
        (body.len() as i32).serialize(&mut packet);
        packet.extend(body);
        let frame = self.frame(packet);
        self.stream.write_all(&frame).await
    }

    fn frame(&mut self, packet: Vec<u8>) -> Vec<u8> {
        let mut buffer = DequeBuffer::with_capacity(packet.len() + 16, 16);
        buffer.extend(packet);
        self.transport.pack(&mut buffer);
        buffer[..].to_vec()
    }

    /// Ids of answers leave a remainder of one.
    fn next_id(&mut self) -> i64 {
        let (seconds, nanoseconds) = now();
        self.last_id = (seconds << 32 | nanoseconds << 2 | 1).max(self.last_id + 4);
        self.last_id
    }
}
