//! What may be asked of one host, and when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tgbio_core::{Clock, FetchErrorKind, HostLimits, RateLimitReason, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::pace::Pace;

/// The stored hold is read again after this time: another process may have set one.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// The shortest hold, whatever the host says.
const SHORTEST_HOLD: Duration = Duration::from_secs(1);

/// How a host is treated at the moment, for a status page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostStatus {
    /// The host.
    pub host: String,
    /// It is not asked before this time, which lies in the future.
    pub not_before: Option<Timestamp>,
    /// Why, in words.
    pub reason: Option<&'static str>,
    /// Distance between two requests.
    pub min_delay: Duration,
    /// Requests in the last minute.
    pub last_minute: u32,
}

pub(super) struct Settings {
    pub(super) host: String,
    pub(super) min_delay: Duration,
    pub(super) connections: usize,
    pub(super) backoff: (Duration, Duration),
}

/// The request budget of one host.
pub(super) struct Budget {
    settings: Settings,
    clock: Arc<dyn Clock>,
    limits: Arc<dyn HostLimits>,
    pace: Option<Pace>,
    gate: Semaphore,
    state: Mutex<State>,
}

/// A hold that is in force, and for how long at most from when it was noticed: a clock that is set back makes it no longer.
#[derive(Debug, Clone, Copy)]
struct Hold {
    until: Timestamp,
    /// The end by a clock that nobody sets.
    at_last: Duration,
}

impl Hold {
    fn new(until: Timestamp, clock: &dyn Clock) -> Self {
        Self { until, at_last: clock.steady().saturating_add(until.since(clock.now())) }
    }

    /// When it ends by the wall clock, if it is not over.
    fn ends(self, clock: &dyn Clock) -> Option<Timestamp> {
        let now = clock.now();
        let left = self.until.since(now).min(self.at_last.saturating_sub(clock.steady()));
        (!left.is_zero()).then(|| now.after(left))
    }
}

#[derive(Default)]
struct State {
    hold: Option<Hold>,
    reason: Option<RateLimitReason>,
    read_at: Option<Timestamp>,
    refusals: u32,
    /// Whether refusals before this process were taken into account.
    refusals_read: bool,
    recent: Recent,
}

/// The host must be left alone for so long.
pub(super) struct OnHold {
    pub(super) remaining: Duration,
    pub(super) reason: RateLimitReason,
}

impl Budget {
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>, limits: Arc<dyn HostLimits>) -> Self {
        let pace = Pace::new(settings.min_delay, clock.clone());
        let gate = Semaphore::new(settings.connections.clamp(1, Semaphore::MAX_PERMITS));
        Self { settings, clock, limits, pace, gate, state: Mutex::default() }
    }

    /// Waits for a place, or says at once that the host is on hold.
    pub(super) async fn enter(&self) -> Result<Option<SemaphorePermit<'_>>, OnHold> {
        self.check_hold().await?;
        let permit = self.gate.acquire().await.ok();
        if let Some(pace) = &self.pace {
            pace.wait().await;
            self.check_hold().await?;
        }
        self.state().recent.count(self.clock.now());
        Ok(permit)
    }

    /// Learns from an answer.
    pub(super) async fn leave(&self, failure: Option<FetchErrorKind>) {
        match failure {
            Some(FetchErrorKind::RateLimited { retry_after, reason }) => {
                let until = self.refused(retry_after, reason).await;
                tracing::warn!(host = self.settings.host, %until, "the host is on hold: {}", reason.words());
                self.limits.hold_off(&self.settings.host, until, reason.words()).await;
            }
            Some(FetchErrorKind::Unreachable(_)) => {}
            _ => self.answered().await,
        }
    }

    pub(super) async fn status(&self) -> HostStatus {
        let hold = self.hold().await;
        let now = self.clock.now();
        let state = self.state();
        HostStatus {
            host: self.settings.host.clone(),
            not_before: hold,
            reason: state.reason.filter(|_| hold.is_some()).map(RateLimitReason::words),
            min_delay: self.settings.min_delay,
            last_minute: state.recent.in_last_minute(now),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Recovery is noticed at the first good answer.
    async fn answered(&self) {
        let had_refused = std::mem::take(&mut self.state().refusals) > 0;
        let known = std::mem::replace(&mut self.state().refusals_read, true);
        if had_refused || (!known && self.limits.strikes(&self.settings.host).await > 0) {
            self.limits.recovered(&self.settings.host).await;
        }
    }

    /// Sets the hold in memory: what the host asks for in full, or a growing wait where it does not say. A restart goes
    /// on where the wait was.
    async fn refused(&self, retry_after: Option<Duration>, reason: RateLimitReason) -> Timestamp {
        let (least, most) = self.settings.backoff;
        let strikes = self.limits.strikes(&self.settings.host).await;
        let mut state = self.state();
        let refusals = state.refusals.max(strikes);
        let grown = least.saturating_mul(2_u32.saturating_pow(refusals)).min(most);
        (state.refusals, state.refusals_read) = (refusals.saturating_add(1), true);
        // Processes that were refused at the same time do not come back at the same time.
        let spread = grown.mul_f64(1.0 + 0.1 * rand::random::<f64>()).min(most);
        let until = self.clock.now().after(retry_after.unwrap_or(spread).max(SHORTEST_HOLD));
        let until = state.hold.and_then(|hold| hold.ends(&*self.clock)).map_or(until, |held| held.max(until));
        state.hold = Some(Hold::new(until, &*self.clock));
        state.reason = Some(reason);
        until
    }

    async fn check_hold(&self) -> Result<(), OnHold> {
        let Some(until) = self.hold().await else { return Ok(()) };
        let remaining = until.since(self.clock.now());
        Err(OnHold { remaining, reason: self.state().reason.unwrap_or(RateLimitReason::Http429) })
    }

    /// The hold that is in force, from memory or from the store.
    async fn hold(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        {
            let state = self.state();
            let held = state.hold.and_then(|hold| hold.ends(&*self.clock));
            let fresh = state.read_at.is_some_and(|read| read <= now && now.since(read) < READ_AGAIN);
            if fresh || held.is_some() {
                return held;
            }
        }
        let stored = self.limits.not_before(&self.settings.host).await;
        let mut state = self.state();
        state.read_at = Some(now);
        let held = state.hold.and_then(|hold| hold.ends(&*self.clock));
        // What was waited for to its end is over, whatever the wall clock shows by now.
        let waited = state.hold.map(|hold| hold.until);
        let other = stored.filter(|until| *until > now && Some(*until) != waited);
        if other > held {
            state.hold = other.map(|until| Hold::new(until, &*self.clock));
        }
        other.max(held)
    }
}

/// Requests of the last sixty seconds, by second.
struct Recent {
    seconds: [(i64, u32); 60],
}

impl Default for Recent {
    fn default() -> Self {
        Self { seconds: [(i64::MIN, 0); 60] }
    }
}

impl Recent {
    fn count(&mut self, now: Timestamp) {
        let second = now.as_millis().div_euclid(1000);
        let slot = usize::try_from(second.rem_euclid(60)).unwrap_or_default();
        if self.seconds[slot].0 != second {
            self.seconds[slot] = (second, 0);
        }
        self.seconds[slot].1 += 1;
    }

    fn in_last_minute(&self, now: Timestamp) -> u32 {
        let second = now.as_millis().div_euclid(1000);
        let recent = self.seconds.iter().filter(|(at, _)| (second - 59..=second).contains(at));
        recent.map(|(_, requests)| requests).sum()
    }
}
