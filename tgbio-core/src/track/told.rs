//! Tells the store what time it is, and notices when the clock was set back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Tracker;
use crate::store::{MeasuredBack, ProfileStore, SET_BACK, StoreError, StoreResult};
use crate::{Clock, Timestamp};

impl Tracker {
    /// Moves what is planned when the clock was set back, so that nothing waits until it has caught up. Whoever claims due
    /// work calls this before.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was moved; the next call makes up for it.
    pub async fn follow_clock(&self) -> Result<(), StoreError> {
        self.inner.told.follow(&*self.inner.store, &*self.inner.clock).await
    }
}

/// The store is told this often while the clock goes on as it should.
const EVERY: Duration = Duration::from_secs(30);

/// The time that this process told last, also by a clock that nobody sets.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Option<(Timestamp, Duration)>>);

impl Told {
    /// Tells the time, when it is time to do so or when the clock was set back since the last time.
    ///
    /// # Errors
    /// [`StoreError`]: it is told again the next time.
    pub async fn follow(&self, store: &dyn ProfileStore, clock: &dyn Clock) -> StoreResult<()> {
        let (now, steady) = (clock.now(), clock.steady());
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = |(_, then): (Timestamp, Duration)| steady.saturating_sub(then);
        let measured = |last: (Timestamp, Duration)| MeasuredBack {
            by: last.0.after(passed(last)).since(now),
            told: last.0,
        };
        let back = last.map(measured).filter(|back| back.by > SET_BACK);
        // A time that lies ahead is told at once: what is written by it would never be moved back, should that clock be put
        // right soon.
        let as_expected = |last| passed(last) < EVERY && now.since(last.0.after(passed(last))) <= SET_BACK;
        if back.is_none() && last.is_some_and(as_expected) {
            return Ok(());
        }
        store.tell_time(now, back).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, steady));
        Ok(())
    }
}
