//! Who must wait when a source asks for it or does not answer: the profiles that it is about, or everybody; and that nobody
//! waits any longer when it answers again.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileRecord, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Clock, FetchErrorKind, ManualClock, Outcome, Poller, PollerHandle, Profile, ProfileFetcher,
    RateLimitReason, Rules, Timestamp, Tracker, UnreachableReason, Username,
};
use tgbio_fetch::{Fallback, Limited};
use tokio_util::sync::CancellationToken;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

fn waits(time: Duration) -> FetchErrorKind {
    FetchErrorKind::RateLimited { retry_after: Some(time), reason: RateLimitReason::FloodWait }
}

pub(super) fn name(number: usize) -> Username {
    Username::parse(&format!("followed_{number}")).unwrap()
}

/// Profiles that are looked at every minute by a running poller, on a clock that the test turns.
pub(super) struct Running {
    pub clock: ManualClock,
    pub store: Arc<MemoryStore>,
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
        Self::with(fetcher, (clock, store), rules, Vec::new())
    }

    pub fn with(
        fetcher: impl ProfileFetcher + 'static,
        (clock, store): (ManualClock, Arc<MemoryStore>),
        rules: Rules,
        canaries: Vec<Username>,
    ) -> Self {
        let tracker = Tracker::builder(Arc::new(fetcher), store.clone())
            .clock(Arc::new(clock.clone()))
            .rules(rules)
            .canaries(canaries)
            .chance(|| 0.5)
            .build();
        let (poller, stop) = (Poller::new(tracker, 4), CancellationToken::new());
        let handle = poller.handle();
        let task = tokio::spawn(poller.run(stop.clone()));
        Self { clock, store, handle, stop, task }
    }

    /// Lets everything happen that is due, second by second.
    pub async fn pass(&self, time: Duration) {
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

    pub async fn profile(&self, number: usize) -> ProfileRecord {
        self.store.profile(&name(number).into()).await.unwrap().unwrap()
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

pub(super) fn source(clock: &ManualClock, profiles: usize) -> ScriptedFetcher {
    let source = ScriptedFetcher::new(Arc::new(clock.clone()));
    (0..profiles).for_each(|number| source.show(Profile::new(name(number))));
    source
}

pub(super) fn clock() -> ManualClock {
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

/// Nobody looks meanwhile, and afterwards the clock has passed again what it showed before.
#[tokio::test]
async fn a_clock_that_is_set_back_while_everybody_waits_shortens_no_gap() {
    let clock = clock();
    let source = source(&clock, 1);
    let running = Running::over(source.clone(), clock.clone(), 1).await;
    running.pass(60 * MINUTE).await;
    let wait =
        FetchErrorKind::RateLimited { retry_after: Some(40 * MINUTE), reason: RateLimitReason::Http429 };
    source.fail_next(&name(0), wait);
    running.pass(10 * MINUTE).await;
    clock.set(clock.now().before(15 * MINUTE));
    running.pass(60 * MINUTE).await;
    let (first, last) = (clock.now().before(1_000 * MINUTE), clock.now());
    let spans = running.store.coverage(running.profile(0).await.id, first, last).await.unwrap();
    let gap = spans[1].from.since(spans[0].until);
    assert!(gap >= 40 * MINUTE && gap <= 46 * MINUTE, "{gap:?} in {spans:?}");
    running.end().await;
}

pub(super) const FOLLOWED: usize = 20;

/// Many who are looked at every twenty seconds, and are backed off from for up to an hour. The canary was asked just now.
async fn followed(source: &ScriptedFetcher, clock: &ManualClock, canaries: Vec<Username>) -> Running {
    let store = Arc::new(MemoryStore::new());
    for number in 0..FOLLOWED {
        store.follow(&NewProfile::new(name(number)), clock.now(), &Actor::system()).await.unwrap();
    }
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (MINUTE / 3, MINUTE / 3);
    let running = Running::with(source.clone(), (clock.clone(), store), rules, canaries);
    running.pass(MINUTE / 2).await;
    running
}

fn asked(source: &ScriptedFetcher) -> Vec<usize> {
    (0..FOLLOWED).map(|number| source.asked(&name(number))).collect()
}

pub(super) async fn everybody_is_looked_at(running: &Running) -> bool {
    for number in 0..FOLLOWED {
        let profile = running.profile(number).await;
        if profile.failures > 0 || profile.health.unwrap().outcome != Outcome::Profile {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn when_the_source_answers_again_nobody_waits_any_longer() {
    let clock = clock();
    for canaries in [vec![], vec![name(FOLLOWED)]] {
        let source = source(&clock, FOLLOWED + 1);
        let running = followed(&source, &clock, canaries.clone()).await;
        source.break_all(Some(FetchErrorKind::Unreachable(UnreachableReason::Timeout)));
        running.pass(100 * MINUTE).await;
        assert!(running.profile(0).await.failures > 6, "it is backed off from");
        let failing = asked(&source);
        source.break_all(None);
        if canaries.is_empty() {
            // The first who is asked notices it.
            while asked(&source) == failing {
                running.pass(Duration::from_secs(1)).await;
            }
        } else {
            running.pass(MINUTE).await;
        }
        running.pass(Duration::from_secs(5)).await;
        assert!(everybody_is_looked_at(&running).await, "with {} canaries", canaries.len());
        running.end().await;
    }
}

#[tokio::test]
async fn a_process_that_starts_after_an_outage_waits_no_longer_either() {
    let (clock, canary) = (clock(), vec![name(FOLLOWED)]);
    let source = source(&clock, FOLLOWED + 1);
    let running = followed(&source, &clock, canary.clone()).await;
    source.break_all(Some(FetchErrorKind::Unreachable(UnreachableReason::Dns)));
    running.pass(100 * MINUTE).await;
    let store = running.store.clone();
    running.end().await;
    source.break_all(None);
    let running = Running::with(source, (clock, store), Rules::default(), canary);
    running.pass(Duration::from_secs(5)).await;
    assert!(everybody_is_looked_at(&running).await);
    running.end().await;
}

/// While the others are answered, the wait for one that never is goes on growing.
#[tokio::test]
async fn one_that_fails_alone_is_backed_off_from() {
    let (clock, many) = (clock(), 1_000);
    let source = source(&clock, FOLLOWED);
    let reset = FetchErrorKind::Unreachable(UnreachableReason::Reset);
    (0..many).for_each(|_| source.fail_next(&name(0), reset));
    let running = followed(&source, &clock, vec![]).await;
    running.pass(100 * MINUTE).await;
    assert!(source.asked(&name(0)) < 12, "{}", source.asked(&name(0)));
    assert!(source.asked(&name(1)) > 80);
    running.end().await;
}

/// So many that they are looked at one after the other, and for as long as an outage would last.
#[tokio::test]
async fn many_that_fail_for_themselves_are_backed_off_from() {
    let clock = clock();
    for canaries in [vec![], vec![name(FOLLOWED)]] {
        let source = source(&clock, FOLLOWED + 1);
        let reset = FetchErrorKind::Unreachable(UnreachableReason::Reset);
        for number in 1..FOLLOWED {
            (0..1_000).for_each(|_| source.fail_next(&name(number), reset));
        }
        let running = followed(&source, &clock, canaries).await;
        running.pass(100 * MINUTE).await;
        for number in 1..FOLLOWED {
            assert!(source.asked(&name(number)) < 12, "{}", source.asked(&name(number)));
        }
        running.end().await;
    }
}

/// The host does not say how long: the wait begins at the floor of the back-off and grows to its ceiling, and all of it ends
/// with the first good answer.
#[tokio::test]
async fn a_wait_that_is_not_named_grows() {
    let clock = clock();
    let (source, store) = (source(&clock, 1), Arc::new(MemoryStore::new()));
    let (least, most) = (Duration::from_secs(5), Duration::from_secs(80));
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (Duration::from_secs(1), Duration::from_secs(1));
    (rules.backoff_min, rules.backoff_max) = (least, most);
    let limited = Limited::builder(source.clone(), "host")
        .min_delay(Duration::ZERO)
        .backoff(least, most)
        .limits(store.clone())
        .clock(Arc::new(clock.clone()))
        .build();
    store.follow(&NewProfile::new(name(0)), clock.now(), &Actor::system()).await.unwrap();
    source
        .break_all(Some(FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::Http429 }));
    let running = Running::with(limited, (clock.clone(), store), rules, Vec::new());
    let (mut times, mut asked) = (Vec::new(), 0);
    while times.len() < 8 {
        running.pass(Duration::from_secs(1)).await;
        if source.asked(&name(0)) > asked {
            asked = source.asked(&name(0));
            times.push(clock.now());
        }
    }
    let waits: Vec<u64> = times.windows(2).map(|pair| pair[1].since(pair[0]).as_secs()).collect();
    // A look that the hold refuses is put off to its end, and the clock is turned second by second.
    for (wait, least) in waits.iter().zip([5, 10, 20, 40, 80, 80, 80]) {
        assert!((least..=least + least / 10 + 2).contains(wait), "{waits:?}");
    }
    assert!(waits[0] <= 7, "it begins at the floor: {waits:?}");
    source.break_all(None);
    running.pass(2 * most + Duration::from_secs(30)).await;
    let before = source.asked(&name(0));
    running.pass(Duration::from_secs(20)).await;
    assert!(source.asked(&name(0)) >= before + 15, "it is asked every second again");
    running.end().await;
}

#[tokio::test]
async fn who_was_told_to_wait_does_not_come_forward() {
    let clock = clock();
    let source = source(&clock, 2).waiting_alone();
    let store = Arc::new(MemoryStore::new());
    store.follow(&NewProfile::new(name(0)), clock.now(), &Actor::system()).await.unwrap();
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (MINUTE / 3, MINUTE / 3);
    source.fail_next(&name(0), FetchErrorKind::Unreachable(UnreachableReason::Reset));
    source.fail_next(&name(0), waits(600 * MINUTE));
    let start =
        || Running::with(source.clone(), (clock.clone(), store.clone()), rules.clone(), vec![name(1)]);
    let running = start();
    running.pass(20 * MINUTE).await;
    assert_eq!((source.asked(&name(0)), running.profile(0).await.failures), (2, 1));
    running.end().await;
    let running = start();
    running.pass(20 * MINUTE).await;
    assert_eq!(source.asked(&name(0)), 2, "it was asked although its wait is not over");
    running.end().await;
}

#[tokio::test]
async fn one_profile_that_is_put_off_again_and_again_does_not_make_the_source_doubted() {
    let clock = clock();
    let source = source(&clock, 2).waiting_alone();
    source.fail_next(&name(0), FetchErrorKind::Unreachable(UnreachableReason::Reset));
    (0..200).for_each(|_| source.fail_next(&name(0), waits(Duration::from_secs(20))));
    let store = Arc::new(MemoryStore::new());
    store.follow(&NewProfile::new(name(0)), clock.now(), &Actor::system()).await.unwrap();
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (MINUTE / 3, MINUTE / 3);
    let running = Running::with(source.clone(), (clock.clone(), store), rules, vec![name(1)]);
    running.pass(30 * MINUTE).await;
    assert!(source.asked(&name(0)) > 20);
    assert!(source.asked(&name(1)) < 4, "the canary is asked again and again: {}", source.asked(&name(1)));
    running.end().await;
}
