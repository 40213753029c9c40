//! The profiles of the simulated site, and which answer each request gets.

use super::answer::Answer;
use super::budget::Budget;
use super::card::Card;
use super::fault::{About, Fault, On};
use super::fresh::{Volatile, mix};
use super::log::Log;
use super::route::{Head, Route};
use super::script::{Deed, Running};
use super::spoil::spoil;
use crate::orders::{FaultBook, FaultId};
use bytes::Bytes;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Instant;

pub(super) struct Profile {
    pub(super) card: Arc<Card>,
    visible: bool,
    script: Option<Running>,
    /// The path and the whole answer to it, kept while nothing is volatile.
    prebuilt: Option<(String, Bytes)>,
}

/// What is to be sent.
pub(super) enum Reply {
    /// A right answer, ready for the wire.
    Ready(Bytes),
    /// An answer that may still go wrong on the wire.
    Answer(Answer, Option<(FaultId, Fault)>),
}

pub(super) struct State {
    profiles: HashMap<String, Profile>,
    pub(super) invites: HashMap<String, Arc<Card>>,
    pub(super) photos: HashMap<u64, Bytes>,
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    /// Where photo addresses lead.
    pub(super) photo_base: String,
    pub(super) fetches: u64,
    pub(super) volatile: Volatile,
    pub(super) faults: FaultBook<On, Fault>,
    pub(super) budget: Option<Budget>,
    pub(super) log: Log,
}

/// What names are told apart by.
pub(super) fn key(name: &str) -> String {
    name.trim_start_matches('@').to_ascii_lowercase()
}

/// What photos are told apart by.
pub(super) fn photo_id(photo: &Bytes) -> u64 {
    let mut hasher = DefaultHasher::new();
    photo.hash(&mut hasher);
    mix(hasher.finish())
}

impl State {
    pub(super) fn new(base: String) -> Self {
        Self {
            profiles: HashMap::new(),
            invites: HashMap::new(),
            photos: HashMap::new(),
            photo_base: base.clone(),
            base,
            fetches: 0,
            volatile: Volatile::ALL,
            faults: FaultBook::default(),
            budget: None,
            log: Log::default(),
        }
    }

    pub(super) fn set(&mut self, card: Card) {
        self.keep_photo(&card);
        let profile = Profile { card: Arc::new(card), visible: true, script: None, prebuilt: None };
        self.profiles.insert(key(&profile.card.username), profile);
    }

    pub(super) fn set_invite(&mut self, code: &str, card: Card) {
        self.keep_photo(&card);
        self.invites.insert(code.into(), Arc::new(card));
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.profiles.remove(&key(name)).is_some()
    }

    /// The card as it is drawn now, unless the profile is not to be seen.
    pub(super) fn card(&mut self, name: &str) -> Option<Arc<Card>> {
        self.run_script(&key(name));
        self.visible(&key(name)).map(|profile| profile.card.clone())
    }

    pub(super) fn update(&mut self, name: &str, edit: impl FnOnce(&mut Card)) -> bool {
        self.edit(&key(name), edit)
    }

    pub(super) fn script(&mut self, name: &str, script: Running) -> bool {
        let profile = self.profiles.get_mut(&key(name));
        profile.map(|profile| profile.script = Some(script)).is_some()
    }

    pub(super) fn set_photo_base(&mut self, base: String) {
        self.photo_base = base;
        self.forget_prebuilt();
    }

    pub(super) fn set_volatile(&mut self, volatile: Volatile) {
        self.volatile = volatile;
        self.forget_prebuilt();
    }

    fn forget_prebuilt(&mut self) {
        self.profiles.values_mut().for_each(|profile| profile.prebuilt = None);
    }

    fn keep_photo(&mut self, card: &Card) {
        if let Some(photo) = &card.photo {
            self.photos.entry(photo_id(photo)).or_insert_with(|| photo.clone());
        }
    }

    /// The profile under this key, unless it vanished.
    pub(super) fn visible(&self, key: &str) -> Option<&Profile> {
        self.profiles.get(key).filter(|profile| profile.visible)
    }

