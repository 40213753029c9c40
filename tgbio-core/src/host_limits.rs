//! Until when a host must be left alone: kept apart from the process, so that a restart obeys it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::Timestamp;

/// Remembers not-before times of upstream hosts.
///
/// # For implementers
/// - A host is any short text that the caller chose; unknown hosts have no limit.
/// - [`hold_off`](Self::hold_off) never shortens a hold: of two times the later one stays.
/// - What was held is seen by every later [`not_before`](Self::not_before), also by other processes on the same store.
/// - Neither method fails: a store that cannot be reached logs that, answers `None` and forgets, and the caller keeps
///   its own memory.
#[async_trait]
pub trait HostLimits: Send + Sync + std::fmt::Debug {
    /// The time before which the host must not be asked, which may be past.
    async fn not_before(&self, host: &str) -> Option<Timestamp>;

    /// From now on the host is not asked before `until`; `reason` is for people.
    async fn hold_off(&self, host: &str, until: Timestamp, reason: &str);

    /// How often in a row the host has refused, so that a restart goes on backing off where it was.
    async fn strikes(&self, host: &str) -> u32;

    /// The host has answered well: the next refusal is a first one. A hold that is in force stays.
    async fn recovered(&self, host: &str);
}

/// Holds that end with the process: for programs without a store, and for tests.
#[derive(Debug, Default)]
pub struct MemoryHostLimits {
    holds: Mutex<HashMap<String, (Timestamp, u32)>>,
}

#[async_trait]
impl HostLimits for MemoryHostLimits {
    async fn not_before(&self, host: &str) -> Option<Timestamp> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).get(host).map(|hold| hold.0)
    }

    async fn hold_off(&self, host: &str, until: Timestamp, _reason: &str) {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let (hold, strikes) = holds.entry(host.to_owned()).or_insert((until, 0));
        *hold = until.max(*hold);
        *strikes = strikes.saturating_add(1);
    }

    async fn strikes(&self, host: &str) -> u32 {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).get(host).map_or(0, |hold| hold.1)
    }

    async fn recovered(&self, host: &str) {
        if let Some(hold) = self.holds.lock().unwrap_or_else(PoisonError::into_inner).get_mut(host) {
            hold.1 = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hold_is_never_shortened() {
        let limits = MemoryHostLimits::default();
        let at = Timestamp::from_millis;
        assert_eq!(limits.not_before("a.example").await, None);
        limits.hold_off("a.example", at(500), "429").await;
        limits.hold_off("a.example", at(300), "429").await;
        assert_eq!(limits.not_before("a.example").await, Some(at(500)));
        assert_eq!(limits.not_before("b.example").await, None);
        assert_eq!((limits.strikes("a.example").await, limits.strikes("b.example").await), (2, 0));
        limits.recovered("a.example").await;
        assert_eq!(
            (limits.strikes("a.example").await, limits.not_before("a.example").await),
            (0, Some(at(500)))
        );
    }
}
