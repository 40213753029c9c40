//! How many profiles were looked at in a window, in bounded memory.

use crate::ProfileId;

/// Bits of a set; so many take 128 KiB.
const BITS: usize = 1 << 20;

/// A set of profiles that only counts them: each has one bit, and how many share one is estimated (linear counting, Whang,
/// Vander-Zanden and Taylor 1990). A thousand are counted exactly in most cases, a million within a per cent.
#[derive(Debug, Default)]
pub(super) struct Looked {
    words: Vec<u64>,
    set: usize,
}

impl Looked {
    /// Adds a profile; again makes no difference.
    pub(super) fn add(&mut self, profile: ProfileId) {
        if self.words.is_empty() {
            self.words = vec![0; BITS / 64];
        }
        let bit = bit(profile);
        let (word, mask) = (&mut self.words[bit / 64], 1_u64 << (bit % 64));
        self.set += usize::from(*word & mask == 0);
        *word |= mask;
    }

    /// How many there are, about.
    pub(super) fn count(&self) -> u64 {
        let (bits, free) = (BITS as f64, BITS.saturating_sub(self.set).max(1) as f64);
        (bits * (bits / free).ln()).round() as u64
    }
}

/// The last bytes of an id are random.
fn bit(profile: ProfileId) -> usize {
    let [.., a, b, c] = profile.as_bytes();
    (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)) % BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id whose last bytes are as good as random, and the same each time.
    fn profile(number: u32) -> ProfileId {
        let mut mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&(mixed ^ mixed >> 31).to_be_bytes());
        ProfileId::from_bytes(bytes)
    }

    #[test]
    fn profiles_are_counted_once_however_many_there_are() {
        let mut looked = Looked::default();
        assert_eq!(looked.count(), 0);
        for (until, within) in [(7, 0), (1_000, 2), (100_000, 1_000), (1_000_000, 10_000)] {
            for number in (0..until).chain(0..until) {
                looked.add(profile(number));
            }
            assert!(looked.count().abs_diff(u64::from(until)) <= within, "{until}: {}", looked.count());
        }
    }
}
