//! The tasks that look at profiles. They live on from look to look, take due work themselves, and are so many that
//! those whose findings are being written keep nobody from reading on.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::store::Claim;
use crate::track::{Checked, Tracker};
use crate::{Outcome, Timestamp};

/// Looks whose findings are being written at most; the store writes many of them together.
const WRITES: usize = 384;
/// So many finished looks are news.
const NEWS: usize = 64;

/// The tasks, and the due work that waits for them.
#[derive(Debug)]
pub(super) struct Crew {
    inner: Arc<Inner>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Inner {
    tracker: Tracker,
    stop: CancellationToken,
    at_once: usize,
    desk: Mutex<Desk>,
    /// There is something that whoever leads must see to.
    news: Notify,
}

/// What is handed out.
#[derive(Debug, Default)]
struct Desk {
    /// Claims, and when they were made.
    ready: VecDeque<(Timestamp, Box<Claim>)>,
    /// Looks that wait for the source.
    reading: usize,
    /// Looks that have waited for it, so far.
    answers: usize,
    /// Looks that have begun and are not over.
    begun: usize,
    /// What came of looks that are over; nothing where one was stopped or failed inside.
    ended: Vec<Option<Checked>>,
    /// It is news when so few claims are ready.
    low: Option<usize>,
    /// Who has nothing to do; the last one is the first to be called, because its memory is still warm.
    idle: Vec<Arc<Hand>>,
    hands: usize,
    /// Those of them that have just been started.
    new: usize,
    closed: bool,
}

/// One task, as others call it.
#[derive(Debug, Default)]
struct Hand {
    given: Mutex<Option<Box<Claim>>>,
    called: Notify,
}

impl Crew {
    pub(super) fn new(tracker: Tracker, at_once: usize, stop: CancellationToken) -> Self {
        let (desk, news) = (Mutex::default(), Notify::new());
        Self { inner: Arc::new(Inner { tracker, stop, at_once, desk, news }), tasks: JoinSet::new() }
    }

    /// Adds due work.
    pub(super) fn add(&mut self, claims: impl IntoIterator<Item = (Timestamp, Claim)>) {
        self.inner.desk().ready.extend(claims.into_iter().map(|(at, claim)| (at, Box::new(claim))));
        self.inner.call();
        self.hire();
    }

    /// Starts as many tasks as there is work for.
    pub(super) fn hire(&mut self) {
        let wanted = self.inner.desk().hire(self.inner.at_once);
        for _ in 0..wanted {
            self.tasks.spawn(work(self.inner.clone()));
        }
    }

    /// The claims that nobody has begun with.
    pub(super) fn ready(&self) -> usize {
        self.inner.desk().ready.len()
    }

    /// When the oldest claim was made that nobody has begun with.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.inner.desk().ready.front().map(|(at, _)| *at)
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&self, by: Duration) {
        self.inner.desk().ready.iter_mut().for_each(|(at, _)| *at = at.before(by));
    }

    /// Takes back the claims that nobody has begun with.
    pub(super) fn take_back(&self) -> VecDeque<(Timestamp, Box<Claim>)> {
        std::mem::take(&mut self.inner.desk().ready)
    }

    /// Looks that wait for the source.
    pub(super) fn reading(&self) -> usize {
        self.inner.desk().reading
    }

    /// Looks that have waited for the source, so far.
    pub(super) fn answers(&self) -> usize {
        self.inner.desk().answers
    }

    /// Ends when there is something to see to: a look that tells more than its own time, many that have ended, or the last
    /// of those that had begun; and when no more than `low` claims are ready, where that is told.
    pub(super) async fn news(&mut self, low: Option<usize>) {
        self.inner.desk().low = low;
        tokio::select! {
            biased;
            () = self.inner.news.notified() => self.hire(),
            Some(failed) = self.tasks.join_next() => self.failed(failed),
        }
    }

    /// Takes what came of the looks that have ended.
    pub(super) fn ended(&self) -> Vec<Option<Checked>> {
        std::mem::take(&mut self.inner.desk().ended)
    }

    fn failed(&mut self, ended: Result<(), tokio::task::JoinError>) {
        if let Err(error) = ended {
            tracing::error!(%error, "a look failed inside; the profile is looked at again later");
        }
        self.inner.desk().hands -= 1;
        self.hire();
    }

