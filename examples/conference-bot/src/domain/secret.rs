//! Codes and tokens: made by the system's generator, kept only as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Six random digits.
pub fn code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000_u32))
}

/// A salt.
pub fn salt() -> [u8; 16] {
    rand::rng().random()
}

/// What is kept of a code.
pub fn code_hash(salt: &[u8], code: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(code).finalize().into()
}

/// Compares without telling by its time where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// 128 random bits as 22 characters that fit into a link.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>())
}

/// What is kept of a token.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fit_into_a_deep_link() {
        let token = token();
        assert_eq!(token.len(), 22);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
        assert_eq!(code().len(), 6);
        assert!(same(&code_hash(b"s", "1"), &code_hash(b"s", "1")));
        assert!(!same(&code_hash(b"s", "1"), &code_hash(b"t", "1")));
    }
}
