//! A fetcher that shows what a test tells it to, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::drift::SelectorRate;
use crate::{
    Capabilities, Clock, Counts, Evidence, FetchError, FetchErrorKind, Field, Observation, Photo, PhotoBytes,
    Profile, ProfileFetcher, SystemClock, Target, UnrecognisedReason, Username, WaitScope,
};

/// Shows profiles that are set, fails on order, and counts how often it was asked.
#[derive(Debug, Clone)]
pub struct ScriptedFetcher {
    name: &'static str,
    knows_ids: bool,
    waits: WaitScope,
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct State {
    profiles: HashMap<Username, (Profile, Counts)>,
    failures: HashMap<Username, VecDeque<FetchErrorKind>>,
    broken: Option<FetchErrorKind>,
    photos: HashMap<String, Bytes>,
    asked: HashMap<Username, usize>,
    ids: HashMap<Username, u64>,
    ids_asked: usize,
    ids_broken: Option<FetchErrorKind>,
    selectors: Vec<SelectorRate>,
}

impl Default for ScriptedFetcher {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl ScriptedFetcher {
    /// A fetcher that knows nobody and takes the time of its observations from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { name: "scripted", knows_ids: false, waits: WaitScope::Fetcher, state: Arc::default(), clock }
    }

    /// The same source by another name.
    #[must_use]
    pub fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The same source, asked by one who follows profiles by their ids.
    #[must_use]
    pub fn knowing_ids(mut self) -> Self {
        self.knows_ids = true;
        self
    }

    /// The same source, whose waits are those of the profile alone.
    #[must_use]
    pub fn waiting_alone(mut self) -> Self {
        self.waits = WaitScope::Profile;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows this profile from now on.
    pub fn show(&self, profile: Profile) {
        self.show_with(profile, Counts::default());
    }

    /// Shows this profile with these measurements from now on.
    pub fn show_with(&self, profile: Profile, counts: Counts) {
        self.state().profiles.insert(profile.username.clone(), (profile, counts));
    }

    /// The profile is gone from now on.
    pub fn hide(&self, username: &Username) {
        self.state().profiles.remove(username);
    }

    /// The next look at this name fails so; several wait for their turn.
    pub fn fail_next(&self, username: &Username, kind: FetchErrorKind) {
        self.state().failures.entry(username.clone()).or_default().push_back(kind);
    }

    /// Every look fails so, or none any more.
    pub fn break_all(&self, kind: Option<FetchErrorKind>) {
        self.state().broken = kind;
    }

    /// Serves these bytes as the photo at an address.
    pub fn set_photo(&self, url: impl Into<String>, body: impl Into<Bytes>) {
        self.state().photos.insert(url.into(), body.into());
    }

    /// Says this as the stable id of whoever has a name, beside its looks, which hide it.
    pub fn set_stable_id(&self, username: &Username, id: u64) {
        self.state().ids.insert(username.clone(), id);
    }

    /// Asking for a stable id fails so, or not any more.
    pub fn break_ids(&self, kind: Option<FetchErrorKind>) {
        self.state().ids_broken = kind;
    }

    /// How often stable ids were asked for.
    pub fn ids_asked(&self) -> usize {
        self.state().ids_asked
    }

    /// Tells these rates of its selectors.
    pub fn set_selectors(&self, rates: Vec<SelectorRate>) {
        self.state().selectors = rates;
    }

    /// How often a name was asked for.
    pub fn asked(&self, username: &Username) -> usize {
        self.state().asked.get(username).copied().unwrap_or(0)
    }

    fn failure(&self, target: &Target, kind: FetchErrorKind) -> FetchError {
        FetchError::new(self.name, target.username.clone(), kind).covering(self.waits)
    }

    fn answer(&self, target: &Target) -> Result<(Profile, Counts), FetchErrorKind> {
        let username = &target.username;
        if target.only_by_id && (!self.knows_ids || target.telegram_id.is_none()) {
            return Err(FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile));
        }
        let mut state = self.state();
        *state.asked.entry(username.clone()).or_default() += 1;
        if let Some(kind) = state.broken {
            return Err(kind);
        }
        if let Some(kind) = state.failures.get_mut(username).and_then(VecDeque::pop_front) {
            return Err(kind);
        }
        let id = target.telegram_id.filter(|_| self.knows_ids);
        let by_id = id.and_then(|id| {
            state.profiles.values().find(|(profile, _)| profile.telegram_id.present() == Some(&id))
        });
        by_id.or_else(|| state.profiles.get(username)).cloned().ok_or(FetchErrorKind::NotFound)
    }
}

#[async_trait]
impl ProfileFetcher for ScriptedFetcher {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> Capabilities {
        let mut all = Capabilities::seeing(&Field::OF_PROFILE).with_photos();
        all.follows_renames = self.knows_ids;
        all
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let answer = self.answer(target);
        let (profile, counts) = answer.map_err(|kind| self.failure(target, kind))?;
        let body = Bytes::from(format!("{profile:?}"));
        let mut observation = Observation::new(profile, self.clock.now(), self.name, "scripted/1");
        observation.counts = counts;
        let url = format!("script:{}", target.username);
        observation.evidence = Some(Evidence::new(url, 200, "text/plain; charset=utf-8", body));
        Ok(observation)
    }

    async fn photo(&self, _: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let body = photo.url.as_ref().and_then(|url| self.state().photos.get(url).cloned());
        Ok(body.map(|body| PhotoBytes::new(body, "image/jpeg")))
    }

    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        let mut state = self.state();
        state.ids_asked += 1;
        if let Some(kind) = state.ids_broken {
            return Err(FetchError::new(self.name, target.username.clone(), kind));
        }
        Ok(state.ids.get(&target.username).copied())
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        self.state().selectors.clone()
    }
}
