//! The accounts that clients use, and their keys.

use super::crypt::AuthKey;
use super::profile::Profile;
use sha2::{Digest as _, Sha256};

/// Names one account of a cloud, in the order they joined; the first one is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub(super) usize);

impl AccountId {
    /// The account that the data centre was started with.
    pub const FIRST: Self = Self(0);
}

/// A log-in: a bot with its token, or a person with phone, code and perhaps a password.
#[derive(Clone, Debug)]
pub struct Account {
    pub(super) profile: Profile,
    pub(super) bot_token: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) code: String,
    pub(super) password: Option<String>,
    pub(super) home: Option<i32>,
    pub(super) signed_in: bool,
}

impl Account {
    /// A bot that logs in with this token.
    pub fn bot(token: &str) -> Self {
        let profile = Profile::bot("watcher_test_bot", "Watcher");
        Self { bot_token: Some(token.into()), ..Self::new(profile) }
    }

    /// A person who logs in with this phone number and the code `12345`.
    pub fn user(phone: &str) -> Self {
        let profile = Profile { phone: Some(phone.into()), ..Profile::user("watcher_person", "Watcher") };
        Self { phone: Some(phone.into()), ..Self::new(profile) }
    }

    fn new(profile: Profile) -> Self {
        let (bot_token, phone, password, home) = (None, None, None, None);
        Self { profile, bot_token, phone, code: "12345".into(), password, home, signed_in: true }
    }

    /// With this log-in code.
    pub fn code(self, code: &str) -> Self {
        Self { code: code.into(), ..self }
    }

    /// With two-step verification.
    pub fn password(self, password: &str) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// At home in this data centre; in the one it joined at if not told.
    pub fn home(self, dc: i32) -> Self {
        Self { home: Some(dc), ..self }
    }

    /// Its keys are known to the servers, but nobody has logged in with them yet.
    pub fn signed_out(self) -> Self {
        Self { signed_in: false, ..self }
    }
}

/// A hash of everything that goes into it.
pub(super) fn scatter(parts: &[i64]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part.to_le_bytes()));
    hasher.finalize().into()
}

/// The key of an account at a data centre, from the cloud's seed.
pub(super) fn auth_key(seed: i64, account: AccountId, dc: i32) -> AuthKey {
    let mut key = [0; 256];
    for (i, part) in key.chunks_exact_mut(32).enumerate() {
        part.copy_from_slice(&scatter(&[seed, account.0 as i64, dc.into(), i as i64]));
    }
    key
}
