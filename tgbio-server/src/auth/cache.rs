//! Remembers for a few seconds who a secret belongs to, so that not every request asks the database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::secret::SecretHash;

/// Entries live so long that a revocation by another process is noticed within five seconds.
const MAX_AGE: Duration = Duration::from_secs(3);
const MAX_ENTRIES: usize = 4096;

/// What is known about secrets. Secrets that are not valid are not remembered.
#[derive(Debug)]
pub(super) struct Cache<T>(Mutex<Known<T>>);

#[derive(Debug)]
struct Known<T> {
    entries: HashMap<SecretHash, (Instant, T)>,
    generation: u64,
}

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Known { entries: HashMap::new(), generation: 0 }))
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, hash: &SecretHash) -> Option<T> {
        let known = self.known();
        let (since, value) = known.entries.get(hash)?;
        (since.elapsed() < MAX_AGE).then(|| value.clone())
    }

    /// To be taken before the database is read, and given back with what was found.
    pub(super) fn generation(&self) -> u64 {
        self.known().generation
    }

    /// Remembers what the database said, unless something was revoked meanwhile.
    pub(super) fn put(&self, generation: u64, hash: SecretHash, value: T) {
        let mut known = self.known();
        if known.generation != generation {
            return;
        }
        if known.entries.len() >= MAX_ENTRIES {
            known.entries.clear();
        }
        known.entries.insert(hash, (Instant::now(), value));
    }

    /// Forgets everything: something was revoked.
    pub(super) fn clear(&self) {
        let mut known = self.known();
        known.entries.clear();
        known.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn entries_age_and_a_late_answer_is_not_kept() {
        let cache = Cache::new();
        cache.put(cache.generation(), [1; 32], "a");
        assert_eq!(cache.get(&[1; 32]), Some("a"));
        tokio::time::advance(MAX_AGE).await;
        assert_eq!(cache.get(&[1; 32]), None);
        let before = cache.generation();
        cache.clear();
        cache.put(before, [2; 32], "b");
        assert_eq!(cache.get(&[2; 32]), None);
    }
}
