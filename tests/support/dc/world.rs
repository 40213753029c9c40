//! The fake data centre as a world for the fetchers' conformance suite.

use super::{Dc, Fault, FaultId, On, Photo, Profile, Times, Truth};
use async_trait::async_trait;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use tgbio_core::testing::{FetcherWorld, Truth as Shown};
use tgbio_core::{ProfileFetcher, ProfileKind, Username};

/// A fake data centre with a fetcher that asks it.
pub struct DcWorld {
    dc: Arc<Dc>,
    truth: Truth,
    fetcher: Arc<dyn ProfileFetcher>,
    broken: Mutex<Option<FaultId>>,
}

impl std::fmt::Debug for DcWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DcWorld").finish_non_exhaustive()
    }
}

impl DcWorld {
    /// A world with its fetcher.
    pub fn new(dc: Arc<Dc>, truth: Truth, fetcher: Arc<dyn ProfileFetcher>) -> Self {
        Self { dc, truth, fetcher, broken: Mutex::default() }
    }
}

/// The scripted profile of what the suite wants to be shown.
fn profile(shown: &Shown) -> Profile {
    let (username, name) = (shown.username.as_str(), shown.display_name.as_str());
    let mut profile = match shown.kind {
        ProfileKind::Bot => Profile::bot(username, name),
        ProfileKind::Channel => Profile::channel(username, name, 5_678),
        ProfileKind::Group => Profile::group(username, name, 90),
        _ => Profile::user(username, name),
    };
    // Hidden and shown again, it is the same one.
    profile.id = (hash(username.to_ascii_lowercase()) % 1_000_000_000) as i64
        + if profile.is_chat() { 2_000_000_000 } else { 3_000_000_000 };
    profile.bio = shown.bio.clone();
    profile.verified = shown.verified;
    profile.photo = shown.photo.as_ref().map(|bytes| photo(bytes));
    profile
}

/// Other bytes are another photo.
fn photo(bytes: &[u8]) -> Photo {
    Photo { id: (hash(bytes) >> 1) as i64, bytes: bytes.to_vec().into() }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[async_trait]
impl FetcherWorld for DcWorld {
    fn fetcher(&self) -> Arc<dyn ProfileFetcher> {
        self.fetcher.clone()
    }

    async fn show(&self, shown: &Shown) {
        self.truth.set(profile(shown));
    }

    async fn hide(&self, username: &Username) {
        if let Some(id) = self.truth.id_of(username.as_str()) {
            self.truth.remove(id);
        }
    }

    async fn break_source(&self, broken: bool) {
        let mut known = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = known.take() {
            self.dc.release(fault);
        }
        if broken {
            let fault = Fault::Rpc(super::Refusal::internal());
            *known = Some(self.dc.fault(On::everything(), fault, Times::UntilReleased));
        }
    }
}