    /// Changes a card; one whose username changes moves to its new name.
    fn edit(&mut self, old: &str, edit: impl FnOnce(&mut Card)) -> bool {
        let Some(mut profile) = self.profiles.remove(old) else { return false };
        edit(Arc::make_mut(&mut profile.card));
        profile.prebuilt = None;
        self.keep_photo(&profile.card);
        self.profiles.insert(key(&profile.card.username), profile);
        true
    }

    fn run_script(&mut self, name: &str) {
        let Some(script) = self.profiles.get_mut(name).and_then(|profile| profile.script.as_mut()) else {
            return;
        };
        let deeds = script.due(Instant::now());
        let mut name = name.to_owned();
        for deed in deeds {
            self.do_deed(&mut name, deed);
        }
    }

    /// `name` follows a rename, so that the next deed finds the profile.
    fn do_deed(&mut self, name: &mut String, deed: Deed) {
        match deed {
            Deed::Edit(edit) => {
                let mut renamed = name.clone();
                self.edit(name, |card| {
                    edit(card);
                    renamed = key(&card.username);
                });
                *name = renamed;
            }
            Deed::Vanish => self.set_visible(name, false),
            Deed::Return => self.set_visible(name, true),
            Deed::Fault(fault, times) => _ = self.faults.order(On::Name(name.clone()).normal(), fault, times),
        }
    }

    fn set_visible(&mut self, name: &str, visible: bool) {
        if let Some(profile) = self.profiles.get_mut(name) {
            profile.visible = visible;
        }
    }

    /// The answer to one request, which is put into the log.
    pub(super) fn reply(&mut self, head: &Head) -> Reply {
        let target = head.target();
        let route = Route::of(target);
        let name = route.name().map(key);
        let card_name = name.as_deref().filter(|_| matches!(route, Route::Card { .. }));
        self.fetches += 1;
        self.log.tally(card_name, route.is_photo());
        if let Some(name) = &name {
            self.run_script(name);
        }
        let fault = self.fault_for(&route, name.as_deref());
        if !self.log.counting_only {
            let fault = fault.as_ref().map(|(_, fault)| fault.clone());
            self.log.keep(super::log::Request { fault, ..head.to_request(card_name) });
        }
        let reply = self.reply_with(&route, target, fault);
        self.note_served(card_name);
        reply
    }

    fn note_served(&mut self, name: Option<&str>) {
        let profile = name.and_then(|name| self.profiles.get_mut(name));
        if let Some(script) = profile.and_then(|profile| profile.script.as_mut()) {
            script.served();
        }
    }

    fn fault_for(&mut self, route: &Route<'_>, name: Option<&str>) -> Option<(FaultId, Fault)> {
        let about = match name {
            _ if route.is_photo() => About::Photo,
            Some(name) => About::Name(name),
            None => About::Other,
        };
        let over_budget = match &mut self.budget {
            Some(budget) if !route.is_photo() => budget.spend(Instant::now()),
            _ => None,
        };
        self.faults.take(|on| on.fits(about)).or(over_budget)
    }

    fn reply_with(&mut self, route: &Route<'_>, target: &str, fault: Option<(FaultId, Fault)>) -> Reply {
        match &fault {
            None => self.usual_reply(route, target),
            Some((_, Fault::OtherProfile(other))) => {
                Reply::Answer(self.card_answer(other, None, target), None)
            }
            Some((_, Fault::NotFoundShell)) => {
                Reply::Answer(self.shell(route.name().unwrap_or_default(), target), None)
            }
            Some((_, what)) => Reply::Answer(spoil(what, self.answer(route, target)), fault),
        }
    }

    fn usual_reply(&mut self, route: &Route<'_>, target: &str) -> Reply {
        let Route::Card { name, rest: None } = route else {
            return Reply::Answer(self.answer(route, target), None);
        };
        let name = key(name);
        let steady = self.volatile == Volatile::NONE;
        if let Some((path, wire)) = self.visible(&name).and_then(|profile| profile.prebuilt.as_ref())
            && path == target
        {
            return Reply::Ready(wire.clone());
        }
        let answer = self.answer(route, target);
        match self.profiles.get_mut(&name) {
            Some(profile) if steady && profile.visible => {
                let wire = answer.wire();
                profile.prebuilt = Some((target.into(), wire.clone()));
                Reply::Ready(wire)
            }
            _ => Reply::Answer(answer, None),
        }
    }
}
