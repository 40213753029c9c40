//! Chance that repeats itself: the same seed, the same numbers.

use std::time::Duration;

/// A small generator of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// A stream of its own for each seed and purpose.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let (mut of_seed, mut of_purpose) = (Self(seed), Self(!purpose));
        Self(of_seed.next() ^ of_purpose.next().rotate_left(17))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        b ^ (b >> 31)
    }

    /// In `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, chance: f64) -> bool {
        self.unit() * 100.0 < chance
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A span between two others, to the millisecond; short ones are likelier.
    pub fn span(&mut self, least: Duration, most: Duration) -> Duration {
        let share = self.unit() * self.unit();
        let millis = (most - least).mul_f64(share).as_millis();
        least + Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}
