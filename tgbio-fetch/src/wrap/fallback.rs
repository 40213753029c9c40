//! A second backend for what the first one cannot tell.

#![deny(clippy::missing_trait_methods)]

use async_trait::async_trait;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Observation, Photo, PhotoBytes, ProfileFetcher, Target,
};

/// A fetcher that asks a second one when the first one cannot tell.
///
/// | the first says | what happens | if the second fails too |
/// |---|---|---|
/// | a profile, `InvalidName` | that is the answer | |
/// | `NotFound` | the second is asked | its `NotFound`, else the first's |
/// | `Unreachable`, `Denied`, `RateLimited`, `Unrecognised` | the second is asked | its `NotFound` or `InvalidName`, else the first's error |
///
/// A photo is read by the first backend that has it. An observation names the backend that made it.
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

/// Which of two failures says more.
fn clearer(first: FetchError, second: FetchError) -> FetchError {
    let told =
        |error: &FetchError| matches!(error.kind(), FetchErrorKind::NotFound | FetchErrorKind::InvalidName);
    match (told(&first), second.kind()) {
        (_, FetchErrorKind::NotFound) | (false, FetchErrorKind::InvalidName) => second,
        _ => first,
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
        all.fields.extend(second.fields);
        all.fields.sort_unstable();
        all.fields.dedup();
        all.follows_renames |= second.follows_renames;
        all.photos |= second.photos;
        all
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        match self.first.fetch(target).await {
            Err(error) if error.kind() != FetchErrorKind::InvalidName => {
                self.second.fetch(target).await.map_err(|second| clearer(error, second))
            }
            answer => answer,
        }
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
}
