//! The poller's tasks: never more at the source than were asked for, and one that fails inside costs nobody else a look.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileRecord, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Capabilities, Clock, FetchError, ManualClock, Observation, Poller, Profile, ProfileFetcher, Rules,
    Target, Timestamp, Tracker, Username,
};
use tokio_util::sync::CancellationToken;

const AT_ONCE: usize = 4;
const PROFILES: usize = 40;

fn name(number: usize) -> Username {
    Username::parse(&format!("followed_{number}")).unwrap()
}

/// Counts who is inside, lets others in before it answers, and fails inside at the first looks for `broken`.
struct Counted {
    inner: ScriptedFetcher,
    broken: Username,
    failures: AtomicUsize,
    inside: AtomicUsize,
    most: AtomicUsize,
}

struct Inside<'a>(&'a AtomicUsize);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl ProfileFetcher for Counted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let now = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        let _inside = Inside(&self.inside);
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let fails = target.username == self.broken
            && self
                .failures
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok();
        assert!(!fails, "this look fails inside, as it was told to");
        self.inner.fetch(target).await
    }
}

async fn record(store: &MemoryStore, number: usize) -> ProfileRecord {
    store.profile(&name(number).into()).await.unwrap().unwrap()
}

#[tokio::test]
async fn looks_that_fail_inside_cost_no_other_look_and_no_place() {
    let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
    let (inner, store) = (ScriptedFetcher::new(Arc::new(clock.clone())), Arc::new(MemoryStore::new()));
    for number in 0..PROFILES {
        inner.show(Profile::new(name(number)));
        store.follow(&NewProfile::new(name(number)), clock.now(), &Actor::system()).await.unwrap();
    }
    // More failures than there are places: a place that was lost with each would stop everything.
    let failures = AtomicUsize::new(2 * AT_ONCE);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let fetcher = Arc::new(Counted { inner, broken: name(7), failures, inside, most });
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (Duration::from_secs(60), Duration::from_secs(60));
    let tracker =
        Tracker::builder(fetcher.clone(), store.clone()).clock(Arc::new(clock.clone())).rules(rules).build();
    let (poller, stop) = (Poller::new(tracker, AT_ONCE), CancellationToken::new());
    let task = tokio::spawn(poller.run(stop.clone()));
    // Each failure waits until its claim has run out.
    let mut seconds = 0;
    while record(&store, 7).await.last_seen_at.is_none() {
        assert!(seconds < 3_600, "the profile whose looks failed is never looked at again");
        clock.advance(Duration::from_secs(1));
        seconds += 1;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(fetcher.failures.load(Ordering::SeqCst), 0);
    for number in 0..PROFILES {
        let seen = record(&store, number).await.last_seen_at.unwrap();
        assert!(clock.now().since(seen) < Duration::from_secs(180), "{number} was seen last at {seen}");
    }
    assert_eq!(fetcher.most.load(Ordering::SeqCst), AT_ONCE, "as many as were asked for, and never more");
    stop.cancel();
    task.await.unwrap();
    assert_eq!(fetcher.inside.load(Ordering::SeqCst), 0);
}
