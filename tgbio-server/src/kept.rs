//! What was made from a profile's record is kept until the record is written again.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tgbio_core::ProfileId;
use tgbio_core::store::RecordVersion;

/// Things of a kind `V`, of which a profile may have several, told apart by a `K`.
///
/// Nothing old is given out as long as the version is asked of the store each time: whoever writes, in whatever process,
/// gives the record another one.
#[derive(Debug)]
pub struct Kept<K, V> {
    /// Bytes that all things may have together.
    room: usize,
    things: Mutex<Things<K, V>>,
}

#[derive(Debug)]
struct Things<K, V> {
    of: HashMap<ProfileId, Vec<Thing<K, V>>>,
    bytes: usize,
}

#[derive(Debug)]
struct Thing<K, V> {
    key: K,
    number: u64,
    bytes: usize,
    value: V,
}

/// What a thing costs besides its own bytes, about.
const OVERHEAD: usize = 128;

impl<K: Hash + Eq, V: Clone> Kept<K, V> {
    /// Room for so many bytes.
    pub fn new(room: usize) -> Self {
        Self { room, things: Mutex::new(Things { of: HashMap::new(), bytes: 0 }) }
    }

    fn things(&self) -> MutexGuard<'_, Things<K, V>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was made from this very writing of the record.
    pub fn get<Q: Eq + ?Sized>(&self, version: RecordVersion, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let things = self.things();
        let found = things.of.get(&version.id)?.iter().find(|thing| thing.key.borrow() == key)?;
        (found.number == version.number).then(|| found.value.clone())
    }

    /// Keeps a value of about so many bytes. The version must have been asked for before the record was read. A value
    /// that would take too much of the room is not kept.
    pub fn put(&self, version: RecordVersion, key: K, value: V, bytes: usize) {
        let bytes = bytes + OVERHEAD;
        if bytes > self.room / 16 {
            return;
        }
        let mut things = self.things();
        things.remove(version.id, |thing| thing.key == key || thing.number < version.number);
        if things.bytes + bytes > self.room {
            *things = Things { of: HashMap::new(), bytes: 0 };
        }
        things.bytes += bytes;
        things.of.entry(version.id).or_default().push(Thing { key, number: version.number, bytes, value });
    }

    /// Drops what was made of a profile whose content was removed.
    pub fn forget(&self, id: ProfileId) {
        self.things().remove(id, |_| true);
    }
}

impl<K, V> Things<K, V> {
    fn remove(&mut self, id: ProfileId, which: impl Fn(&Thing<K, V>) -> bool) {
        let Some(of) = self.of.get_mut(&id) else { return };
        let before: usize = of.iter().map(|thing| thing.bytes).sum();
        of.retain(|thing| !which(thing));
        self.bytes -= before - of.iter().map(|thing| thing.bytes).sum::<usize>();
        if of.is_empty() {
            self.of.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_writing_is_given_out() {
        let kept = Kept::new(1 << 20);
        let (one, two) = (ProfileId::new(), ProfileId::new());
        let version = |id, number| RecordVersion { id, number };
        kept.put(version(one, 1), "a", "first", 5);
        kept.put(version(one, 1), "b", "other", 5);
        assert_eq!(kept.get(version(one, 1), "a"), Some("first"));
        assert_eq!(kept.get(version(one, 2), "a"), None);
        assert_eq!(kept.get(version(two, 1), "a"), None);
        kept.put(version(one, 2), "a", "second", 6);
        assert_eq!(kept.get(version(one, 2), "a"), Some("second"));
        assert_eq!(kept.get(version(one, 1), "b"), None, "what is old only takes room");
        kept.forget(one);
        assert_eq!(kept.get(version(one, 2), "a"), None);
        assert_eq!(kept.things().bytes, 0);
    }

    #[test]
    fn the_room_is_never_overdrawn() {
        let kept = Kept::new(16 * (100 + OVERHEAD));
        for number in 0..1000 {
            let version = RecordVersion { id: ProfileId::new(), number };
            kept.put(version, (), number, 100);
            assert_eq!(kept.get(version, &()), Some(number));
            kept.put(version, (), number, 101);
            assert_eq!(kept.get(version, &()), Some(number), "too large to be kept");
            assert!(kept.things().bytes <= kept.room);
        }
    }
}
