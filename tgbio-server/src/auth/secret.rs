//! Secrets that are shown once and stored as hashes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::error::AuthError;

/// SHA-256 of a secret of 256 random bits: too many to try, so a slow hash would protect nothing.
pub(super) type SecretHash = [u8; 32];

/// `prefix` and 32 bytes from the operating system's generator as base64url.
pub(super) fn generate(prefix: &str) -> Result<SecretString, AuthError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| AuthError::Hash(error.to_string()))?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

pub(super) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

pub(super) fn hash_of(secret: &SecretString) -> SecretHash {
    hash(secret.expose_secret())
}

/// Whether the text can be a secret of this kind at all; everything else needs no look at the database.
pub(super) fn has_form(text: &str, prefix: &str) -> bool {
    let random = text.strip_prefix(prefix).unwrap_or_default();
    random.len() == 43
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
