//! Hashing passwords: Argon2id with the parameters OWASP recommends, a few at a time and off the async threads.

use std::alloc::System;
use std::sync::Arc;

use allocator_api2::vec::Vec;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::error::AuthError;

/// Memory in KiB, passes, lanes.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Each hash takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Bytes that are more than glibc ever keeps.
const UNKEPT: usize = 33 << 20;
const LONGEST: usize = 1024;
const SHORTEST_CHOSEN: usize = 8;

/// Nobody's password, with the same parameters: an unknown user costs as much time as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy1pdA$\
    AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

#[derive(Debug, Clone)]
pub(super) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The PHC string of a password.
    pub(super) async fn hash(&self, password: SecretString) -> Result<String, AuthError> {
        check_length(&password)?;
        let hash = move || {
            let hash = hashed(password.expose_secret().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| AuthError::Hash(error.to_string()))
        };
        self.run(hash).await?
    }

    /// Whether the password is the one of the PHC string; without one the answer is no, after the same work.
    pub(super) async fn verify(
        &self,
        password: SecretString,
        phc: Option<String>,
    ) -> Result<bool, AuthError> {
        if password.expose_secret().len() > LONGEST {
            return Ok(false);
        }
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
        let verify = move || is_of(password.expose_secret().as_bytes(), &phc).unwrap_or(false);
        Ok(self.run(verify).await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let stopped = |error: &dyn std::fmt::Display| AuthError::Hash(error.to_string());
        let _permit = self.0.acquire().await.map_err(|error| stopped(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| stopped(&error))
    }
}

fn hashed(password: &[u8]) -> password_hash::Result<PasswordHash> {
    let salt = Salt::new(&password_hash::try_generate_salt()?)?;
    let params = Params::new(MEMORY, PASSES, LANES, None)?;
    let version = Version::V0x13;
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(salt),
        hash: Some(output(&Argon2::new(Algorithm::Argon2id, version, params), password, &salt)?),
    })
}

/// Whether the password is the one of the PHC string, compared in constant time.
fn is_of(password: &[u8], phc: &str) -> password_hash::Result<bool> {
    let stored = PasswordHash::new(phc)?;
    let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else { return Ok(false) };
    let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&stored)?);
    Ok(output(&argon2, password, &salt)? == hash)
}

fn output(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> password_hash::Result<Output> {
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    // Straight from the system, and room for more than is used, which costs nothing: so glibc gives it back at once. An
    // allocator would keep it, and glibc as well after a block of up to 32 MiB was freed.
    let mut memory = Vec::with_capacity_in(UNKEPT / Block::SIZE, System);
    let blocks = argon2.params().block_count();
    if blocks > memory.capacity() {
        // None of ours: whoever wrote it into the database wants to exhaust the memory.
        return Err(password_hash::Error::ParamsInvalid);
    }
    memory.resize(blocks, Block::new());
    argon2.hash_password_into_with_memory(password, salt, &mut out, &mut memory[..])?;
    Output::new(&out).map_err(Into::into)
}

fn check_length(password: &SecretString) -> Result<(), AuthError> {
    match password.expose_secret().len() {
        0 => Err(AuthError::Password("the password is empty")),
        length if length > LONGEST => {
            Err(AuthError::Password("the password is longer than 1,024 bytes; use a shorter one"))
        }
        _ => Ok(()),
    }
}

/// The rule for passwords that people choose, on the pages and on the command line.
///
/// # Errors
/// [`AuthError::Password`] says what is wrong with it.
pub fn check_chosen(password: &SecretString) -> Result<(), AuthError> {
    check_length(password)?;
    if password.expose_secret().chars().count() < SHORTEST_CHOSEN {
        return Err(AuthError::Password("the password is too short; use at least 8 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashes_say_their_parameters_and_verify() {
        let passwords = Passwords::new();
        let phc = passwords.hash("correct horse".to_owned().into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(passwords.verify("correct horse".to_owned().into(), Some(phc.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".to_owned().into(), Some(phc)).await.unwrap());
        assert!(!passwords.verify("nobody".to_owned().into(), None).await.unwrap());
        assert!(passwords.hash(String::new().into()).await.is_err());
    }

    #[test]
    fn a_stored_hash_that_wants_all_memory_is_refused() {
        assert!(is_of(b"somebody", NOBODY).is_ok());
        for memory in ["4294967295", "1048576", "x"] {
            let phc = NOBODY.replace("m=19456", &format!("m={memory}"));
            assert!(is_of(b"somebody", &phc).is_err(), "{memory}");
        }
    }

    #[test]
    fn nobodys_hash_is_well_formed() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(hash.hash.unwrap().len(), 32);
        assert_eq!(Params::try_from(&hash).unwrap().m_cost(), MEMORY);
    }
}
