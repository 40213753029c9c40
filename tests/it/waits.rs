//! Who must wait when a source asks for it: the profiles that it is about, or everybody.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileRecord, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Clock, FetchErrorKind, ManualClock, Outcome, Poller, PollerHandle, Profile, ProfileFetcher,
    RateLimitReason, Rules, Timestamp, Tracker, Username,
};
use tgbio_fetch::Fallback;
use tokio_util::sync::CancellationToken;

const MINUTE: Duration = Duration::from_secs(60);

fn waits(time: Duration) -> FetchErrorKind {
    FetchErrorKind::RateLimited { retry_after: Some(time), reason: RateLimitReason::FloodWait }
}

fn name(number: usize) -> Username {
    Username::parse(&format!("followed_{number}")).unwrap()
}

/// Profiles that are looked at every minute by a running poller, on a clock that the test turns.
struct Running {
    clock: ManualClock,
    store: Arc<MemoryStore>,
    handle: PollerHandle,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn over(fetcher: impl ProfileFetcher + 'static, clock: ManualClock, profiles: usize) -> Self {
        let store = Arc::new(MemoryStore::new());
        for number in 0..profiles {
            store.follow(&NewProfile::new(name(number)), clock.now(), &Actor::system()).await.unwrap();
        }
        let mut rules = Rules::default();
        (rules.interval_min, rules.interval_max) = (MINUTE, MINUTE);
        let tracker = Tracker::builder(Arc::new(fetcher), store.clone())
            .clock(Arc::new(clock.clone()))
            .rules(rules)
            .chance(|| 0.5)
            .build();
        let (poller, stop) = (Poller::new(tracker, 4), CancellationToken::new());
        let handle = poller.handle();
        let task = tokio::spawn(poller.run(stop.clone()));
        Self { clock, store, handle, stop, task }
    }

    /// Lets everything happen that is due, second by second.
    async fn pass(&self, time: Duration) {
        for _ in 0..time.as_secs() {
            self.clock.advance(Duration::from_secs(1));
            self.idle().await;
        }
    }

    async fn idle(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }

    async fn profile(&self, number: usize) -> ProfileRecord {
        self.store.profile(&name(number).into()).await.unwrap().unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

fn source(clock: &ManualClock, profiles: usize) -> ScriptedFetcher {
    let source = ScriptedFetcher::new(Arc::new(clock.clone()));
    (0..profiles).for_each(|number| source.show(Profile::new(name(number))));
    source
}

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_millis(1_800_000_000_000))
}

#[tokio::test]
async fn the_others_go_on_while_one_profile_must_wait() {
    let clock = clock();
    let source = source(&clock, 3).waiting_alone();
    source.fail_next(&name(0), waits(10 * MINUTE));
    let running = Running::over(source.clone(), clock, 3).await;
    running.idle().await;
    running.pass(9 * MINUTE).await;
    assert_eq!(running.handle.status().paused_until, None);
    assert_eq!([0, 1, 2].map(|number| source.asked(&name(number))), [1, 10, 10]);
    let waiting = running.profile(0).await;
    assert_eq!(waiting.health.unwrap().outcome, Outcome::RateLimited);
    assert_eq!((waiting.failures, waiting.revisions), (0, 0), "to be put off is no failure");
    running.pass(MINUTE).await;
    assert_eq!(source.asked(&name(0)), 2, "it is asked for at the time that was told");
    assert_eq!(running.profile(0).await.revisions, 1);
    running.end().await;
}

#[tokio::test]
async fn a_wait_of_the_whole_source_stops_everybody() {
    let clock = clock();
    let source = source(&clock, 3);
    source.fail_next(&name(0), waits(10 * MINUTE));
    let running = Running::over(source.clone(), clock, 3).await;
    running.idle().await;
    let asked = || [0, 1, 2].map(|number| source.asked(&name(number))).iter().sum::<usize>();
    let before = asked();
    running.pass(9 * MINUTE).await;
    assert!(running.handle.status().paused_until.is_some());
    assert_eq!(asked(), before, "what was on its way has ended, and nothing is begun");
    running.pass(3 * MINUTE).await;
    assert_eq!(running.handle.status().paused_until, None);
    assert!(asked() >= before + 3);
    running.end().await;
}

#[tokio::test]
async fn each_of_many_waiting_profiles_costs_one_look() {
    let (clock, many) = (clock(), 500);
    let source = source(&clock, many).waiting_alone();
    (0..many).for_each(|number| source.fail_next(&name(number), waits(30 * MINUTE)));
    let running = Running::over(source.clone(), clock, many).await;
    running.idle().await;
    running.pass(29 * MINUTE).await;
    assert!((0..many).all(|number| source.asked(&name(number)) == 1));
    running.pass(2 * MINUTE).await;
    assert!((0..many).all(|number| source.asked(&name(number)) > 1));
    running.end().await;
}

/// A profile that is told no wait at all is not asked for again and again.
#[tokio::test]
async fn no_wait_at_all_is_a_second() {
    let clock = clock();
    let source = source(&clock, 1).waiting_alone();
    (0..1_000).for_each(|_| source.fail_next(&name(0), waits(Duration::ZERO)));
    let running = Running::over(source.clone(), clock, 1).await;
    running.idle().await;
    assert_eq!(source.asked(&name(0)), 1);
    running.pass(MINUTE).await;
    assert!(source.asked(&name(0)) <= 61, "{}", source.asked(&name(0)));
    running.end().await;
}

/// While the host of the pages refuses, the other backend must wait with one profile: it answers for the others.
#[tokio::test]
async fn with_two_sources_everybody_waits_only_when_neither_answers() {
    let clock = clock();
    let (pages, protocol) = (source(&clock, 0), source(&clock, 3).called("mtproto").waiting_alone());
    pages.break_all(Some(waits(20 * MINUTE)));
    protocol.fail_next(&name(0), waits(10 * MINUTE));
    let running = Running::over(Fallback::new(pages.clone(), protocol.clone()), clock, 3).await;
    running.idle().await;
    running.pass(9 * MINUTE).await;
    assert_eq!([0, 1, 2].map(|number| protocol.asked(&name(number))), [1, 10, 10]);
    running.pass(MINUTE).await;
    assert_eq!(protocol.asked(&name(0)), 2);
    running.end().await;
}
