//! The parts of a page that change although the profile did not.

/// Which volatile parts change from fetch to fetch. All of them do at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volatile {
    /// The download token and the generation time.
    pub tokens: bool,
    /// The address of the photo (its bytes stay the same).
    pub photo_address: bool,
    /// Small movements of subscribers, members, online and monthly users.
    pub counts: bool,
}

impl Volatile {
    /// As the real site: everything moves.
    pub const ALL: Self = Self { tokens: true, photo_address: true, counts: true };
    /// Nothing moves, so that pages can be prebuilt and counts compared exactly.
    pub const NONE: Self = Self { tokens: false, photo_address: false, counts: false };
}

/// The volatile values of one fetch, all derived from its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh {
    tokens: u64,
    photo: u64,
    counts: Option<u64>,
}

impl Fresh {
    pub(super) fn new(number: u64, volatile: Volatile) -> Self {
        let moving = |on: bool, salt: u64| if on { mix(number ^ salt) } else { salt };
        Self {
            tokens: moving(volatile.tokens, 0x746f_6b65_6e00_0000),
            photo: moving(volatile.photo_address, 0x7068_6f74_6f00_0000),
            counts: volatile.counts.then(|| mix(number ^ 0x636f_756e_7400_0000)),
        }
    }

    /// Eighteen hexadecimal digits, an underscore, up to twenty digits.
    pub(super) fn download_token(&self) -> String {
        let (a, b, c) = (self.tokens, mix(self.tokens), mix(self.tokens ^ 1));
        format!("{a:016x}{:02x}_{c}", b & 0xff)
    }

    /// Milliseconds as in `3.93`.
    pub(super) fn generation_time(&self) -> String {
        let hundredths = 300 + mix(self.tokens ^ 2) % 1_100;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }

    /// A token for the photo with this id, see [`photo_of_token`].
    pub(super) fn photo_token(&self, id: u64) -> String {
        let mut out = String::with_capacity(TOKEN_LENGTH);
        push_digits(&mut out, self.photo, WORD);
        push_digits(&mut out, id ^ mix(self.photo), WORD);
        let mut filler = mix(self.photo ^ id);
        while out.len() < TOKEN_LENGTH {
            let room = TOKEN_LENGTH - out.len();
            push_digits(&mut out, filler, room.min(10));
            filler = mix(filler);
        }
        out
    }

    /// `count` moved by at most half a per cent; `salt` tells two counts of one page apart.
    pub(super) fn jitter(&self, count: u64, salt: u64) -> u64 {
        let room = count / 200;
        match self.counts {
            Some(nonce) if room > 0 => count - room + mix(nonce ^ salt) % (2 * room + 1),
            _ => count,
        }
    }
}

/// Length of the tokens in the site's photo addresses.
const TOKEN_LENGTH: usize = 342;
/// Base64 digits that hold 64 bits.
const WORD: usize = 11;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The id of the photo that a token was made for: tokens need no memory, so none grows.
pub(super) fn photo_of_token(token: &str) -> Option<u64> {
    let nonce = read_digits(token.get(..WORD)?)?;
    let masked = read_digits(token.get(WORD..2 * WORD)?)?;
    (token.len() == TOKEN_LENGTH).then_some(masked ^ mix(nonce))
}

fn push_digits(out: &mut String, mut word: u64, digits: usize) {
    for _ in 0..digits {
        out.push(char::from(ALPHABET[(word & 63) as usize]));
        word >>= 6;
    }
}

fn read_digits(digits: &str) -> Option<u64> {
    digits.bytes().rev().try_fold(0_u64, |word, digit| {
        let value = ALPHABET.iter().position(|a| *a == digit)?;
        Some(word << 6 | value as u64)
    })
}

/// Scatters a number over 64 bits, the same way each time.
pub(super) fn mix(number: u64) -> u64 {
    let a = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photo_tokens_differ_and_lead_back() {
        let (a, b) = (Fresh::new(1, Volatile::ALL), Fresh::new(2, Volatile::ALL));
        for id in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            assert_ne!(a.photo_token(id), b.photo_token(id));
            assert_eq!(a.photo_token(id).len(), TOKEN_LENGTH);
            assert_eq!(photo_of_token(&a.photo_token(id)), Some(id));
            assert_eq!(photo_of_token(&b.photo_token(id)), Some(id));
        }
        assert_eq!(photo_of_token("short"), None);
    }

    #[test]
    fn steady_pages_do_not_move() {
        let (a, b) = (Fresh::new(1, Volatile::NONE), Fresh::new(2, Volatile::NONE));
        assert_eq!(a.download_token(), b.download_token());
        assert_eq!(a.photo_token(5), b.photo_token(5));
        assert_eq!(a.jitter(100_000, 1), 100_000);
    }

    #[test]
    fn counts_move_a_little() {
        let seen: Vec<u64> = (0..50).map(|n| Fresh::new(n, Volatile::ALL).jitter(10_000, 1)).collect();
        assert!(seen.iter().all(|n| (9_950..=10_050).contains(n)));
        assert!(seen.windows(2).any(|pair| pair[0] != pair[1]));
        assert_eq!(Fresh::new(1, Volatile::ALL).jitter(7, 1), 7);
    }
}
