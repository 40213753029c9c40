//! Slows down whoever guesses passwords: after some failures each further attempt has to wait twice as long.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many failures are free, and how long the waits get.
#[derive(Debug, Clone, Copy)]
struct Rule {
    free: u32,
    longest: Duration,
}

/// One address gets tired quickly.
const ADDRESS: Rule = Rule { free: 5, longest: Duration::from_secs(900) };
/// Many addresses together: the wait stays short, or a stranger could lock the admin out.
const ACCOUNT: Rule = Rule { free: 10, longest: Duration::from_secs(60) };
const FIRST_WAIT: Duration = Duration::from_secs(1);
const FORGET_AFTER: Duration = Duration::from_secs(3600);
const MOST_KEYS: usize = 10_000;
const LONGEST_NAME: usize = 64;

impl Rule {
    fn wait(self, failures: u32) -> Duration {
        let Some(over) = failures.checked_sub(self.free) else { return Duration::ZERO };
        FIRST_WAIT.saturating_mul(1 << over.min(16)).min(self.longest)
    }
}

#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Failures>);

#[derive(Debug, Default)]
struct Failures {
    addresses: HashMap<IpAddr, Tries>,
    accounts: HashMap<String, Tries>,
}

#[derive(Debug)]
struct Tries {
    failures: u32,
    last: Instant,
}

impl Throttle {
    /// Counts an attempt before its password is looked at, so that attempts at the same time count as well.
    /// `Err` is how long to wait.
    pub(super) fn attempt(&self, address: Option<IpAddr>, account: &str) -> Result<(), Duration> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = shortened(account);
        let by_address =
            address.map_or(Duration::ZERO, |address| left(&failures.addresses, &address, ADDRESS));
        let wait = by_address.max(left(&failures.accounts, &account, ACCOUNT));
        if !wait.is_zero() {
            return Err(wait);
        }
        if let Some(address) = address {
            count(&mut failures.addresses, address);
        }
        count(&mut failures.accounts, account);
        Ok(())
    }

    /// The attempt was right: the failures before it are forgiven.
    pub(super) fn forgive(&self, address: Option<IpAddr>, account: &str) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.accounts.remove(&shortened(account));
        if let Some(address) = address {
            failures.addresses.remove(&address);
        }
    }
}

fn left<K: Hash + Eq>(tries: &HashMap<K, Tries>, key: &K, rule: Rule) -> Duration {
    let Some(tries) = tries.get(key) else { return Duration::ZERO };
    rule.wait(tries.failures).saturating_sub(tries.last.elapsed())
}

fn count<K: Hash + Eq>(tries: &mut HashMap<K, Tries>, key: K) {
    if tries.len() >= MOST_KEYS {
        tries.retain(|_, tries| tries.last.elapsed() < FORGET_AFTER);
    }
    if tries.len() >= MOST_KEYS {
        forget_half(tries);
    }
    let now = Instant::now();
    let entry = tries.entry(key).or_insert(Tries { failures: 0, last: now });
    if entry.last.elapsed() >= FORGET_AFTER {
        entry.failures = 0;
    }
    entry.failures += 1;
    entry.last = now;
}

/// A flood of addresses or names: whoever failed least, and longest ago, is forgotten.
fn forget_half<K: Hash + Eq>(tries: &mut HashMap<K, Tries>) {
    let mut ranks: Vec<_> = tries.values().map(|tries| (tries.failures, tries.last)).collect();
    ranks.sort_unstable();
    let middle = ranks[ranks.len() / 2];
    tries.retain(|_, tries| (tries.failures, tries.last) > middle);
}

fn shortened(account: &str) -> String {
    account.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[tokio::test(start_paused = true)]
    async fn an_address_waits_twice_as_long_each_time() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.attempt(HERE, "admin").unwrap();
        }
        for seconds in [1, 2, 4, 8] {
            assert_eq!(throttle.attempt(HERE, "other"), Err(Duration::from_secs(seconds)));
            tokio::time::advance(Duration::from_secs(seconds)).await;
            throttle.attempt(HERE, "other").unwrap();
        }
        throttle.forgive(HERE, "other");
        throttle.attempt(HERE, "other").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_never_waits_longer_than_a_minute() {
        let throttle = Throttle::default();
        for host in 0..40 {
            let address = Some(IpAddr::from([198, 51, 100, host]));
            if let Err(wait) = throttle.attempt(address, "admin") {
                assert!(wait <= ACCOUNT.longest);
                tokio::time::advance(wait).await;
                throttle.attempt(address, "admin").unwrap();
            }
        }
        assert_eq!(throttle.attempt(HERE, "admin"), Err(ACCOUNT.longest));
        throttle.attempt(HERE, "someone else").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..25_000_u32 {
            throttle.attempt(Some(IpAddr::from(number.to_be_bytes())), &number.to_string()).unwrap();
        }
        let failures = throttle.0.lock().unwrap();
        assert!(failures.addresses.len() <= MOST_KEYS && failures.accounts.len() <= MOST_KEYS);
    }
}
