//! A gzip body that is small on the wire and huge unpacked, written by hand.

use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One deflate step repeats at most so many bytes.
const RUN: usize = 258;

/// A valid gzip stream of a page's beginning and then spaces, `bytes` long unpacked; built once per size.
pub(super) fn bomb(bytes: usize) -> Bytes {
    static BUILT: Mutex<Option<HashMap<usize, Bytes>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built.get_or_insert_default().entry(bytes).or_insert_with(|| build(bytes)).clone()
}

fn build(bytes: usize) -> Bytes {
    let start = b"<!DOCTYPE html><html><head><title>Telegram: Contact @x</title></head><body> ";
    let runs = bytes.saturating_sub(start.len()) / RUN;
    let mut out = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], ..Bits::default() };
    // The last block, with the fixed codes.
    out.put(0b011, 3);
    for byte in start {
        out.put_code(0x30 + u32::from(*byte), 8);
    }
    for _ in 0..runs {
        // Length 258, distance 1.
        out.put_code(0b1100_0101, 8);
        out.put_code(0, 5);
    }
    out.put_code(0, 7);
    let mut packed = out.finish();
    let unpacked = start.iter().copied().chain(std::iter::repeat_n(b' ', runs * RUN));
    packed.extend(crc32(unpacked).to_le_bytes());
    packed.extend(((start.len() + runs * RUN) as u32).to_le_bytes());
    packed.into()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// `width` bits, lowest first.
    fn put(&mut self, value: u32, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push((self.pending & 0xff) as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// A Huffman code: highest bit first.
    fn put_code(&mut self, code: u32, width: u32) {
        self.put(code.reverse_bits() >> (32 - width), width);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }
}

fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|i| {
        (0..8).fold(i as u32, |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    });
    !bytes.fold(!0, |crc, byte| table[((crc ^ u32::from(byte)) & 0xff) as usize] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_as_others_do() {
        assert_eq!(crc32(b"123456789".iter().copied()), 0xcbf4_3926);
    }

    #[test]
    fn is_far_smaller_than_what_it_unpacks_to() {
        assert!(bomb(1_000_000).len() < 10_000);
    }
}
