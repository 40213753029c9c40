//! How many profiles are read from the source at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// So many slots. Only one task takes them; every task may give one back.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    all: usize,
    taken: AtomicUsize,
    freed: Notify,
}

impl Slots {
    pub(super) fn new(all: usize) -> Self {
        Self { inner: Arc::new(Inner { all, taken: AtomicUsize::new(0), freed: Notify::new() }) }
    }

    /// Takes a slot until the guard is dropped.
    pub(super) fn take(&self) -> Option<Slot> {
        if self.taken() >= self.inner.all {
            return None;
        }
        self.inner.taken.fetch_add(1, Ordering::AcqRel);
        Some(Slot { inner: self.inner.clone() })
    }

    pub(super) fn taken(&self) -> usize {
        self.inner.taken.load(Ordering::Acquire)
    }

    /// Ends when a slot was freed since the last time.
    pub(super) async fn freed(&self) {
        self.inner.freed.notified().await;
    }
}

/// A taken slot.
#[derive(Debug)]
pub(super) struct Slot {
    inner: Arc<Inner>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.inner.taken.fetch_sub(1, Ordering::AcqRel);
        self.inner.freed.notify_one();
    }
}
