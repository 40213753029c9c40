//! One run of the poller's loop.
//!
//! Three things go on side by side, so that neither the source nor the store waits for the other: claims of due work,
//! exchanges with the source (so many at once), and the writing of what they found (many at a time).

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use super::outage::{InARow, News};
use super::pace::Pace;
use super::{PollerHandle, aside};
use crate::store::{Claim, StoreError, StoreResult};
use crate::track::{Checked, LEASE, Tracker};
use crate::{ProfileId, Timestamp, WaitScope};

/// How long the loop sleeps at most: other processes add work to the same database without waking it.
const TICK: Duration = Duration::from_secs(1);
/// A claim that was not begun for so long goes back, well before it runs out.
const STALE: Duration = Duration::from_secs(LEASE.as_secs() / 2);
/// The wait after the store failed, doubled up to the longest.
const STORE_WAIT: Duration = Duration::from_millis(500);
const STORE_WAIT_MAX: Duration = Duration::from_secs(30);
/// Photos that are read at once, and that wait at most; a dropped one is found due again by the next look.
const PHOTOS_AT_ONCE: usize = 2;
const PHOTOS_WAITING: usize = 256;

/// The state of the loop.
pub(super) struct Run {
    tracker: Tracker,
    handle: PollerHandle,
    stop: CancellationToken,
    pace: Pace,
    crew: Crew,
    /// At most one at a time.
    claims: JoinSet<StoreResult<Claimed>>,
    /// When the store is asked for due work again.
    claim_at: Timestamp,
    /// The time of the last turn, also by a clock that nobody sets.
    turned_at: (Timestamp, Duration),
    /// Photos that are read, and the watch over the canaries.
    aside: JoinSet<()>,
    photos_due: VecDeque<ProfileId>,
    paused_until: Option<Timestamp>,
    failing: InARow,
    store_failures: u32,
}

/// What a claim of due work came to.
struct Claimed {
    at: Timestamp,
    claims: Vec<Claim>,
    /// There is no more due work before then.
    none_before: Option<Timestamp>,
}

impl Run {
    pub(super) fn new(
        tracker: Tracker,
        at_once: usize,
        handle: PollerHandle,
        stop: CancellationToken,
    ) -> Self {
        let claim_at = tracker.clock().now();
        let crew = Crew::new(tracker.clone(), at_once, stop.clone());
        let turned_at = (claim_at, tracker.clock().steady());
        Self {
            tracker,
            handle,
            stop,
            pace: Pace::new(at_once, turned_at.1),
            crew,
            claims: JoinSet::new(),
            claim_at,
            turned_at,
            aside: JoinSet::new(),
            photos_due: VecDeque::new(),
            paused_until: None,
            failing: InARow::default(),
            store_failures: 0,
        }
    }

    pub(super) async fn until_stopped(mut self) {
        self.handle.update(|status| status.running = true);
        self.aside.spawn(aside::watch_canaries(self.tracker.clone(), self.stop.clone()));
        while !self.stop.is_cancelled() {
            let now = self.follow_clock();
            if self.paused_until.is_some_and(|until| until <= now) {
                self.paused_until = None;
                self.claim_at = now;
            }
            self.give_back_stale(now).await;
            self.start_claim(now);
            self.start_photos();
            self.report(now);
            self.wait(self.sleep_until(now)).await;
        }
        self.wind_down().await;
    }

    /// The time now. When the clock was set back, nothing waits longer for that.
    fn follow_clock(&mut self) -> Timestamp {
        let (now, steady) = (self.tracker.clock().now(), self.tracker.clock().steady());
        let (turned, then) = std::mem::replace(&mut self.turned_at, (now, steady));
        let back = turned.after(steady.saturating_sub(then)).since(now);
        if !back.is_zero() {
            self.claim_at = self.claim_at.before(back);
            self.paused_until = self.paused_until.map(|until| until.before(back));
            self.crew.set_back(back);
        }
        now
    }

    fn needs_claims(&self) -> bool {
        self.claims.is_empty() && self.crew.ready() <= self.pace.ahead()
    }

    fn start_claim(&mut self, now: Timestamp) {
        if !self.needs_claims() || now < self.claim_at {
            return;
        }
        // Looks that end meanwhile bring it forward again.
        self.claim_at = now.after(TICK);
        // While the source is left alone nobody is claimed, and the store is told the time nevertheless: a clock that is set
        // back meanwhile has passed that time again afterwards.
        let paused = self.paused_until.is_some();
        let want =
            if paused { 0 } else { self.pace.claim(self.tracker.clock().steady(), self.crew.answers()) };
        let tracker = self.tracker.clone();
        self.claims.spawn(async move {
            tracker.follow_clock().await?;
            if paused {
                return Ok(Claimed { at: now, claims: Vec::new(), none_before: None });
            }
            let claims = tracker.store().claim_due(now, want, LEASE).await?;
            let none_before = if claims.len() < want { tracker.store().next_due().await? } else { Some(now) };
            Ok(Claimed { at: now, claims, none_before })
        });
    }

    fn start_photos(&mut self) {
        while self.aside.len() < PHOTOS_AT_ONCE + 1 {
            let Some(id) = self.photos_due.pop_front() else { return };
            self.aside.spawn(aside::read_photo(self.tracker.clone(), id, self.stop.clone()));
        }
    }

