//! `gzip_packed`, which either side may wrap an object in.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use grammers_tl_types::{Cursor, Deserializable, Serializable, deserialize};
use std::io::{Read as _, Write as _};

const GZIP_PACKED: u32 = 0x3072_cfa1;

/// The object inside, or the body itself if it is not packed.
pub(super) fn unpack(body: Vec<u8>) -> deserialize::Result<Vec<u8>> {
    let mut cursor = Cursor::from_slice(&body);
    if u32::deserialize(&mut cursor)? != GZIP_PACKED {
        return Ok(body);
    }
    let packed = Vec::<u8>::deserialize(&mut cursor)?;
    let mut out = vec![];
    let read = GzDecoder::new(&packed[..]).take(8 << 20).read_to_end(&mut out);
    read.map(|_| out).map_err(|_| deserialize::Error::UnexpectedEof)
}

/// The object, packed.
#[expect(clippy::expect_used, reason = "writing to memory does not fail")]
pub(super) fn pack(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("memory takes all");
    let packed = encoder.finish().expect("memory takes all");
    let mut out = vec![];
    GZIP_PACKED.serialize(&mut out);
    packed.serialize(&mut out);
    out
}
