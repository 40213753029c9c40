//! Right results made wrong, or packed otherwise.

use super::fault::Fault;
use super::gzip;
use grammers_tl_types::{Identifiable, types};

/// A constructor of no known layer.
const UNKNOWN: u32 = 0x0bad_c0de;

/// The result with what this fault does to it.
pub(super) fn spoil(mut result: Vec<u8>, fault: Option<&Fault>) -> Vec<u8> {
    match fault {
        Some(Fault::Gzip) => gzip::pack(&result),
        Some(Fault::UnknownConstructor) => {
            result.splice(..4, UNKNOWN.to_le_bytes());
            result
        }
        Some(Fault::NewUser) => renumbered(&result, types::User::CONSTRUCTOR_ID, UNKNOWN),
        Some(Fault::CutAnswer) => {
            result.truncate((result.len() / 8).max(1) * 4);
            result
        }
        _ => result,
    }
}

/// Everything lies at multiples of four bytes.
fn renumbered(result: &[u8], from: u32, to: u32) -> Vec<u8> {
    let word = |word: &[u8]| {
        let (from, to) = (from.to_le_bytes(), to.to_le_bytes());
        if word == from { to.to_vec() } else { word.to_vec() }
    };
    result.chunks(4).flat_map(word).collect()
}
