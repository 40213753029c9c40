//! A second backend for what the first one cannot tell.

#![deny(clippy::missing_trait_methods)]

use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::drift::SelectorRate;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Observation, Photo, PhotoBytes, ProfileFetcher, Retry, Target,
    UnrecognisedReason,
};

/// A fetcher that asks a second one when the first one cannot tell: one stands in for the other.
///
/// | the first says | what happens |
/// |---|---|
/// | a profile | that is the answer |
/// | `InvalidName` | that is the answer, unless the second follows the target by its id: then it is asked |
/// | `NotFound` | the second is asked: it may see groups and people without a page, and follow a rename |
/// | that the name is another profile's, of a target that it follows by its id | the second is asked [by the id only](Target::only_by_id) |
/// | `RateLimited`, `Denied`, `Unreachable`, another `Unrecognised` | the second is asked |
///
/// When both fail, the answer is the failure that says more, and it names the other's beside it
/// ([`FetchError::other`]):
///
/// 1. Where the second follows the target by its id and could not be asked just now, its failure: without the id nobody
///    can tell a profile that is gone from one that has another name. A backend that will never answer again (signed
///    out, banned) counts for nothing here.
/// 2. `NotFound`, of the second before the first; then `InvalidName`.
/// 3. Of two other failures the one after which may be asked again sooner.
///
/// Waits are the backends' own: one that is on hold ([`Limited`](super::Limited)) says `RateLimited` without a request,
/// and the other one is asked. A photo is read by the first backend that has it. An observation names the backend that
/// made it, and so does a failure. With [`Target::through`] only the one of that name is asked, and its answer is the
/// answer.
#[derive(Debug)]
pub struct Fallback<A, B> {
    first: A,
    second: B,
    name: String,
}

impl<A: ProfileFetcher, B: ProfileFetcher> Fallback<A, B> {
    /// Asks `first`, and `second` where that cannot tell.
    pub fn new(first: A, second: B) -> Self {
        let name = format!("{}+{}", first.name(), second.name());
        Self { first, second, name }
    }
}

impl<A: ProfileFetcher, B: ProfileFetcher> Fallback<A, B> {
    /// Of two failures the one that says more, with the other beside it.
    fn clearer(&self, target: &Target, first: FetchError, second: FetchError) -> FetchError {
        let second_says_more = if decides(&self.first, target, &first) && is_told(&second) {
            false
        } else if decides(&self.second, target, &second) && is_told(&first) {
            true
        } else {
            match (is_told(&first), second.kind()) {
                (_, FetchErrorKind::NotFound) | (false, FetchErrorKind::InvalidName) => true,
                (true, _) => false,
                (false, _) => wait(&second) < wait(&first),
            }
        };
        if second_says_more { second.beside(first) } else { first.beside(second) }
    }
}

/// Whether a backend that knows the target by its id could not tell now, and will: nobody else can say that it is gone.
fn decides(backend: &impl ProfileFetcher, target: &Target, failure: &FetchError) -> bool {
    follows(backend, target) && !is_told(failure) && failure.retry() != Retry::Never
}

/// Whether a backend knows the target whatever its name is.
fn follows(backend: &impl ProfileFetcher, target: &Target) -> bool {
    target.telegram_id.is_some() && backend.capabilities().follows_renames
}

/// Whether the target is to be read by this fetcher, or by one of those that it is made of.
fn is_meant(fetcher: &impl ProfileFetcher, target: &Target) -> bool {
    target.through.as_deref().is_some_and(|name| fetcher.name().split('+').any(|known| known == name))
}

/// Whether the source has answered that there is no such profile.
fn is_told(error: &FetchError) -> bool {
    matches!(error.kind(), FetchErrorKind::NotFound | FetchErrorKind::InvalidName)
}

/// For how long the same must not be asked.
fn wait(error: &FetchError) -> Duration {
    match error.retry() {
        Retry::Later => Duration::ZERO,
        Retry::After(wait) => wait,
        Retry::Never => Duration::MAX,
    }
}

#[async_trait]
impl<A: ProfileFetcher, B: ProfileFetcher> ProfileFetcher for Fallback<A, B> {
    fn name(&self) -> &str {
        &self.name
    }

    /// What either of them can.
    fn capabilities(&self) -> Capabilities {
        let (mut all, second) = (self.first.capabilities(), self.second.capabilities());
        let fields = all.fields.to_mut();
        fields.extend_from_slice(&second.fields);
        fields.sort_unstable();
        fields.dedup();
        all.follows_renames |= second.follows_renames;
        all.photos |= second.photos;
        all
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        match (is_meant(&self.first, target), is_meant(&self.second, target)) {
            (true, false) => return self.first.fetch(target).await,
            (false, true) => return self.second.fetch(target).await,
            _ => {}
        }
        let first = match self.first.fetch(target).await {
            Err(error) if error.kind() != FetchErrorKind::InvalidName || follows(&self.second, target) => {
                error
            }
            answer => return answer,
        };
        // The first knows that the name is another profile's: whoever reads by name would read that one.
        let another = first.kind() == FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);
        let by_id = another && follows(&self.first, target);
        let second = match by_id {
            true => self.second.fetch(&target.clone().only_by_id(true)).await,
            false => self.second.fetch(target).await,
        };
        second.map_err(|second| self.clearer(target, first, second))
    }

    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        match self.first.photo(target, photo).await {
            Ok(Some(picture)) => Ok(Some(picture)),
            Ok(None) => self.second.photo(target, photo).await,
            Err(error) => match self.second.photo(target, photo).await {
                Ok(Some(picture)) => Ok(Some(picture)),
                _ => Err(error),
            },
        }
    }

    /// The first backend that knows it.
    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        match (is_meant(&self.first, target), is_meant(&self.second, target)) {
            (true, false) => return self.first.stable_id(target).await,
            (false, true) => return self.second.stable_id(target).await,
            _ => {}
        }
        match self.first.stable_id(target).await {
            Ok(Some(id)) => Ok(Some(id)),
            _ => self.second.stable_id(target).await,
        }
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        self.first.selectors().into_iter().chain(self.second.selectors()).collect()
    }
}
