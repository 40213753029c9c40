//! Asking again after a broken connection.

#![deny(clippy::missing_trait_methods)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use tgbio_core::drift::SelectorRate;
use tgbio_core::{
    Capabilities, Clock, FetchError, FetchErrorKind, Observation, Photo, PhotoBytes, ProfileFetcher,
    SystemClock, Target, UnreachableReason,
};

/// A fetcher that asks again when the way to its source broke, a few times and with growing pauses.
///
/// Only [`Unreachable`](FetchErrorKind::Unreachable) with reason `connect`, `reset` or `timeout` is asked again. An
/// answer is never questioned, a refusal never pressed.
#[derive(Debug)]
pub struct Retrying<F> {
    inner: F,
    pauses: ExponentialBuilder,
    clock: Arc<dyn Clock>,
}

impl<F: ProfileFetcher> Retrying<F> {
    /// Asks up to `tries` more times, pausing about `first` before the first of them and twice as long each time.
    pub fn new(inner: F, tries: usize, first: Duration) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(first)
            .with_max_delay(first.saturating_mul(16))
            .with_max_times(tries);
        Self { inner, pauses, clock: Arc::new(SystemClock) }
    }

    /// The same with another clock for its pauses.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn sleeper(&self) -> impl Fn(Duration) -> futures_util::future::BoxFuture<'static, ()> + Send + 'static {
        let clock = self.clock.clone();
        move |pause| clock.sleep_until(clock.now().after(pause))
    }
}

fn broken_way(error: &FetchError) -> bool {
    use UnreachableReason::{Connect, Reset, Timeout};
    matches!(error.kind(), FetchErrorKind::Unreachable(Connect | Reset | Timeout))
}

#[async_trait]
impl<F: ProfileFetcher> ProfileFetcher for Retrying<F> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let ask = || self.inner.fetch(target);
        ask.retry(self.pauses).sleep(self.sleeper()).when(broken_way).await
    }

    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let ask = || self.inner.photo(target, photo);
        ask.retry(self.pauses).sleep(self.sleeper()).when(broken_way).await
    }

    /// It is never urgent, and is not repeated.
    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        self.inner.stable_id(target).await
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        self.inner.selectors()
    }
}