    /// Waits until the looks that have begun are over.
    pub(super) async fn end(&mut self) {
        let idle = {
            let mut desk = self.inner.desk();
            desk.closed = true;
            std::mem::take(&mut desk.idle)
        };
        idle.iter().for_each(|hand| hand.called.notify_one());
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Desk {
    /// How many tasks to start for what is ready.
    fn hire(&mut self, at_once: usize) -> usize {
        let free = at_once.saturating_sub(self.reading).min(self.ready.len());
        let wanted = free.saturating_sub(self.idle.len() + self.new);
        let wanted = wanted.min((at_once + WRITES).saturating_sub(self.hands));
        self.hands += wanted;
        self.new += wanted;
        wanted
    }

    /// The next work, if the source may be asked for it now.
    fn next(&mut self, at_once: usize) -> Option<Box<Claim>> {
        if self.reading >= at_once || self.closed {
            return None;
        }
        let (_, claim) = self.ready.pop_front()?;
        self.reading += 1;
        self.begun += 1;
        Some(claim)
    }

    /// Whether there are so few claims that it is news; it is so once.
    fn runs_low(&mut self) -> bool {
        self.low.take_if(|low| self.ready.len() <= *low).is_some()
    }

    /// Takes down what came of a look that is over. Says whether that is news.
    fn take_down(&mut self, ended: Option<Checked>) -> bool {
        let tells = ended.as_ref().is_some_and(tells);
        self.begun -= 1;
        self.ended.push(ended);
        tells || self.begun == 0 || self.ended.len() == NEWS || self.runs_low()
    }
}

/// Whether a look tells more than its own time.
fn tells(checked: &Checked) -> bool {
    checked.outcome != Outcome::Profile || checked.doubted || checked.photo_due
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        locked(&self.desk)
    }

    /// Gives work to those who have none.
    fn call(&self) {
        let mut called = Vec::new();
        let mut desk = self.desk();
        while !desk.idle.is_empty()
            && let Some(claim) = desk.next(self.at_once)
        {
            let Some(hand) = desk.idle.pop() else { break };
            *locked(&hand.given) = Some(claim);
            called.push(hand);
        }
        let short = desk.reading < self.at_once && !desk.ready.is_empty() && !desk.closed;
        let news = short || desk.runs_low();
        drop(desk);
        called.iter().for_each(|hand| hand.called.notify_one());
        if news {
            self.news.notify_one();
        }
    }

    /// Work for `hand`, as soon as there is some; `None` when there will be none.
    async fn next(&self, hand: &Arc<Hand>) -> Option<Box<Claim>> {
        {
            let mut desk = self.desk();
            let claim = desk.next(self.at_once);
            if claim.is_some() || desk.closed {
                return claim;
            }
            desk.idle.push(hand.clone());
        }
        hand.called.notified().await;
        locked(&hand.given).take()
    }

    /// One look. The source is free for another one as soon as it has answered; the claim goes back when it is stopped before.
    async fn look(&self, claim: Box<Claim>, stopped: Stopped<'_, '_>) -> Option<Checked> {
        let tracker = &self.tracker;
        let reading = Reading(self);
        let fetched = tokio::select! {
            biased;
            () = stopped => None,
            fetched = tracker.ask(&claim) => Some(fetched),
        };
        drop(reading);
        let id = claim.record.id;
        let result = match fetched {
            Some(fetched) => tracker.settle(*claim, fetched).await.map(Some),
            None => tracker.store().release(&claim).await.map(|()| None),
        };
        result.unwrap_or_else(|error| {
            tracing::warn!(profile = %id, %error, "a look was not remembered; it is repeated");
            None
        })
    }
}

/// The end of the whole crew, waited for through many looks.
type Stopped<'a, 'b> = Pin<&'a mut WaitForCancellationFuture<'b>>;

/// A look that waits for the source, until it is dropped.
struct Reading<'a>(&'a Inner);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut desk = self.0.desk();
        desk.reading -= 1;
        desk.answers = desk.answers.wrapping_add(1);
        drop(desk);
        self.0.call();
    }
}

/// A look from its beginning to its end, whichever it comes to.
struct Begun<'a> {
    inner: &'a Inner,
    came_of_it: Option<Checked>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.inner.desk().take_down(self.came_of_it.take()) {
            self.inner.news.notify_one();
        }
    }
}

async fn work(inner: Arc<Inner>) {
    inner.desk().new -= 1;
    let hand = Arc::new(Hand::default());
    let mut stopped = pin!(inner.stop.cancelled());
    while let Some(claim) = inner.next(&hand).await {
        let mut begun = Begun { inner: &inner, came_of_it: None };
        begun.came_of_it = inner.look(claim, stopped.as_mut()).await;
    }
}
