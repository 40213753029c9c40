//! What is counted of the source: how often its selectors hit, and which fields followed profiles show.
//!
//! It is added to what the store keeps whenever the canaries were looked at, so that a restart goes on where it ended and
//! every process adds its part.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::canary::CanaryRecord;
use crate::drift::{self, SelectorRate};
use crate::store::{ProfileRecord, ProfileStore, StoreResult};
use crate::track::losers::Losers;
use crate::{Field, Observation, Outcome, ProfileId, ProfileKind, Timestamp, Username};

/// The counts of one process.
#[derive(Debug, Default)]
pub(super) struct Tally {
    state: Mutex<State>,
    /// So many profiles have lost a field that it is to be judged now, or it is shown again.
    alarming: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// What the store has, as far as this process knows.
    kept: Vec<SelectorRate>,
    /// What of this process is in there.
    saved: Vec<SelectorRate>,
    profiles: Vec<SelectorRate>,
    /// The looks at canaries that were counted.
    canaries: HashMap<Username, Timestamp>,
    /// Who has lost a field, by the place of its rate.
    losers: HashMap<usize, Losers>,
}

impl Tally {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what a followed profile shows.
    pub fn look(&self, record: &ProfileRecord, seen: &Observation) {
        let mut state = self.state();
        let kind = seen.profile.kind.present().copied();
        for field in fields() {
            let Some(shown) = seen.profile.shows(field) else { continue };
            if !shown && field == Field::Links && drift::lacks_links_by_its_text(&seen.profile) {
                continue;
            }
            let had = record.state.as_ref().is_some_and(|kept| kept.shows(field) == Some(true));
            let whose = Some((record.id, had));
            if state.count((&seen.fetcher, kind, field), (shown, whose), seen.at) {
                self.alarming.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Counts what canaries show: what others have lost meanwhile is their own loss.
    pub fn canaries(&self, canaries: &[CanaryRecord]) {
        let mut state = self.state();
        for canary in canaries.iter().filter(|canary| canary.outcome == Outcome::Profile) {
            let at = canary.checked_at;
            let (Some(fetcher), true) =
                (&canary.fetcher, state.canaries.insert(canary.username.clone(), at) != Some(at))
            else {
                continue;
            };
            let shown = |field: &Field| canary.fields.contains(field) && !canary.lost.contains(field);
            fields().filter(shown).for_each(|field| {
                state.count((fetcher, canary.kind, field), (true, None), at);
            });
        }
    }

    /// Whether so many have lost a field that it is to be judged now, or it is shown again.
    pub fn is_alarming(&self) -> bool {
        self.alarming.load(Ordering::Relaxed)
    }

    /// The rates of all runs, with those that this backend tells of this one.
    pub fn rates(&self, told: &[SelectorRate]) -> Vec<SelectorRate> {
        let state = self.state();
        let mut rates = state.kept.clone();
        drift::add_up(&mut rates, &state.unsaved(told));
        rates
    }

    /// Adds what is new to what the store keeps, and tells all of it.
    pub async fn keep(
        &self,
        store: &dyn ProfileStore,
        told: &[SelectorRate],
    ) -> StoreResult<Vec<SelectorRate>> {
        // What is counted from here on is news again.
        let alarming = self.alarming.swap(false, Ordering::Relaxed);
        let (counted, unsaved) = {
            let state = self.state();
            (state.counted(told), state.unsaved(told))
        };
        let kept =
            if unsaved.is_empty() { store.selectors().await } else { store.count_pages(&unsaved).await };
        if kept.is_err() {
            self.alarming.fetch_or(alarming, Ordering::Relaxed);
        }
        let kept = kept?;
        let mut state = self.state();
        (state.kept, state.saved) = (kept.clone(), counted);
        Ok(kept)
    }
}

impl State {
    /// Counts a look: whose it is, and whether that profile had the field. True when that makes many profiles that have lost
    /// it, or is the first to show again what many have lost.
    fn count(
        &mut self,
        (fetcher, kind, field): (&str, Option<ProfileKind>, Field),
        (shown, whose): (bool, Option<(ProfileId, bool)>),
        at: Timestamp,
    ) -> bool {
        let name = drift::profiles_of(kind);
        let is = |rate: &SelectorRate| {
            rate.field == Some(field) && rate.selector == name && rate.fetcher == fetcher
        };
        let place = self.profiles.iter().position(is).unwrap_or_else(|| {
            self.profiles.push(SelectorRate::new(fetcher, name, Some(field)));
            self.profiles.len() - 1
        });
        let rate = &mut self.profiles[place];
        rate.count(shown, at);
        let loses = whose.is_some_and(|(_, had)| had && !shown);
        if !loses && !self.losers.contains_key(&place) {
            return false;
        }
        let losers = self.losers.entry(place).or_default();
        let mut many = false;
        if shown {
            many = losers.shown(whose.map(|(id, _)| id));
        } else if let Some((id, had)) = whose {
            losers.missed(id, had);
            let before = std::mem::replace(&mut rate.lost, losers.count());
            many = before < rate.lost && rate.lost >= drift::MANY;
        }
        if losers.is_empty() {
            self.losers.remove(&place);
        }
        many
    }

    /// All that this process has counted.
    fn counted(&self, told: &[SelectorRate]) -> Vec<SelectorRate> {
        told.iter().chain(&self.profiles).cloned().collect()
    }

    /// What of it is not in the store.
    fn unsaved(&self, told: &[SelectorRate]) -> Vec<SelectorRate> {
        let since = |rate: SelectorRate| match self.saved.iter().find(|saved| saved.is_of(&rate)) {
            Some(saved) => rate.since(saved),
            None => rate,
        };
        self.counted(told).into_iter().map(since).filter(|rate| rate.pages > 0).collect()
    }
}

/// What a profile can show or lack.
fn fields() -> impl Iterator<Item = Field> {
    Field::OF_ANSWER.into_iter().filter(|field| *field != Field::Kind)
}
