//! One request budget per host, for the whole process.

#![deny(clippy::missing_trait_methods)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::drift::SelectorRate;
use tgbio_core::{
    Capabilities, Clock, FetchError, FetchErrorKind, HostLimits, MemoryHostLimits, Observation, Photo,
    PhotoBytes, ProfileFetcher, SystemClock, Target,
};

use super::budget::{Budget, HostStatus, OnHold, Settings};

/// A fetcher that is asked no faster than its host may be.
///
/// - Looks are at least `min_delay` apart, with jitter, and only so many run at once; others wait for their turn.
/// - When the host says that it is asked too often, it is on hold: for as long as it says, or for a growing time
///   where it does not. While it is on hold every look ends at once as
///   [`RateLimited`](FetchErrorKind::RateLimited) with the remaining time, without a request: that puts the look off and is
///   [no failure](FetchError::not_asked_for) of the profile.
/// - Holds are kept by [`HostLimits`], so that a restart and a second process obey them.
/// - Photos have a budget of their own and never delay a look.
///
/// Dropping a look gives its place back. There must be one such wrapper per host in a process.
pub struct Limited<F> {
    inner: F,
    pages: Budget,
    photos: Budget,
}

/// Sets up a [`Limited`].
#[must_use]
pub struct LimitedBuilder<F> {
    inner: F,
    host: String,
    min_delay: Duration,
    photo_delay: Duration,
    connections: usize,
    backoff: (Duration, Duration),
    clock: Arc<dyn Clock>,
    limits: Arc<dyn HostLimits>,
}

impl<F: ProfileFetcher> Limited<F> {
    /// Begins with the gentle settings: one look per 2 s over one connection, holds that end with the process.
    pub fn builder(inner: F, host: impl Into<String>) -> LimitedBuilder<F> {
        LimitedBuilder {
            inner,
            host: host.into(),
            min_delay: Duration::from_secs(2),
            photo_delay: Duration::from_secs(2),
            connections: 1,
            backoff: (Duration::from_secs(30), Duration::from_secs(3600)),
            clock: Arc::new(SystemClock),
            limits: Arc::new(MemoryHostLimits::default()),
        }
    }

    /// How the host is treated at the moment: its pages, then its photos.
    pub async fn status(&self) -> [HostStatus; 2] {
        [self.pages.status().await, self.photos.status().await]
    }

    fn on_hold(&self, target: &Target, hold: &OnHold) -> FetchError {
        let kind = FetchErrorKind::RateLimited { retry_after: Some(hold.remaining), reason: hold.reason };
        FetchError::new(self.inner.name(), target.username.clone(), kind).from_memory(hold.remaining)
    }
}

impl<F: ProfileFetcher> LimitedBuilder<F> {
    /// Distance between two looks; zero for no limit.
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Distance between two photos; zero for no limit.
    pub fn photo_delay(mut self, delay: Duration) -> Self {
        self.photo_delay = delay;
        self
    }

    /// Looks that run at once, at least one.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// The first hold after a refusal that names no time, and the longest; each refusal doubles it.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = (first, longest);
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where holds are kept.
    pub fn limits(mut self, limits: Arc<dyn HostLimits>) -> Self {
        self.limits = limits;
        self
    }

    /// The limited fetcher.
    pub fn build(self) -> Limited<F> {
        let budget = |host: String, min_delay, connections| {
            let settings = Settings { host, min_delay, connections, backoff: self.backoff };
            Budget::new(settings, self.clock.clone(), self.limits.clone())
        };
        let photos = budget(format!("{} (photos)", self.host), self.photo_delay, 1);
        let pages = budget(self.host, self.min_delay, self.connections);
        Limited { inner: self.inner, pages, photos }
    }
}

#[async_trait]
impl<F: ProfileFetcher> ProfileFetcher for Limited<F> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let _place = self.pages.enter().await.map_err(|hold| self.on_hold(target, &hold))?;
        let answer = self.inner.fetch(target).await;
        self.pages.leave(answer.as_ref().err().map(FetchError::kind)).await;
        answer
    }

    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let _place = self.photos.enter().await.map_err(|hold| self.on_hold(target, &hold))?;
        let answer = self.inner.photo(target, photo).await;
        self.photos.leave(answer.as_ref().err().map(FetchError::kind)).await;
        answer
    }

    /// Counts like a look.
    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        let _place = self.pages.enter().await.map_err(|hold| self.on_hold(target, &hold))?;
        let answer = self.inner.stable_id(target).await;
        self.pages.leave(answer.as_ref().err().map(FetchError::kind)).await;
        answer
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        self.inner.selectors()
    }
}

impl<F: std::fmt::Debug> std::fmt::Debug for Limited<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limited").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<F: std::fmt::Debug> std::fmt::Debug for LimitedBuilder<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LimitedBuilder").field("host", &self.host).finish_non_exhaustive()
    }
}
