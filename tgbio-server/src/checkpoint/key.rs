//! The key that signs checkpoints: a PEM file (PKCS#8) that only its owner may read, beside the database and not in it, so
//! that a copy of the database cannot sign.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;

/// What stands before the 32 secret bytes in PKCS#8, see RFC 8410.
const SECRET_DER: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the 32 public bytes, see RFC 8410.
const PUBLIC_DER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key of the checkpoints {path} cannot be read or made ({why}): check the owner and rights of the file and its folder", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file holds something else.
    #[error("{path} is no Ed25519 key in PEM: put the right file back, or move it away so that a new key is made", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Others may read the file.
    #[error("others may read the key of the checkpoints {path}: run `chmod 600` on it, and make a new key if somebody has", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
}

/// A key that signs.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&hex::encode(self.public())).finish()
    }
}

impl SigningKey {
    /// The key in a file, which is made when there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn of_file(path: &Path) -> Result<Self, KeyError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                only_the_owner(path)?;
                secret(&text)
                    .map(|secret| Self::of(&secret))
                    .ok_or(KeyError::Damaged { path: path.to_owned() })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(unusable(path, &error)),
        }
    }

    /// The same, without making one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn if_there(path: &Path) -> Result<Option<Self>, KeyError> {
        if path.exists() { Self::of_file(path).map(Some) } else { Ok(None) }
    }

    fn of(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// Written beside and linked into its place: of two processes that make one, both use the first.
    fn make(path: &Path) -> Result<Self, KeyError> {
        let secret: [u8; 32] = rand::random();
        let mut making = path.as_os_str().to_owned();
        making.push(format!(".new-{}", hex::encode(rand::random::<[u8; 8]>())));
        let making = PathBuf::from(making);
        let der = [SECRET_DER.as_slice(), &secret].concat();
        let written = write_alone(&making, &pem("PRIVATE KEY", &der));
        let placed = written.and_then(|()| match fs::hard_link(&making, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        });
        let _ = fs::remove_file(&making);
        placed.map_err(|error| unusable(path, &error))?;
        Self::of_file(path)
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// A public key as tools read it.
pub fn public_pem(key: &[u8; 32]) -> String {
    pem("PUBLIC KEY", &[PUBLIC_DER.as_slice(), key].concat())
}

fn pem(what: &str, der: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}

fn secret(pem: &str) -> Option<[u8; 32]> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?;
    let body = body.strip_suffix("-----END PRIVATE KEY-----")?;
    let joined: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(joined).ok()?.strip_prefix(&SECRET_DER)?.try_into().ok()
}

fn unusable(path: &Path, error: &std::io::Error) -> KeyError {
    KeyError::File { path: path.to_owned(), why: error.to_string() }
}

fn write_alone(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn only_the_owner(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(|error| unusable(path, &error))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::Open { path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn only_the_owner(_: &Path) -> Result<(), KeyError> {
    Ok(())
}
