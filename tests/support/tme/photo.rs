//! Tiny photos.

use super::fresh::mix;
use bytes::Bytes;

/// The bytes of a small JPEG file that differ by `seed`: the same seed gives the same bytes.
///
/// Start marker, JFIF header, a comment with the seed, then a real one-pixel grey baseline frame, end marker.
pub fn photo(seed: u64) -> Bytes {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(&mut out, 0xfe, format!("seed {seed} {:016x}", mix(seed)).as_bytes());
    segment(&mut out, 0xdb, &quantisation());
    segment(&mut out, 0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    segment(&mut out, 0xc4, &huffman(0x00));
    segment(&mut out, 0xc4, &huffman(0x10));
    segment(&mut out, 0xda, &[1, 1, 0x00, 0, 63, 0]);
    // One block: no difference, end of block, then ones up to the byte's end.
    out.extend([0x3f, 0xff, 0xd9]);
    out.into()
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    let length = (payload.len() + 2).min(usize::from(u16::MAX)) as u16;
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend(payload);
}

fn quantisation() -> [u8; 65] {
    let mut table = [1; 65];
    table[0] = 0;
    table
}

/// A table with the one code `0` for the one symbol 0.
fn huffman(class: u8) -> [u8; 18] {
    let mut table = [0; 18];
    table[0] = class;
    table[1] = 1;
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_by_seed_and_looks_like_jpeg() {
        assert_eq!(photo(1), photo(1));
        assert_ne!(photo(1), photo(2));
        assert!(photo(7).starts_with(&[0xff, 0xd8, 0xff, 0xe0]) && photo(7).ends_with(&[0xff, 0xd9]));
    }
}
