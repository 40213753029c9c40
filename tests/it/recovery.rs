//! After an outage in which the canary is answered before everybody else: nobody waits longer than the source has been well.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Capabilities, Clock, FetchError, FetchErrorKind, ManualClock, Observation, ProfileFetcher, Rules, Target,
    UnreachableReason, Username,
};

use super::waits::{FOLLOWED, MINUTE, Running, clock, everybody_is_looked_at, name, source};

const TIMEOUT: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Timeout);

fn canary() -> Username {
    name(FOLLOWED)
}

/// A source that answers for its canary and for everybody else as if they were two.
#[derive(Debug, Clone)]
struct Apart {
    canary: ScriptedFetcher,
    others: ScriptedFetcher,
}

impl Apart {
    fn new(clock: &ManualClock) -> Self {
        Self { canary: source(clock, FOLLOWED + 1), others: source(clock, FOLLOWED) }
    }

    fn break_all(&self, kind: Option<FetchErrorKind>) {
        self.canary.break_all(kind);
        self.others.break_all(kind);
    }
}

#[async_trait]
impl ProfileFetcher for Apart {
    fn name(&self) -> &str {
        self.others.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.others.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let of = if target.username == canary() { &self.canary } else { &self.others };
        of.fetch(target).await
    }
}

fn start(source: &Apart, clock: &ManualClock, store: Arc<MemoryStore>, canaries: Vec<Username>) -> Running {
    Running::with(source.clone(), (clock.clone(), store), Rules::default(), canaries)
}

/// Many who are looked at as often as by default, and have not been answered for hours; nor has the canary.
async fn after_hours(source: &Apart, clock: &ManualClock, canaries: Vec<Username>) -> Running {
    let store = Arc::new(MemoryStore::new());
    for number in 0..FOLLOWED {
        store.follow(&NewProfile::new(name(number)), clock.now(), &Actor::system()).await.unwrap();
    }
    let running = start(source, clock, store, canaries);
    running.pass(MINUTE / 2).await;
    outage(source, &running).await;
    running
}

async fn outage(source: &Apart, running: &Running) {
    source.break_all(Some(TIMEOUT));
    running.pass(200 * MINUTE).await;
    assert!(running.profile(0).await.failures > 6, "it is backed off from");
}

/// The canary is answered again, and noticed.
async fn recovers(source: &Apart, running: &Running) {
    source.canary.break_all(None);
    running.pass(MINUTE).await;
}

#[tokio::test]
async fn who_is_not_answered_at_once_does_not_wait_for_long() {
    let clock = clock();
    for times in [1, 3] {
        let source = Apart::new(&clock);
        let running = after_hours(&source, &clock, vec![canary()]).await;
        for number in 0..FOLLOWED {
            (0..times).for_each(|_| source.others.fail_next(&name(number), TIMEOUT));
        }
        source.others.break_all(None);
        recovers(&source, &running).await;
        running.pass(4 * MINUTE).await;
        assert!(everybody_is_looked_at(&running).await, "after {times} more failures");
        running.end().await;
    }
}

/// The others are answered `after` the canary: then nobody waits for longer than that, and a little.
async fn everybody_is_looked_at_soon(source: &Apart, running: &Running, after: Duration) {
    assert!(!everybody_is_looked_at(running).await);
    source.others.break_all(None);
    running.pass(after + after / 5 + MINUTE).await;
    assert!(everybody_is_looked_at(running).await, "answered {after:?} after the canary");
}

#[tokio::test]
async fn nobody_waits_longer_than_the_source_has_been_well() {
    let clock = clock();
    for after in [3 * MINUTE, 20 * MINUTE] {
        let source = Apart::new(&clock);
        let running = after_hours(&source, &clock, vec![canary()]).await;
        recovers(&source, &running).await;
        running.pass(after).await;
        everybody_is_looked_at_soon(&source, &running, after).await;
        running.end().await;
    }
}

#[tokio::test]
async fn nor_after_the_next_outage() {
    let clock = clock();
    let source = Apart::new(&clock);
    let running = after_hours(&source, &clock, vec![canary()]).await;
    recovers(&source, &running).await;
    outage(&source, &running).await;
    recovers(&source, &running).await;
    running.pass(3 * MINUTE).await;
    everybody_is_looked_at_soon(&source, &running, 3 * MINUTE).await;
    running.end().await;
}

#[tokio::test]
async fn nor_when_the_clock_is_set_back() {
    let clock = clock();
    let source = Apart::new(&clock);
    let running = after_hours(&source, &clock, vec![canary()]).await;
    recovers(&source, &running).await;
    running.pass(MINUTE).await;
    clock.set(clock.now().before(150 * MINUTE));
    running.pass(2 * MINUTE).await;
    everybody_is_looked_at_soon(&source, &running, 3 * MINUTE).await;
    running.end().await;
}

#[tokio::test]
async fn nor_in_a_process_that_starts_meanwhile() {
    let clock = clock();
    let source = Apart::new(&clock);
    let running = after_hours(&source, &clock, vec![canary()]).await;
    recovers(&source, &running).await;
    running.pass(MINUTE).await;
    let store = running.store.clone();
    running.end().await;
    let running = start(&source, &clock, store, vec![canary()]);
    running.pass(2 * MINUTE).await;
    everybody_is_looked_at_soon(&source, &running, 2 * MINUTE).await;
    running.end().await;
}

/// One bad answer of the canary is no outage, and nobody comes forward when it is good again.
#[tokio::test]
async fn nor_when_the_canary_is_not_read_well_for_a_moment() {
    let clock = clock();
    let source = Apart::new(&clock);
    let running = after_hours(&source, &clock, vec![canary()]).await;
    recovers(&source, &running).await;
    source.canary.break_all(Some(TIMEOUT));
    running.pass(MINUTE).await;
    source.canary.break_all(None);
    running.pass(2 * MINUTE).await;
    everybody_is_looked_at_soon(&source, &running, 3 * MINUTE).await;
    running.end().await;
}

/// Where there is no canary the first who is answered tells that the source is well.
#[tokio::test]
async fn nor_without_a_canary() {
    let clock = clock();
    let source = Apart::new(&clock);
    let running = after_hours(&source, &clock, vec![]).await;
    source.others.break_all(None);
    for number in 1..FOLLOWED {
        (0..3).for_each(|_| source.others.fail_next(&name(number), TIMEOUT));
    }
    while running.profile(0).await.failures > 0 {
        running.pass(Duration::from_secs(1)).await;
    }
    running.pass(5 * MINUTE).await;
    assert!(everybody_is_looked_at(&running).await);
    running.end().await;
}

/// Beyond its back-off it is asked for so often as the floor is doubled up to the ceiling, once for each outage.
#[tokio::test]
async fn one_that_fails_for_itself_is_soon_left_alone_again() {
    let clock = clock();
    let source = Apart::new(&clock);
    (0..1_000).for_each(|_| source.others.fail_next(&name(0), TIMEOUT));
    let running = after_hours(&source, &clock, vec![canary()]).await;
    let asked = |number| source.others.asked(&name(number));
    let before = [0, 1].map(asked);
    source.others.break_all(None);
    recovers(&source, &running).await;
    running.pass(5 * 60 * MINUTE).await;
    let [alone, well] = [asked(0) - before[0], asked(1) - before[1]];
    assert!((5..=5 + 9).contains(&alone), "{alone} times in five hours");
    assert!(well > 30, "{well} times");
    running.end().await;
}
