//! The source of a run: shows the truth, spoilt by the faults.

use std::sync::Arc;

use async_trait::async_trait;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Field, Observation, Observed, Photo, PhotoId, Profile,
    ProfileFetcher, ProfileKind, Target, Timestamp, Username,
};

use super::faults;
use super::lives::{place_of, place_of_id};
use super::pages::Pages;
use super::plan::Trap;
use super::truth::counts_at;
use super::world::{Spoilt, World};

/// The name of the canary.
pub(super) const CANARY: &str = "telegram";
/// The canary's place among the profiles, for its faults.
const CANARY_PLACE: usize = usize::MAX;

/// Reads the world.
pub(super) struct Source {
    world: Arc<World>,
    canary: Profile,
    /// Answers are drawn as pages and read by the scraper's parser.
    pages: Option<Pages>,
}

impl Source {
    pub fn new(world: Arc<World>, pages: bool) -> Self {
        Self { world, canary: canary(), pages: pages.then(Pages::default) }
    }

    fn place(&self, target: &Target) -> Option<usize> {
        let by_id = target.telegram_id.and_then(place_of_id);
        by_id.or_else(|| place_of(&target.username)).filter(|place| *place < self.world.lives.len())
    }

    /// What is true of the target now.
    fn truth(&self, place: Option<usize>, now: Timestamp) -> Option<Profile> {
        match place {
            Some(place) => self.world.lives[place].at(now).map(|shown| (**shown).clone()),
            None => Some(self.canary.clone()),
        }
    }

    /// How the answer is spoilt.
    fn fate(&self, place: Option<usize>, now: Timestamp) -> Spoilt {
        if let Some(wrong) = self.world.plan.wrong_at(now) {
            return faults::of_episode(wrong);
        }
        if now >= self.world.calm_from {
            return Spoilt::No;
        }
        let noticeable = place.is_some_and(|place| !self.world.ever_seen(place));
        let mut shared = self.world.shared();
        faults::draw(&mut shared, place.unwrap_or(CANARY_PLACE), self.world.faults, noticeable)
    }

    fn remember(&self, place: Option<usize>, spoilt: Spoilt) {
        match place {
            Some(place) => self.world.looked(place, spoilt),
            None => {
                let mut shared = self.world.shared();
                let now = shared.now;
                shared.script.canaries.push((now, spoilt == Spoilt::No));
                if spoilt == Spoilt::No {
                    shared.recent.remove(&CANARY_PLACE);
                }
            }
        }
    }

    fn answer(
        &self,
        asked: &Username,
        truth: Option<Profile>,
        spoilt: &Spoilt,
    ) -> Result<Observation, FetchErrorKind> {
        let wall = tgbio_core::Clock::now(&self.world.clock);
        if let Spoilt::Fails(kind) = spoilt
            && self.pages.is_none()
        {
            return Err(*kind);
        }
        if let Some(pages) = &self.pages {
            return pages.read(asked, truth, spoilt, wall);
        }
        let mut profile = truth.ok_or(FetchErrorKind::NotFound)?;
        faults::spoil(&mut profile, spoilt);
        let counts = counts_at(&profile, wall);
        let mut seen = Observation::new(profile, wall, PARSED, "simulated/1");
        seen.counts = counts;
        Ok(seen)
    }
}

/// The name of a source that gives answers as parsed.
const PARSED: &str = "simulated";

/// Whether a spoilt answer differs from the right one.
fn tells_apart(truth: Option<&Profile>, spoilt: &Spoilt) -> bool {
    match (truth, spoilt) {
        (None, Spoilt::Fails(kind)) => *kind != FetchErrorKind::NotFound,
        (None, _) => false,
        (Some(_), Spoilt::Fails(_)) => true,
        (Some(truth), spoilt) => {
            let mut seen = truth.clone();
            faults::spoil(&mut seen, spoilt);
            seen != *truth
        }
    }
}

fn says_the_same(
    answer: &Result<Observation, FetchErrorKind>,
    right: &Result<Observation, FetchErrorKind>,
) -> bool {
    match (answer, right) {
        (Ok(answer), Ok(right)) => tgbio_core::diff(&answer.profile, &right.profile).is_empty(),
        (Err(answer), Err(right)) => answer == right,
        _ => false,
    }
}

/// A profile that surely exists and has everything that a changed layout may lose.
fn canary() -> Profile {
    let name = |text: &str| Username::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let mut canary = Profile::new(name(CANARY));
    canary.kind = Observed::Present(ProfileKind::Channel);
    canary.telegram_id = Observed::Present(42);
    canary.display_name = Observed::Present("Telegram News".into());
    canary.bio = Observed::Present("Official, see @telegram_tips".into());
    canary.links = Observed::Present(tgbio_core::links::derive("Official, see @telegram_tips"));
    canary.usernames = Observed::Present(vec![name("telegram_too")]);
    canary.photo = Observed::Present(Photo {
        id: Some(PhotoId::telegram(1)),
        url: Some("https://cdn.example/1".into()),
        ..Photo::default()
    });
    canary.verified = Observed::Present(true);
    canary.premium = Observed::Present(true);
    canary
}

#[async_trait]
impl ProfileFetcher for Source {
    fn name(&self) -> &str {
        if self.pages.is_some() { tgbio_fetch::scrape::NAME } else { PARSED }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&Field::OF_PROFILE)
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        self.world.acts();
        self.world.may_die(Trap::BeforeAnswer).await;
        let (place, now) = (self.place(target), self.world.now());
        let truth = self.truth(place, now);
        let spoilt = Some(self.fate(place, now)).filter(|spoilt| tells_apart(truth.as_ref(), spoilt));
        let mut spoilt = spoilt.unwrap_or(Spoilt::No);
        let answer = self.answer(&target.username, truth.clone(), &spoilt);
        if self.pages.is_some() && spoilt != Spoilt::No {
            // Not every fault shows on every page: a page without a card has no title to lose.
            let right = self.answer(&target.username, truth, &Spoilt::No);
            spoilt = if says_the_same(&answer, &right) { Spoilt::No } else { spoilt };
        }
        self.remember(place, spoilt);
        answer.map_err(|kind| FetchError::new(self.name(), target.username.clone(), kind))
    }
}
