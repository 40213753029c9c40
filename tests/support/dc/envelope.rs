//! What lies inside an encrypted packet: salt, session, and one message or a container of them.

use super::gzip;
use grammers_tl_types::{Cursor, Deserializable, Serializable, deserialize};

const CONTAINER: u32 = 0x73f1_f8dc;
const RPC_RESULT: u32 = 0xf35c_6d01;

/// One message of a client, unpacked.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) id: i64,
    pub(super) body: Vec<u8>,
}

/// A decrypted packet of a client.
#[derive(Debug)]
pub(super) struct Packet {
    pub(super) salt: i64,
    pub(super) session: i64,
    /// The outermost message, which complaints are about.
    pub(super) id: i64,
    pub(super) seq: i32,
    pub(super) messages: Vec<Incoming>,
}

impl Packet {
    pub(super) fn read(plain: &[u8]) -> deserialize::Result<Self> {
        let mut cursor = Cursor::from_slice(plain);
        let (salt, session) = (i64::deserialize(&mut cursor)?, i64::deserialize(&mut cursor)?);
        let (id, seq, body) = message(&mut cursor)?;
        Ok(Self { salt, session, id, seq, messages: unpack(id, body)? })
    }
}

fn message(cursor: &mut Cursor<'_>) -> deserialize::Result<(i64, i32, Vec<u8>)> {
    let (id, seq) = (i64::deserialize(cursor)?, i32::deserialize(cursor)?);
    let length = u32::deserialize(cursor)?;
    let mut body = vec![0; length.min(2 << 20) as usize];
    cursor.read_exact(&mut body)?;
    Ok((id, seq, body))
}

fn unpack(id: i64, body: Vec<u8>) -> deserialize::Result<Vec<Incoming>> {
    let body = gzip::unpack(body)?;
    let mut cursor = Cursor::from_slice(&body);
    if u32::deserialize(&mut cursor)? != CONTAINER {
        return Ok(vec![Incoming { id, body }]);
    }
    let mut messages = vec![];
    for _ in 0..u32::deserialize(&mut cursor)? {
        let (id, _, body) = message(&mut cursor)?;
        messages.push(Incoming { id, body: gzip::unpack(body)? });
    }
    Ok(messages)
}

/// The answer to the request with this message id.
pub(super) fn rpc_result(request: i64, result: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    RPC_RESULT.serialize(&mut out);
    request.serialize(&mut out);
    out.extend(result);
    out
}

/// A container of these messages, with their ids and sequence numbers.
pub(super) fn container(messages: &[(i64, i32, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![];
    CONTAINER.serialize(&mut out);
    (messages.len() as u32).serialize(&mut out);
    for (id, seq, body) in messages {
        put_message(&mut out, *id, *seq, body);
    }
    out
}

/// The plain text of a packet with one message.
pub(super) fn packet(salt: i64, session: i64, id: i64, seq: i32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    salt.serialize(&mut out);
    session.serialize(&mut out);
    put_message(&mut out, id, seq, body);
    out
}

fn put_message(out: &mut Vec<u8>, id: i64, seq: i32, body: &[u8]) {
    id.serialize(out);
    seq.serialize(out);
    (body.len() as u32).serialize(out);
    out.extend(body);
}
