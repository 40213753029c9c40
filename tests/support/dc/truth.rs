//! The profiles as they truly are, held by a test and changed while servers run.

use super::profile::Profile;
use crate::tme::Tme;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

type Edit = Box<dyn Fn(&mut Profile) + Send>;

/// Changes that wait for their turn: after so many full answers, counted from the change before.
#[derive(Default)]
struct Script {
    steps: VecDeque<(u64, Edit)>,
    served: u64,
}

#[derive(Default)]
struct Inner {
    profiles: BTreeMap<i64, Profile>,
    names: HashMap<String, i64>,
    scripts: HashMap<i64, Script>,
    mirrors: Vec<Weak<Tme>>,
    next: i64,
}

/// The scripted profiles, shared by all who hold a clone. All changes are seen by the next request.
#[derive(Clone, Default)]
pub struct Truth(Arc<Mutex<Inner>>);

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truth").finish_non_exhaustive()
    }
}

fn key(name: &str) -> String {
    name.trim_start_matches('@').to_ascii_lowercase()
}

impl Truth {
    /// Without any profile.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts this profile in place of the one with its id; its usernames are taken from whoever has them.
    /// Returns the id.
    pub fn set(&self, profile: Profile) -> i64 {
        self.lock().set(profile)
    }

    /// Changes a profile; its new usernames are taken from whoever has them. `edit` must not call the truth.
    /// False if there is none.
    pub fn update(&self, id: i64, edit: impl FnOnce(&mut Profile)) -> bool {
        self.lock().update(id, edit)
    }

    /// Changes the profile that has this name. False if there is none.
    pub fn update_named(&self, name: &str, edit: impl FnOnce(&mut Profile)) -> bool {
        let mut inner = self.lock();
        let id = inner.names.get(&key(name)).copied();
        id.is_some_and(|id| inner.update(id, edit))
    }

    /// Gives the profile another main username; the old one is free.
    pub fn rename(&self, id: i64, username: &str) -> bool {
        self.update(id, |profile| match profile.usernames.first_mut() {
            Some(main) => *main = username.into(),
            None => profile.usernames.push(username.into()),
        })
    }

    /// Deletes the account: an empty shell with its id stays.
    pub fn delete(&self, id: i64) -> bool {
        self.update(id, |profile| {
            let (id, kind) = (profile.id, profile.kind);
            *profile = Profile { deleted: true, id, kind, usernames: vec![], ..Profile::user("", "") };
        })
    }

    /// Takes the profile away altogether: its id means nothing any more. False if there is none.
    pub fn remove(&self, id: i64) -> bool {
        self.lock().remove(id).is_some()
    }

    /// The profile with this id.
    pub fn profile(&self, id: i64) -> Option<Profile> {
        self.lock().profiles.get(&id).cloned()
    }

    /// Who has this name, in any spelling.
    pub fn id_of(&self, name: &str) -> Option<i64> {
        self.lock().names.get(&key(name)).copied()
    }

    /// Changes the profile once so many full answers about it were given, counted from the change ordered before.
    pub fn after(&self, id: i64, answers: u64, edit: impl Fn(&mut Profile) + Send + 'static) {
        let mut inner = self.lock();
        inner.scripts.entry(id).or_default().steps.push_back((answers, Box::new(edit)));
        inner.run_script(id);
    }

    /// Shows every profile on this simulated t.me too, from now on: each active username has its page.
    pub fn mirror(&self, tme: &Arc<Tme>) {
        let mut inner = self.lock();
        inner.mirrors.push(Arc::downgrade(tme));
        let ids: Vec<i64> = inner.profiles.keys().copied().collect();
        ids.into_iter().for_each(|id| inner.show(id));
    }

    /// A full answer about this profile was given.
    pub(super) fn note_served(&self, id: i64) {
        let mut inner = self.lock();
        if let Some(script) = inner.scripts.get_mut(&id) {
            script.served += 1;
            inner.run_script(id);
        }
    }
}

impl Inner {
    fn set(&mut self, mut profile: Profile) -> i64 {
        if profile.id == 0 {
            self.next += 1;
            profile.id = if profile.is_chat() { 1_500_000_000 } else { 1_000_000_000 } + self.next;
        }
        let id = profile.id;
        if let Some(before) = self.profiles.remove(&id) {
            let kept: Vec<String> = profile.usernames.iter().map(|name| key(name)).collect();
            before
                .usernames
                .iter()
                .filter(|name| !kept.contains(&key(name)))
                .for_each(|name| self.free(name));
        }
        for name in &profile.usernames {
            self.take_name(&key(name), id);
        }
        self.profiles.insert(id, profile);
        self.show(id);
        id
    }

    /// Nobody has this name any more.
    fn free(&mut self, name: &str) {
        self.names.remove(&key(name));
        self.mirrors().for_each(|tme| _ = tme.remove(name));
    }

    /// A name has one owner.
    fn take_name(&mut self, name: &str, id: i64) {
        if let Some(before) = self.names.insert(name.into(), id)
            && let Some(profile) = self.profiles.get_mut(&before)
        {
            profile.usernames.retain(|other| key(other) != name);
        }
    }

    fn update(&mut self, id: i64, edit: impl FnOnce(&mut Profile)) -> bool {
        let Some(mut profile) = self.profiles.get(&id).cloned() else { return false };
        edit(&mut profile);
        profile.id = id;
        self.set(profile);
        true
    }

    fn remove(&mut self, id: i64) -> Option<Profile> {
        let profile = self.profiles.remove(&id)?;
        profile.usernames.iter().for_each(|name| self.free(name));
        Some(profile)
    }

    fn mirrors(&self) -> impl Iterator<Item = Arc<Tme>> {
        self.mirrors.iter().filter_map(Weak::upgrade)
    }

    fn show(&self, id: i64) {
        let Some(profile) = self.profiles.get(&id) else { return };
        for tme in self.mirrors() {
            for name in &profile.usernames {
                match profile.private {
                    true => _ = tme.remove(name),
                    false => tme.set(profile.card(name)),
                }
            }
        }
    }

    fn run_script(&mut self, id: i64) {
        while let Some(script) = self.scripts.get_mut(&id)
            && script.steps.front().is_some_and(|(answers, _)| *answers <= script.served)
            && let Some((_, edit)) = script.steps.pop_front()
        {
            script.served = 0;
            self.update(id, edit);
        }
    }
}
