//! The endless loop around the tracker: claims what is due, looks, and stops when its caller says so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Checked, LEASE, Tracker};
use crate::store::{Claim, StoreError};
use crate::{Outcome, ProfileId, Timestamp};

/// How long the loop sleeps at most: other processes add work to the same database without waking it.
const TICK: Duration = Duration::from_secs(1);
/// The wait after the store failed, doubled up to the longest.
const STORE_WAIT: Duration = Duration::from_millis(500);
const STORE_WAIT_MAX: Duration = Duration::from_secs(30);
/// The wait after a rate limit that names no time.
const UNNAMED_PAUSE: Duration = Duration::from_secs(30);
/// How often the canaries are looked at while all is well, so that what they normally show is known, and while it is not.
const CANARIES_EVERY: Duration = Duration::from_secs(3600);
const BAD_CANARIES_EVERY: Duration = Duration::from_secs(60);
/// Photos that are read at once, and that wait at most; a dropped one is found due again by the next look.
const PHOTOS_AT_ONCE: usize = 2;
const PHOTOS_WAITING: usize = 256;

/// How the loop is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PollerStatus {
    /// It runs.
    pub running: bool,
    /// Last turn of the loop that could reach the store.
    pub turned_at: Option<Timestamp>,
    /// Looks that go on.
    pub in_flight: usize,
    /// The source asked to wait until then.
    pub paused_until: Option<Timestamp>,
    /// The store's failure, as long as it lasts.
    pub store_error: Option<String>,
    /// Last finished look, and how it ended.
    pub last_look: Option<(Timestamp, Outcome)>,
}

/// Wakes a running [`Poller`] and asks how it is doing.
#[derive(Debug, Clone, Default)]
pub struct PollerHandle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    wake: Notify,
    status: Mutex<PollerStatus>,
}

