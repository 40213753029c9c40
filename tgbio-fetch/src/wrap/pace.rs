//! The distance between two requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Jitter, Quota, RateLimiter};
use tgbio_core::{Clock, Timestamp};

/// A wait is longer by up to this part of the distance, at random.
const JITTER: u32 = 4;

/// Lets one through at a time, `distance` apart.
pub(super) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, Steady, NoOpMiddleware<Duration>>,
    steady: Steady,
    jitter: Jitter,
}

impl Pace {
    /// `None` for a distance of zero: no limit.
    pub(super) fn new(distance: Duration, clock: Arc<dyn Clock>) -> Option<Self> {
        let steady = Steady::new(clock);
        let limiter = RateLimiter::direct_with_clock(Quota::with_period(distance)?, steady.clone());
        Some(Self { limiter, steady, jitter: Jitter::up_to(distance / JITTER) })
    }

    /// Waits for the next place.
    pub(super) async fn wait(&self) {
        while let Err(early) = self.limiter.check() {
            let wait = self.jitter + early.wait_time_from(governor::clock::Clock::now(&self.steady));
            self.steady.sleep(wait.max(Duration::from_millis(1))).await;
        }
    }
}

/// The wall clock without its jumps backwards, which would stop the limiter for as long.
#[derive(Clone)]
struct Steady {
    clock: Arc<dyn Clock>,
    seen: Arc<Mutex<(Timestamp, Duration)>>,
}

impl Steady {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let seen = Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, seen }
    }

    async fn sleep(&self, wait: Duration) {
        self.clock.sleep_until(self.clock.now().after(wait)).await;
    }
}

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = (now, seen.1 + now.since(seen.0));
        seen.1
    }
}
