//! A fetcher that makes profiles up from their names: fills databases without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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

/// A word in the display names of a few.
pub const NEEDLE: &str = "zanzibar";

/// Shows a profile for every name.
#[derive(Debug)]
pub struct Invented {
    clock: Arc<ManualClock>,
    edition: AtomicUsize,
    needle_every: usize,
}

impl Invented {
    /// A fetcher whose observations are of `clock`'s time.
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, edition: AtomicUsize::new(0), needle_every: usize::MAX }
    }

    /// One in so many has [`NEEDLE`] in the display name.
    pub fn with_needle_every(mut self, profiles: usize) -> Self {
        self.needle_every = profiles.max(1);
        self
    }

    /// After so many edits.
    pub fn at_edition(mut self, edition: usize) -> Self {
        self.edition = AtomicUsize::new(edition);
        self
    }

    /// Gives every bio another text.
    pub fn edit(&self) {
        self.edition.fetch_add(1, Ordering::Relaxed);
    }

    fn profile(&self, target: &Target, number: usize) -> Profile {
        let mut profile = Profile::new(target.username.clone());
        profile.kind = Observed::Present(ProfileKind::User);
        profile.display_name = Observed::Present(self.display_name(number));
        profile.bio = Observed::Present(site::bio(number, self.edition.load(Ordering::Relaxed)));
        profile.verified = Observed::Present(false);
        profile
    }

    /// A name that many share in part and nobody as a whole.
    fn display_name(&self, number: usize) -> String {
        let needle = if number.is_multiple_of(self.needle_every) { " Zanzibar" } else { "" };
        let (first, last) = (FIRST[number % FIRST.len()], LAST[number / FIRST.len() % LAST.len()]);
        format!("{first} {last} {number}{needle}")
    }
}

fn number(target: &Target) -> usize {
    let digits = target.username.as_str().trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or_default()
}

#[async_trait]
impl ProfileFetcher for Invented {
    fn name(&self) -> &str {
        "scrape"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&[
            Field::Username,
            Field::Kind,
            Field::DisplayName,
            Field::Bio,
            Field::Links,
            Field::Verified,
        ])
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let number = number(target);
        // Spread over some minutes, so that no order of time has ties only.
        let at = self.clock.now().after(Duration::from_millis((number * 7919 % 200_000) as u64));
        let mut seen = Observation::new(self.profile(target, number), at, "scrape", "invented/1");
        let body = Bytes::from_static(b"<!DOCTYPE html>");
        seen.evidence = Some(Evidence::new("http://127.0.0.1/", 200, "text/html", body));
        Ok(seen)
    }
}
