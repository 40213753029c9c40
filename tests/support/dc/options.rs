//! How a data centre is started.

use super::account::Account;

/// What `users.getUsers` does with a user whose access hash is wrong. Nobody says what Telegram does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// The whole call is refused with `USER_ID_INVALID`.
    Refused,
    /// The user is missing from the answer.
    LeftOut,
    /// A `userEmpty` stands in the user's place.
    Empty,
}

/// How a data centre is started. By default: number 2, a bot that is logged in, salts as the real servers have them.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) dc: i32,
    pub(super) account: Account,
    pub(super) check_salts: bool,
    pub(super) api: Option<(i32, String)>,
    pub(super) stale: Stale,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dc: 2,
            account: Account::bot("1:test-token"),
            check_salts: true,
            api: None,
            stale: Stale::Refused,
        }
    }
}

impl Options {
    /// With this number, 1 to 5.
    pub fn dc(self, dc: i32) -> Self {
        Self { dc, ..self }
    }

    /// With this as the first account.
    pub fn account(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// Any salt is right, that of a client who knows none yet included.
    pub fn any_salt(self) -> Self {
        Self { check_salts: false, ..self }
    }

    /// With this answer to wrong access hashes in `users.getUsers`.
    pub fn stale(self, stale: Stale) -> Self {
        Self { stale, ..self }
    }

    /// Log-ins need this application; any will do otherwise.
    pub fn api(self, id: i32, hash: &str) -> Self {
        Self { api: Some((id, hash.into())), ..self }
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The version, then base64url with padding.
pub(super) fn telethon(bytes: &[u8]) -> String {
    let mut out = String::from("1");
    for three in bytes.chunks(3) {
        let word =
            three.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = (word >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= three.len() { char::from(ALPHABET[value]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::telethon;

    #[test]
    fn base64url_with_padding() {
        for (bytes, text) in [(&b"\xfb\xff\xfe"[..], "1-__-"), (b"ab", "1YWI="), (b"a", "1YQ=="), (b"", "1")]
        {
            assert_eq!(telethon(bytes), text);
        }
    }
}
