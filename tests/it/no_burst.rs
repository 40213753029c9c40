//! After a restart, a sleep of the machine or a clock that was set, overdue profiles are asked for one by one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Capabilities, Clock, FetchError, ManualClock, Observation, Poller, Profile, ProfileFetcher, Target,
    Timestamp, Tracker, Username,
};
use tgbio_fetch::Limited;
use tokio_util::sync::CancellationToken;

const DISTANCE: Duration = Duration::from_secs(2);
const HOUR: Duration = Duration::from_secs(3600);

/// What happens to the clock.
type Jump = (&'static str, fn(Timestamp) -> Timestamp);

/// Notes when it was asked, on a clock that is never set.
struct Noted {
    inner: ScriptedFetcher,
    clock: ManualClock,
    asked: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait]
impl ProfileFetcher for Noted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        self.asked.lock().unwrap().push(self.clock.steady());
        self.inner.fetch(target).await
    }
}

/// Turns the clock in small steps, and lets everybody work at each.
async fn pass(clock: &ManualClock, time: Duration) {
    let step = Duration::from_millis(250);
    for _ in 0..time.as_millis() / step.as_millis() {
        clock.advance(step);
        for _ in 0..40 {
            tokio::task::yield_now().await;
        }
    }
}

async fn follow(store: &MemoryStore, fetcher: &ScriptedFetcher, clock: &ManualClock) {
    for number in 0..20 {
        let name = Username::parse(&format!("followed_{number}")).unwrap();
        fetcher.show(Profile::new(name.clone()));
        store.follow(&NewProfile::new(name), clock.now(), &Actor::system()).await.unwrap();
    }
}

#[tokio::test]
async fn overdue_profiles_are_asked_for_one_by_one() {
    let clock = ManualClock::new(Timestamp::from_millis(1_793_491_200_000));
    let (store, asked) = (Arc::new(MemoryStore::new()), Arc::new(Mutex::new(Vec::new())));
    let scripted = ScriptedFetcher::new(Arc::new(clock.clone()));
    follow(&store, &scripted, &clock).await;
    let start = || {
        let noted = Noted { inner: scripted.clone(), clock: clock.clone(), asked: asked.clone() };
        let limited =
            Limited::builder(noted, "host").min_delay(DISTANCE).clock(Arc::new(clock.clone())).build();
        let tracker =
            Tracker::builder(Arc::new(limited), store.clone()).clock(Arc::new(clock.clone())).build();
        let stop = CancellationToken::new();
        (tokio::spawn(Poller::new(tracker, 4).run(stop.clone())), stop)
    };
    let jumps: [Jump; 3] = [
        ("the machine slept", |now| now.after(9 * HOUR)),
        ("the clock was set forward", |now| now.after(HOUR)),
        ("the clock was set back", |now| now.before(2 * HOUR)),
    ];
    let (mut task, mut stop) = start();
    pass(&clock, 60 * Duration::from_secs(2)).await;
    for (what, jump) in jumps {
        clock.set(jump(clock.now()));
        asked.lock().unwrap().clear();
        pass(&clock, 60 * Duration::from_secs(1)).await;
        let asked = asked.lock().unwrap();
        let forward = what != "the clock was set back";
        assert!(!forward || asked.len() >= 15, "{what}: it goes on, {} were asked for", asked.len());
        spaced(&asked, what);
    }
    stop.cancel();
    task.await.unwrap();
    clock.set(clock.now().after(12 * HOUR));
    asked.lock().unwrap().clear();
    (task, stop) = start();
    pass(&clock, 60 * Duration::from_secs(1)).await;
    assert!(asked.lock().unwrap().len() >= 15, "it goes on after the restart");
    spaced(&asked.lock().unwrap(), "the program was started again");
    stop.cancel();
    task.await.unwrap();
}

/// Set back by a day: nobody waits until the clock has caught up, and nobody is asked more often than planned.
#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_look() {
    let clock = ManualClock::new(Timestamp::from_millis(1_793_491_200_000));
    let (store, asked) = (Arc::new(MemoryStore::new()), Arc::new(Mutex::new(Vec::new())));
    let scripted = ScriptedFetcher::new(Arc::new(clock.clone()));
    follow(&store, &scripted, &clock).await;
    let noted = Noted { inner: scripted, clock: clock.clone(), asked: asked.clone() };
    let limited = Limited::builder(noted, "host").min_delay(DISTANCE).clock(Arc::new(clock.clone())).build();
    let tracker = Tracker::builder(Arc::new(limited), store.clone()).clock(Arc::new(clock.clone())).build();
    let (interval, stop) = (tracker.rules().interval_min, CancellationToken::new());
    let task = tokio::spawn(Poller::new(tracker, 4).run(stop.clone()));
    pass(&clock, interval).await;
    clock.set(clock.now().before(24 * HOUR));
    asked.lock().unwrap().clear();
    pass(&clock, 3 * interval).await;
    {
        let asked = asked.lock().unwrap();
        assert!((40..=80).contains(&asked.len()), "{} of 20 profiles in three intervals", asked.len());
        spaced(&asked, "the clock was set back by a day");
    }
    let soon = clock.now().after(2 * interval);
    for number in 0..20 {
        let name = Username::parse(&format!("followed_{number}")).unwrap();
        let record = store.profile(&name.into()).await.unwrap().unwrap();
        assert!(record.next_check_at.unwrap() < soon && record.last_seen_at.unwrap() <= clock.now());
    }
    stop.cancel();
    task.await.unwrap();
}

/// The first may come at once; a step of the test's clock is allowed for.
fn spaced(asked: &[Duration], what: &str) {
    for pair in asked.windows(2) {
        assert!(pair[1] - pair[0] >= DISTANCE - Duration::from_millis(250), "{what}: {pair:?}");
    }
}
