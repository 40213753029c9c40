//! A fetcher that makes profiles up from their names: fills databases without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use tgbio_core::{
    Capabilities, Clock, Evidence, FetchError, Field, ManualClock, Observation, Observed, Profile,
    ProfileFetcher, ProfileKind, Target,
};

use crate::site;

const FIRST: [&str; 12] = [
    "Anna", "Boris", "Chiara", "Dmitri", "Elena", "Farid", "Galina", "Hugo", "Irina", "Jonas", "Катя", "Лев",
];
const LAST: [&str; 12] = [
    "Abramov",
    "Becker",
    "Costa",
    "Dumont",
    "Eriksen",
    "Fischer",
    "Golubev",
    "Horvat",
    "Ivanova",
    "Jansen",
    "Ковальчук",
    "Лебедева",
];

/// Shows a profile for every name.
#[derive(Debug)]
pub struct Invented {
    clock: Arc<ManualClock>,
    edition: AtomicUsize,
}

impl Invented {
    /// A fetcher whose observations are of `clock`'s time.
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, edition: AtomicUsize::new(0) }
    }

    /// Gives every bio another text.
    pub fn edit(&self) {
        self.edition.fetch_add(1, Ordering::Relaxed);
    }

    fn profile(&self, target: &Target) -> Profile {
        let mut profile = Profile::new(target.username.clone());
        let digits = target.username.as_str().trim_start_matches(|c: char| !c.is_ascii_digit());
        let number: usize = digits.parse().unwrap_or_default();
        profile.kind = Observed::Present(ProfileKind::User);
        profile.display_name = Observed::Present(display_name(number));
        profile.bio = Observed::Present(site::bio(number, self.edition.load(Ordering::Relaxed)));
        profile.verified = Observed::Present(false);
        profile
    }
}

/// A name that many share in part and nobody as a whole.
fn display_name(number: usize) -> String {
    format!("{} {} {number}", FIRST[number % FIRST.len()], LAST[number / FIRST.len() % LAST.len()])
}

#[async_trait]
impl ProfileFetcher for Invented {
    fn name(&self) -> &str {
        "scrape"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing([
            Field::Username,
            Field::Kind,
            Field::DisplayName,
            Field::Bio,
            Field::Links,
            Field::Verified,
        ])
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let profile = self.profile(target);
        let mut seen = Observation::new(profile, self.clock.now(), "scrape", "invented/1");
        let body = Bytes::from_static(b"<!DOCTYPE html>");
        seen.evidence = Some(Evidence::new("http://127.0.0.1/", 200, "text/html", body));
        Ok(seen)
    }
}
