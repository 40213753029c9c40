//! Two-step verification: the server's half of the secure remote password protocol.

use super::account::scatter;
use grammers_crypto::two_factor_auth::calculate_2fa;
use grammers_tl_types::{enums, types};

/// Telegram's own 2048-bit safe prime, which clients check at length.
const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f\
                 48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37\
                 20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64\
                 2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4\
                 a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754\
                 fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4\
                 e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f\
                 0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";
const G: i32 = 3;
const SALT: &[u8] = b"a salt of the fake data centre";

/// One round: what the client was told. It uses our random bytes as its own secret exponent, so we can follow.
#[derive(Clone, Debug)]
pub(super) struct Srp {
    pub(super) id: i64,
}

impl Srp {
    fn bytes(&self, salt: i64) -> Vec<u8> {
        let mut out: Vec<u8> = (0..8).flat_map(|i| scatter(&[self.id, salt, i])).collect();
        // Below the prime.
        out[0] &= 0x7f;
        out
    }

    fn b(&self) -> Vec<u8> {
        self.bytes(1)
    }

    fn random(&self) -> Vec<u8> {
        self.bytes(2)
    }

    /// What the client is told.
    pub(super) fn question(&self) -> enums::account::Password {
        let algorithm = types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow {
            salt1: SALT.into(),
            salt2: SALT.into(),
            g: G,
            p: prime(),
        };
        let algorithm: enums::PasswordKdfAlgo = algorithm.into();
        let password = types::account::Password {
            has_password: true,
            current_algo: Some(algorithm.clone()),
            srp_b: Some(self.b()),
            srp_id: Some(self.id),
            hint: Some("the usual".into()),
            new_algo: algorithm,
            secure_random: self.random(),
            ..without_password()
        };
        password.into()
    }

    /// Whether the client knows the password. Takes a second in a slow build.
    pub(super) fn proves(&self, password: &str, answer: &types::InputCheckPasswordSrp) -> bool {
        let (m1, a) = calculate_2fa(SALT, SALT, &prime(), &G, self.b(), self.random(), password);
        self.id == answer.srp_id && answer.m1 == m1 && answer.a == a
    }
}

fn prime() -> Vec<u8> {
    hex::decode(P).unwrap_or_default()
}

/// What an account without a password is told.
pub(super) fn without_password() -> types::account::Password {
    types::account::Password {
        has_recovery: false,
        has_secure_values: false,
        has_password: false,
        current_algo: None,
        srp_b: None,
        srp_id: None,
        hint: None,
        email_unconfirmed_pattern: None,
        new_algo: enums::PasswordKdfAlgo::Unknown,
        new_secure_algo: enums::SecurePasswordKdfAlgo::Unknown,
        secure_random: vec![],
        pending_reset_date: None,
        login_email_pattern: None,
    }
}
