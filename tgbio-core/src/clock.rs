//! Time as a dependency, so that tests turn it by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Ends when `until` has come; at once if it has passed.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A sleeping task looks at the wall clock at least this often, so that a clock that jumps is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            loop {
                let left = until.since(Timestamp::now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
#[derive(Debug, Clone)]
pub struct ManualClock {
    inner: Arc<Manual>,
}

#[derive(Debug)]
struct Manual {
    now: Mutex<Timestamp>,
    moved: Notify,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { inner: Arc::new(Manual { now: Mutex::new(now), moved: Notify::new() }) }
    }

    /// Shows `now` from here on, earlier or later than before, and wakes whoever waited for it.
    pub fn set(&self, now: Timestamp) {
        *self.inner.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.inner.moved.notify_waiters();
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().after(span));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.inner.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            loop {
                let moved = clock.inner.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if clock.now() >= until {
                    return;
                }
                moved.await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_when_their_time_has_come() {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let sleeper = tokio::spawn(clock.sleep_until(Timestamp::from_millis(2_000)));
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }
}
