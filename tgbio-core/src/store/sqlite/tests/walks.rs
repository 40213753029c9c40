//! Honest histories always verify: people change and leave and take each other's names, two backends look, persons decide,
//! and revisions go, in any order.

use super::*;
use crate::canary::CanaryReport;
use crate::judge::{Context, judge, needs_canary};
use crate::store::{Decision, HoldReason};
use crate::surge::SurgeKind;
use crate::{FetchError, FetchErrorKind, Observation, Rules};
use std::time::Duration;

const NAMES: [&str; 5] = ["aaaaa", "bbbbb", "ccccc", "ddddd", "eeeee"];
const STEPS: usize = 150;

/// Chance that is the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % most
    }
}

/// An account of the source.
#[derive(Clone)]
struct Account {
    id: u64,
    name: Option<usize>,
    bio: usize,
    there: bool,
    kind: ProfileKind,
}

impl Account {
    fn is_at(&self, key: &str) -> bool {
        self.there && self.name.is_some_and(|name| NAMES[name] == key)
    }

    /// What a backend says of it; pages tell no id.
    fn seen(&self, name: Username, with_id: bool) -> Profile {
        let mut profile = Profile::new(name);
        profile.kind = Observed::Present(self.kind);
        profile.display_name = Observed::Present(format!("Name {}", self.id));
        profile.bio = Observed::from_option((self.bio > 0).then(|| format!("bio {}", self.bio)));
        if with_id {
            profile.telegram_id = Observed::Present(self.id);
        }
        profile
    }
}

struct Walk {
    chance: Chance,
    store: SqliteStore,
    accounts: Vec<Account>,
    followed: Vec<ProfileId>,
    now: Timestamp,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let kinds = [ProfileKind::User, ProfileKind::Channel];
        let account = |at: usize| Account {
            id: 100 + at as u64,
            name: Some(at),
            bio: 1,
            there: true,
            kind: kinds[at % 2],
        };
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..9 {
            chance.below(2);
        }
        let accounts = (0..NAMES.len()).map(account).collect();
        Self { chance, store: SqliteStore::in_memory().unwrap(), accounts, followed: Vec::new(), now: at(0) }
    }

    async fn step(&mut self) {
        self.now = self.now.after(Duration::from_secs(1 + self.chance.below(40) as u64));
        match self.chance.below(16) {
            0 => self.now = self.now.before(Duration::from_secs(1 + self.chance.below(50) as u64)),
            1 | 2 => self.change(),
            3 | 4 => self.rename(),
            5 | 6 => self.follow().await,
            7 => self.remove().await,
            8 | 9 => self.decide().await,
            _ => self.look().await,
        }
    }

    fn change(&mut self) {
        let (one, other) = (self.chance.below(5), self.chance.below(5));
        let swapped = self.accounts[other].name;
        match self.chance.below(4) {
            0 => self.accounts[one].there = self.chance.below(3) > 0,
            1 if one == other => self.accounts[one].kind = ProfileKind::Channel,
            1 => self.accounts[other].name = std::mem::replace(&mut self.accounts[one].name, swapped),
            _ => self.accounts[one].bio = self.chance.below(4),
        }
    }

    fn rename(&mut self) {
        let (whose, name) = (self.chance.below(5), self.chance.below(6));
        let free = name < NAMES.len() && self.accounts.iter().all(|account| account.name != Some(name));
        self.accounts[whose].name = free.then_some(name);
    }

    async fn follow(&mut self) {
        let name = NAMES[self.chance.below(NAMES.len())];
        let new = NewProfile::new(Username::parse(name).unwrap());
        if let Ok(record) = self.store.follow(&new, self.now, &Actor::system()).await
            && !self.followed.contains(&record.id)
        {
            self.followed.push(record.id);
        }
    }

    fn somebody(&mut self) -> Option<ProfileId> {
        (!self.followed.is_empty()).then(|| self.followed[self.chance.below(self.followed.len())])
    }

    async fn remove(&mut self) {
        let Some(id) = self.somebody() else { return };
        let revisions = self.store.revisions(id, 0, 99).await.unwrap();
        if !revisions.is_empty() {
            let number = revisions[self.chance.below(revisions.len())].number;
            self.store.remove_revision(id, number, self.now, &Actor::system()).await.unwrap();
        }
    }

    async fn decide(&mut self) {
        let held = self.store.held(None, 0, 99).await.unwrap();
        if !held.is_empty() {
            let id = held[self.chance.below(held.len())].id;
            let decision = if self.chance.below(3) == 0 { Decision::Reject } else { Decision::Accept };
            self.store.settle(id, decision, self.now, &Actor::system()).await.unwrap();
        }
    }

    async fn look(&mut self) {
        let Some(id) = self.somebody() else { return };
        let Some(claim) = self.store.claim(id, self.now, LEASE).await.unwrap() else { return };
        let look = self.answer(&claim);
        let rules = Rules { confirm_checks: 2, confirm_delay: Duration::from_secs(5), ..Rules::default() };
        let surge = SurgeKind { way: HoldReason::Surge, field: Field::Username };
        let surges = if self.chance.below(3) == 0 { vec![surge] } else { Vec::new() };
        let context = Context {
            record: &claim.record,
            held: &claim.held,
            rules: &rules,
            surges: &surges,
            since_recovery: None,
            now: self.now,
            random: 0.5,
        };
        let fetchers = vec!["mtproto".into(), "scrape".into()];
        let good = CanaryReport { recognised: true, fetchers, ..CanaryReport::default() };
        let canary = needs_canary(&context, look.as_ref()).then_some(&good);
        let check = judge(&context, look.as_ref(), canary);
        self.store.commit(&claim, check).await.unwrap();
    }

    /// What one of the backends answers.
    fn answer(&mut self, claim: &Claim) -> Result<Observation, FetchError> {
        let (record, only_by_id) = (&claim.record, claim.target().only_by_id);
        let known = record.state.as_ref().and_then(|state| state.telegram_id.present().copied());
        let by_id = self.chance.below(2) == 0;
        let by = if by_id { "mtproto" } else { "scrape" };
        let at_name = self.accounts.iter().find(|account| account.is_at(&record.username.key())).cloned();
        let found = match known {
            Some(id) if by_id && (only_by_id || self.chance.below(5) > 0) => {
                self.accounts.iter().find(|account| account.id == id && account.there).cloned()
            }
            _ => at_name.clone().filter(|_| !only_by_id),
        };
        let Some(account) = found else {
            return Err(FetchError::new(by, record.username.clone(), FetchErrorKind::NotFound));
        };
        let name = account
            .name
            .map_or_else(|| record.username.clone(), |name| Username::parse(NAMES[name]).unwrap());
        let mut profile = account.seen(name, by_id);
        if account.name.is_none() {
            profile.username_owner = Observed::from_option(at_name.map(|owner| owner.id));
        }
        Ok(Observation::new(profile, self.now, by, "walk/1"))
    }

    async fn is_whole(&self) -> bool {
        self.store.verify_chain().await.unwrap().broken.is_none()
    }
}

#[tokio::test]
async fn whatever_happens_the_history_verifies() {
    let mut revisions = 0;
    for seed in 1..=80 {
        let mut walk = Walk::new(seed);
        for step in 0..STEPS {
            walk.step().await;
            assert!(walk.is_whole().await, "seed {seed}, step {step}");
        }
        revisions += walk.store.totals().await.unwrap().revisions;
    }
    assert!(revisions > 500, "{revisions}");
}
