//! The simulated t.me as a world for the fetchers' conformance suite.

use std::sync::Arc;

use async_trait::async_trait;
use tgbio_core::testing::{FetcherWorld, Truth};
use tgbio_core::{ProfileFetcher, ProfileKind, Username};

use crate::tme::{Card, Fault, FaultId, On, Times, Tme};

/// A simulated t.me with a fetcher that looks at it.
pub struct TmeWorld {
    tme: Tme,
    fetcher: Arc<dyn ProfileFetcher>,
    broken: std::sync::Mutex<Option<FaultId>>,
}

impl std::fmt::Debug for TmeWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TmeWorld").finish_non_exhaustive()
    }
}

impl TmeWorld {
    /// A world with its fetcher.
    pub fn new(tme: Tme, fetcher: Arc<dyn ProfileFetcher>) -> Self {
        Self { tme, fetcher, broken: std::sync::Mutex::default() }
    }
}

/// The card of a truth.
fn card(truth: &Truth) -> Card {
    let (name, shown) = (truth.username.as_str(), truth.display_name.as_str());
    let mut card = match truth.kind {
        ProfileKind::Bot => Card::bot(name, shown).monthly_users(1_234),
        ProfileKind::Channel => Card::channel(name, shown, 5_678),
        ProfileKind::Group => Card::group(name, shown, 90),
        _ => Card::user(name, shown),
    };
    card.bio = truth.bio.clone().map(Into::into);
    card.verified = truth.verified;
    card.photo = truth.photo.clone().map(Into::into);
    card
}

#[async_trait]
impl FetcherWorld for TmeWorld {
    fn fetcher(&self) -> Arc<dyn ProfileFetcher> {
        self.fetcher.clone()
    }

    async fn show(&self, truth: &Truth) {
        self.tme.set(card(truth));
    }

    async fn hide(&self, username: &Username) {
        self.tme.remove(username.as_str());
    }

    async fn break_source(&self, broken: bool) {
        let mut known = self.broken.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(fault) = known.take() {
            self.tme.release(fault);
        }
        if broken {
            *known = Some(self.tme.fault(On::Everyone, Fault::EmptyOk, Times::UntilReleased));
        }
    }
}
