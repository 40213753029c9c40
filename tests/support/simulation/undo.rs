//! What a power cut undoes of what the world knows was written: it has not happened then.

use std::time::Duration;

use tgbio_core::Timestamp;
use tgbio_core::coverage::Span;

use super::faults;
use super::world::{Shared, Spoilt, World};

/// One write of the store, as far as the world goes by it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Undo {
    /// A look: its profile's place, and its number there.
    Look((usize, usize)),
    /// An alarm was written; whether that was news.
    Alarm(bool),
    /// The store was told the time, and has moved what it knows back by so much.
    MovedBack(Duration),
    /// Nothing that the world goes by.
    Nothing,
}

/// The writes since the last one that was synced.
#[derive(Debug)]
pub(super) struct Journal {
    writes: Vec<(Timestamp, Undo)>,
    synced_at: Timestamp,
    /// When the clock was set back.
    pub set_back: Vec<Timestamp>,
}

impl Journal {
    pub fn new(start: Timestamp) -> Self {
        Self { writes: Vec::new(), synced_at: start, set_back: Vec::new() }
    }
}

impl World {
    pub fn wrote(&self, undo: Undo) {
        let mut shared = self.shared();
        let now = shared.now;
        shared.journal.writes.push((now, undo));
    }

    /// Nothing that was written so far can be undone any more.
    pub fn synced(&self) {
        let mut shared = self.shared();
        shared.journal.synced_at = shared.now;
        shared.journal.writes.clear();
    }

    /// The last writes are undone. What is left has survived: it is on the disk.
    pub fn undo(&self, lost: usize) {
        let mut shared = self.shared();
        let left = shared.journal.writes.len().saturating_sub(lost);
        let undone = shared.journal.writes.split_off(left);
        let reached = shared.journal.writes.last().map_or(shared.journal.synced_at, |(at, _)| *at);
        let now = shared.now;
        shared.script.undone.push(Span::between(reached, now));
        for (_, write) in undone.into_iter().rev() {
            shared.undo_one(write);
        }
        shared.forget_since(reached);
        drop(shared);
        self.synced();
    }
}

impl Shared {
    fn undo_one(&mut self, write: Undo) {
        match write {
            Undo::Look((place, number)) => {
                let look = &mut self.log.looks[place][number];
                (look.written, look.kept, look.undone) = (false, false, true);
            }
            Undo::Alarm(true) => drop(self.script.alarms.pop()),
            Undo::MovedBack(by) => self.script.moved -= u64::try_from(by.as_millis()).unwrap_or(u64::MAX),
            Undo::Alarm(false) | Undo::Nothing => {}
        }
    }

    /// Makes everything that follows from the writes follow from those that are left.
    fn forget_since(&mut self, reached: Timestamp) {
        // The store was told of these; now it knows no later time than before.
        let forgotten = self.journal.set_back.iter().copied().filter(|at| *at >= reached);
        self.script.unnoticed.extend(forgotten);
        let moved = self.script.moved;
        for (place, looks) in self.log.looks.iter_mut().enumerate() {
            looks.iter_mut().for_each(|look| look.moved = look.moved.min(moved));
            let right = looks.iter().rposition(|look| look.kept && look.spoilt == Spoilt::No);
            let since = looks[right.map_or(0, |right| right + 1)..].iter();
            let alike = since.map(|look| faults::looks_like(&look.spoilt)).filter(|looks| *looks != 0);
            self.recent.insert(place, alike.collect());
        }
    }
}