impl PollerHandle {
    /// There is new work: look for it now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// How it is doing.
    pub fn status(&self) -> PollerStatus {
        self.shared.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut PollerStatus)) {
        change(&mut self.shared.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Looks at every followed profile when it is due, until it is stopped.
///
/// Starting and stopping belong to the caller: [`run`](Poller::run) ends soon after its token is cancelled, gives back
/// what it had claimed, and leaves no task behind. A failing store is reported, waited for, and never ends the loop.
#[derive(Debug)]
pub struct Poller {
    tracker: Tracker,
    at_once: usize,
    handle: PollerHandle,
}

/// One run of the loop.
struct Run {
    tracker: Tracker,
    at_once: usize,
    handle: PollerHandle,
    stop: CancellationToken,
    ready: VecDeque<Claim>,
    looks: JoinSet<Option<Checked>>,
    /// Photos that are read, and the watch over the canaries.
    aside: JoinSet<()>,
    photos_due: VecDeque<ProfileId>,
    paused_until: Option<Timestamp>,
    store_failures: u32,
}

impl Poller {
    /// A poller that has at most `at_once` looks going on, at least one.
    pub fn new(tracker: Tracker, at_once: usize) -> Self {
        Self { tracker, at_once: at_once.max(1), handle: PollerHandle::default() }
    }

    /// To wake it and to ask how it is doing.
    pub fn handle(&self) -> PollerHandle {
        self.handle.clone()
    }

    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let mut run = Run {
            tracker: self.tracker,
            at_once: self.at_once,
            handle: self.handle,
            stop,
            ready: VecDeque::new(),
            looks: JoinSet::new(),
            aside: JoinSet::new(),
            photos_due: VecDeque::new(),
            paused_until: None,
            store_failures: 0,
        };
        run.handle.update(|status| status.running = true);
        run.aside.spawn(watch_canaries(run.tracker.clone(), run.stop.clone()));
        while !run.stop.is_cancelled() {
            run.turn().await;
        }
        run.wind_down().await;
    }
}

impl Run {
    async fn turn(&mut self) {
        let now = self.tracker.clock().now();
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        let claimed = if self.paused_until.is_none() { self.claim(now).await } else { Ok(()) };
        let wait = match claimed {
            Ok(()) => self.start_looks_and_find_wait(now).await,
            Err(error) => Err(error),
        };
        match wait {
            Ok(until) => {
                self.store_works(now);
                self.wait(until).await;
            }
            Err(error) => self.store_fails(&error).await,
        }
    }

    /// Claims enough to keep every look going, in batches.
    async fn claim(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let have = self.looks.len() + self.ready.len();
        if have <= self.at_once {
            let want = 2 * self.at_once - have;
            self.ready.extend(self.tracker.store().claim_due(now, want, LEASE).await?);
        }
        Ok(())
    }

    async fn start_looks_and_find_wait(&mut self, now: Timestamp) -> Result<Timestamp, StoreError> {
        self.start_looks();
        self.start_photos();
        self.handle.update(|status| status.in_flight = self.looks.len());
        let latest = now.after(TICK);
        if let Some(until) = self.paused_until {
            return Ok(until.min(latest));
        }
        if self.looks.len() >= self.at_once {
            return Ok(latest);
        }
        Ok(self.tracker.store().next_due().await?.map_or(latest, |due| due.min(latest)))
    }

    fn start_looks(&mut self) {
        while self.looks.len() < self.at_once {
            let Some(claim) = self.ready.pop_front() else { return };
            let (tracker, stop) = (self.tracker.clone(), self.stop.clone());
            self.looks.spawn(look(tracker, claim, stop));
        }
    }

    fn start_photos(&mut self) {
        while self.aside.len() < PHOTOS_AT_ONCE + 1 {
            let Some(id) = self.photos_due.pop_front() else { return };
            let (tracker, stop) = (self.tracker.clone(), self.stop.clone());
            self.aside.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    read = tracker.read_photo(id) => {
                        if let Err(error) = read {
                            tracing::warn!(profile = %id, %error, "photo not remembered");
                        }
                    }
                }
            });
        }
    }

    /// Waits for the first of: a finished look or photo, new work, the time, the stop.
    async fn wait(&mut self, until: Timestamp) {
        let sleep = self.tracker.clock().sleep_until(until);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.handle.shared.wake.notified() => {}
            Some(done) = self.looks.join_next() => self.finished(done).await,
            Some(_) = self.aside.join_next() => {}
            () = sleep => {}
        }
        while let Some(done) = self.looks.try_join_next() {
            self.finished(done).await;
        }
    }

    async fn finished(&mut self, done: Result<Option<Checked>, tokio::task::JoinError>) {
        match done {
            Ok(Some(checked)) => self.learn(&checked).await,
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "a look failed inside; the profile is looked at again later");
            }
        }
    }

    async fn learn(&mut self, checked: &Checked) {
        let now = self.tracker.clock().now();
        self.handle.update(|status| status.last_look = Some((now, checked.outcome)));
        if checked.photo_due && self.photos_due.len() < PHOTOS_WAITING {
            self.photos_due.push_back(checked.id);
        }
        if checked.outcome == Outcome::RateLimited {
            self.pause(now.after(checked.retry_after.unwrap_or(UNNAMED_PAUSE))).await;
        }
    }

    /// The source asked to wait: nothing new is begun, and what was claimed goes back.
    async fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(Some(until));
        let paused_until = self.paused_until;
        self.handle.update(|status| status.paused_until = paused_until);
        self.give_back().await;
    }

    async fn give_back(&mut self) {
        for claim in std::mem::take(&mut self.ready) {
            if let Err(error) = self.tracker.store().release(&claim).await {
                tracing::warn!(%error, "a claim was not given back; it runs out by itself");
            }
        }
    }

    fn store_works(&mut self, now: Timestamp) {
        if self.store_failures > 0 {
            tracing::info!("the store works again");
        }
        self.store_failures = 0;
        let paused_until = self.paused_until;
        self.handle.update(|status| {
            status.turned_at = Some(now);
            status.store_error = None;
            status.paused_until = paused_until;
        });
    }

    async fn store_fails(&mut self, error: &StoreError) {
        if self.store_failures == 0 {
            tracing::error!(%error, "the store failed; checks go on when it works again");
        }
        self.store_failures = self.store_failures.saturating_add(1);
        self.handle.update(|status| status.store_error = Some(error.to_string()));
        let wait = STORE_WAIT.saturating_mul(1 << self.store_failures.min(10)).min(STORE_WAIT_MAX);
        self.wait(self.tracker.clock().now().after(wait)).await;
    }

    async fn wind_down(&mut self) {
        while self.looks.join_next().await.is_some() {}
        while self.aside.join_next().await.is_some() {}
        self.give_back().await;
        self.handle.update(|status| status.running = false);
    }
}

/// Looks at the canaries from the start on: what they show while all is well is the measure when something is lost.
async fn watch_canaries(tracker: Tracker, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let report = tokio::select! {
            () = stop.cancelled() => return,
            report = tracker.canary_report(tracker.clock().now()) => report,
        };
        let good = report.is_ok_and(|report| report.is_good());
        let wait = if good { CANARIES_EVERY } else { BAD_CANARIES_EVERY };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tracker.clock().sleep_until(tracker.clock().now().after(wait)) => {}
        }
    }
}

/// One look that gives its claim back when it is stopped before the answer is there.
async fn look(tracker: Tracker, claim: Claim, stop: CancellationToken) -> Option<Checked> {
    let target = claim.record.target();
    let fetched = tokio::select! {
        () = stop.cancelled() => None,
        fetched = tracker.fetcher().fetch(&target) => Some(fetched),
    };
    let id = claim.record.id;
    let result = match fetched {
        Some(fetched) => tracker.settle(claim, fetched).await.map(Some),
        None => tracker.store().release(&claim).await.map(|()| None),
    };
    result.unwrap_or_else(|error| {
        tracing::warn!(profile = %id, %error, "a look was not remembered; it is repeated");
        None
    })
}