    fn report(&self, now: Timestamp) {
        let (in_flight, paused_until) = (self.crew.reading(), self.paused_until);
        self.handle.update(|status| {
            status.in_flight = in_flight;
            status.paused_until = paused_until;
            if status.store_error.is_none() {
                status.turned_at = Some(now);
            }
        });
    }

    fn sleep_until(&self, now: Timestamp) -> Timestamp {
        let next = self.paused_until.or_else(|| self.needs_claims().then_some(self.claim_at));
        let latest = now.after(TICK);
        next.map_or(latest, |next| next.min(latest))
    }

    /// Waits for the first of, in this order, so that a run repeats itself: the stop, new work, a finished claim, look or photo, the time.
    async fn wait(&mut self, until: Timestamp) {
        let sleep = self.tracker.clock().sleep_until(until);
        let more = self.paused_until.is_none() && self.claims.is_empty() && self.claim_at <= self.turned_at.0;
        let low = more.then(|| self.pace.ahead());
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            () = self.handle.shared.wake.notified() => self.claim_at = self.tracker.clock().now(),
            Some(claimed) = self.claims.join_next() => self.claimed(claimed).await,
            () = self.crew.news(low) => {}
            Some(_) = self.aside.join_next() => {}
            () = sleep => {}
        }
        for checked in self.crew.ended().into_iter().flatten() {
            self.learn(&checked).await;
        }
    }

    async fn claimed(&mut self, claimed: Result<StoreResult<Claimed>, tokio::task::JoinError>) {
        match claimed.unwrap_or_else(|error| Err(StoreError::failed(error))) {
            Ok(claimed) => {
                self.store_works();
                let claims = claimed.claims.into_iter().map(|claim| (claimed.at, claim));
                if self.paused_until.is_some() {
                    self.release(claims.map(|(at, claim)| (at, Box::new(claim))).collect()).await;
                } else {
                    self.crew.add(claims);
                }
                self.claim_at = claimed.none_before.map_or(self.claim_at, |at| at.min(self.claim_at));
            }
            Err(error) => self.store_fails(&error),
        }
    }

    async fn learn(&mut self, checked: &Checked) {
        let now = self.tracker.clock().now();
        self.claim_at = self.claim_at.min(checked.next_check_at);
        self.handle.update(|status| status.last_look = Some((now, checked.outcome)));
        if checked.photo_due && self.photos_due.len() < PHOTOS_WAITING {
            self.photos_due.push_back(checked.id);
        }
        if checked.wait_scope == Some(WaitScope::Fetcher) {
            // Where the source names no time, whoever guards it lets the wait grow and names it from then on.
            self.pause(now.after(checked.retry_after.unwrap_or(self.tracker.rules().backoff_min))).await;
        }
        self.notice_outage(checked);
    }

    /// While nobody gets an answer the canaries are watched, so that its end is noticed soon.
    fn notice_outage(&mut self, checked: &Checked) {
        let news = self.failing.learn(checked);
        if news != News::None {
            self.tracker.doubt_source(self.failing.goes_on());
        }
    }

    /// The whole source asked to wait: nothing new is begun, and what was claimed goes back.
    async fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(Some(until));
        self.give_back().await;
        self.claim_at = self.tracker.clock().now();
    }

    async fn give_back(&self) {
        self.release(self.crew.take_back()).await;
    }

    async fn release(&self, claims: VecDeque<(Timestamp, Box<Claim>)>) {
        let store = self.tracker.store();
        let released = join_all(claims.iter().map(|(_, claim)| store.release(claim))).await;
        if let Some(error) = released.into_iter().find_map(Result::err) {
            tracing::warn!(%error, "claims were not given back; they run out by themselves");
        }
    }

    /// Looks have become so slow that what was claimed would run out before its turn comes.
    async fn give_back_stale(&mut self, now: Timestamp) {
        if self.crew.oldest().is_some_and(|at| now.since(at) >= STALE) {
            self.give_back().await;
            self.claim_at = now;
        }
    }

    fn store_works(&mut self) {
        if self.store_failures > 0 {
            tracing::info!("the store works again");
            self.handle.update(|status| status.store_error = None);
        }
        self.store_failures = 0;
    }

    fn store_fails(&mut self, error: &StoreError) {
        if self.store_failures == 0 {
            tracing::error!(%error, "the store failed; checks go on when it works again");
        }
        self.store_failures = self.store_failures.saturating_add(1);
        self.handle.update(|status| status.store_error = Some(error.to_string()));
        let wait = STORE_WAIT.saturating_mul(1 << self.store_failures.min(10)).min(STORE_WAIT_MAX);
        self.claim_at = self.tracker.clock().now().after(wait);
    }

    async fn wind_down(&mut self) {
        self.give_back().await;
        while let Some(claimed) = self.claims.join_next().await {
            for Claimed { at, claims, .. } in claimed.into_iter().flatten() {
                self.release(claims.into_iter().map(|claim| (at, Box::new(claim))).collect()).await;
            }
        }
        self.crew.end().await;
        while self.aside.join_next().await.is_some() {}
        self.handle.update(|status| status.running = false);
    }
}
