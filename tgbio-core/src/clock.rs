//! Time as a dependency, so that tests turn it by hand.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Time that only goes on, from no certain beginning: it tells how long something lasted although the clock was set.
    fn steady(&self) -> Duration {
        steady_now()
    }

    /// Ends when `until` has come; at once if it has passed. It never lasts longer than what was left of the time when
    /// it was begun, also when the clock is set back meanwhile: the caller looks at the time again.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A sleeping task looks at the wall clock at least this often, so that a clock that jumps is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The time since this was asked first.
fn steady_now() -> Duration {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed()
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let wake = Wake::new(until, Timestamp::now(), steady_now());
        Box::pin(async move {
            loop {
                let left = wake.left(Timestamp::now(), steady_now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// When a sleep ends: at a time of the wall clock, or when as much time has passed as was left at first.
#[derive(Debug, Clone, Copy)]
struct Wake {
    until: Timestamp,
    at_last: Duration,
}

impl Wake {
    fn new(until: Timestamp, now: Timestamp, steady: Duration) -> Self {
        Self { until, at_last: steady.saturating_add(until.since(now)) }
    }

    fn left(&self, now: Timestamp, steady: Duration) -> Duration {
        self.until.since(now).min(self.at_last.saturating_sub(steady))
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
#[derive(Debug, Clone)]
pub struct ManualClock {
    inner: Arc<Manual>,
}

#[derive(Debug)]
struct Manual {
    /// The wall clock, in milliseconds: read at every turn, and so without a lock.
    now: AtomicI64,
    /// How far it was moved forward in all, in milliseconds.
    passed: AtomicU64,
    /// Held while it is set.
    setting: Mutex<()>,
    moved: Notify,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        let (now, passed) = (AtomicI64::new(now.as_millis()), AtomicU64::new(0));
        Self { inner: Arc::new(Manual { now, passed, setting: Mutex::default(), moved: Notify::new() }) }
    }

    /// Shows `now` from here on, earlier or later than before, and wakes whoever waited for it.
    pub fn set(&self, now: Timestamp) {
        {
            let _alone = self.inner.setting.lock().unwrap_or_else(PoisonError::into_inner);
            let passed = u64::try_from(now.since(self.now()).as_millis()).unwrap_or(u64::MAX);
            let before = self.inner.passed.load(Ordering::SeqCst);
            self.inner.passed.store(before.saturating_add(passed), Ordering::SeqCst);
            self.inner.now.store(now.as_millis(), Ordering::SeqCst);
        }
        self.inner.moved.notify_waiters();
    }

    /// The wall clock is set: it shows `now` from here on, and no time has passed.
    pub fn put(&self, now: Timestamp) {
        {
            let _alone = self.inner.setting.lock().unwrap_or_else(PoisonError::into_inner);
            self.inner.now.store(now.as_millis(), Ordering::SeqCst);
        }
        self.inner.moved.notify_waiters();
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().after(span));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.inner.now.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Duration {
        Duration::from_millis(self.inner.passed.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let wake = Wake::new(until, clock.now(), clock.steady());
        Box::pin(async move {
            loop {
                let moved = clock.inner.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if wake.left(clock.now(), clock.steady()).is_zero() {
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

    #[tokio::test]
    async fn a_clock_that_is_set_back_makes_no_sleep_longer() {
        let clock = ManualClock::new(Timestamp::from_millis(3_600_000));
        let sleeper = tokio::spawn(clock.sleep_until(Timestamp::from_millis(3_602_000)));
        tokio::task::yield_now().await;
        clock.set(Timestamp::from_millis(0));
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.steady(), Duration::from_secs(2));
    }

    #[test]
    fn a_sleep_ends_with_the_wall_clock_or_with_the_time_that_was_left() {
        let (at, seconds) = (Timestamp::from_millis, Duration::from_secs);
        let wake = Wake::new(at(60_000), at(0), seconds(100));
        let cases = [
            ("as planned", at(20_000), seconds(120), seconds(40)),
            ("the machine slept", at(90_000), seconds(110), Duration::ZERO),
            ("set back", at(-7_200_000), seconds(130), seconds(30)),
            ("set back, and the time is over", at(-7_200_000), seconds(160), Duration::ZERO),
        ];
        for (what, now, steady, left) in cases {
            assert_eq!(wake.left(now, steady), left, "{what}");
        }
        assert_eq!(Wake::new(at(0), at(5), Duration::ZERO).left(at(5), Duration::ZERO), Duration::ZERO);
    }
}
