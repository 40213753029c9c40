//! Honest histories always verify: people change and leave and take each other's names, two backends look and see more or
//! less of it, photos are read, persons decide, pages are read again, and revisions go, in any order.

use super::listed::broken;
use super::*;
use crate::canary::CanaryReport;
use crate::judge::{Context, judge, needs_canary};
use crate::store::{Corrector, Decision, HoldReason, PhotoReading, ProfilePatch, Reread};
use crate::surge::SurgeKind;
use crate::{
    FetchError, FetchErrorKind, Link, Observation, PersonalChannel, Photo, PhotoBytes, PhotoId, Rules, links,
};
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
    /// Which one, of those below; zero for none.
    photo: i64,
    link: usize,
    channel: usize,
}

/// What one look tells of the rest, since not every answer tells all.
#[derive(Clone, Copy)]
struct Sight {
    with_id: bool,
    /// Bits of what is hidden, or told otherwise, in this answer.
    less: usize,
}

impl Account {
    fn is_at(&self, key: &str) -> bool {
        self.there && self.name.is_some_and(|name| NAMES[name] == key)
    }

    /// What a backend says of it; pages tell no id.
    fn seen(&self, name: Username, sight: Sight) -> Profile {
        let mut profile = Profile::new(name);
        profile.kind = Observed::Present(self.kind);
        profile.display_name = Observed::Present(format!("Name {}", self.id));
        let said = ["", "bio 1 by @durov", "bio 2", "bio 3 of t.me/durov"][self.bio];
        profile.bio = Observed::from_option((self.bio > 0).then(|| said.to_owned()));
        profile.links = self.links(&profile.bio, sight);
        profile.photo = self.photo(sight.with_id);
        if sight.with_id {
            profile.telegram_id = Observed::Present(self.id);
            let name = (sight.less & 1 > 0).then(|| Username::parse("some_channel").unwrap());
            let channel = || PersonalChannel::new(self.channel as u64, name);
            profile.personal_channel = Observed::from_option((self.channel > 0).then(channel));
        }
        for (bit, field) in [(2, Field::Bio), (2, Field::Links), (4, Field::HasPhoto), (8, Field::Links)] {
            if sight.less & bit > 0 {
                profile.take(field, &Profile::new(profile.username.clone()));
            }
        }
        profile
    }

    /// One backend tells the targets behind the text, the other mostly only the text.
    fn links(&self, bio: &Observed<String>, sight: Sight) -> Observed<Vec<Link>> {
        let text = links::of_bio(bio);
        let Observed::Present(bio) = bio else { return text };
        if self.link == 0 || (sight.with_id && sight.less & 16 == 0) {
            return text;
        }
        let target = |text: &str| Link { text: text.into(), url: format!("https://{}.test", self.link) };
        Observed::Present(links::with_anchors(bio, &[target("@durov"), target("bio")]))
    }

    fn photo(&self, with_id: bool) -> Observed<Photo> {
        let shown = match with_id {
            true => Photo::named(PhotoId::telegram(self.photo)),
            false => Photo::at(format!("https://photos.test/{}", self.photo)),
        };
        Observed::from_option((self.photo > 0).then_some(shown))
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
            photo: [0, 1, 2][at % 3],
            link: at % 2,
            channel: 0,
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
        match self.chance.below(20) {
            0 => self.now = self.now.before(Duration::from_secs(1 + self.chance.below(50) as u64)),
            1 | 2 => self.change(),
            3 | 4 => self.rename(),
            5 | 6 => self.follow().await,
            7 => self.remove().await,
            8 | 9 => self.decide().await,
            10 => self.read_photo().await,
            11 => self.pause().await,
            12 => self.read_again().await,
            _ => self.look().await,
        }
    }

    fn change(&mut self) {
        let (one, other) = (self.chance.below(5), self.chance.below(5));
        let swapped = self.accounts[other].name;
        match self.chance.below(7) {
            4 => self.accounts[one].photo = [0, 1, 2][self.chance.below(3)],
            5 => self.accounts[one].link = self.chance.below(3),
            6 => self.accounts[one].channel = self.chance.below(3),
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

    /// The picture at the address that is shown.
    async fn read_photo(&mut self) {
        let Some(id) = self.somebody() else { return };
        let record = self.store.profile(&id.into()).await.unwrap().unwrap();
        let photo = record.state.and_then(|state| state.photo.present().cloned());
        let Some(url) = photo.and_then(|photo| photo.url) else { return };
        let bytes = PhotoBytes::new(url.clone().into_bytes().into(), "image/png");
        let reading = PhotoReading::new(url, Some(bytes), self.now, "scrape", "photo/1");
        self.store.record_photo(id, &reading).await.unwrap();
    }

    async fn pause(&mut self) {
        let Some(id) = self.somebody() else { return };
        let patch = ProfilePatch { monitored: Some(self.chance.below(3) > 0), ..ProfilePatch::default() };
        self.store.update(id, &patch, self.now, &Actor::system()).await.unwrap();
    }

    /// A newer reader makes something else of some of the pages.
    async fn read_again(&mut self) {
        let Some(id) = self.somebody() else { return };
        let (mut corrector, mut found) = (Corrector::default(), Vec::new());
        for old in self.store.revisions(id, 0, 99).await.unwrap() {
            let reread = (old.fetcher == "scrape").then(|| {
                let mut profile = old.profile.clone();
                match self.chance.below(6) {
                    0 => profile.bio = Observed::Present("read again, t.me/durov".into()),
                    1 => profile.verified = Observed::Present(self.chance.below(2) == 0),
                    2 => profile.photo = Observed::Absent,
                    _ => {}
                }
                profile.links = links::of_bio(&profile.bio);
                Reread { profile, parser: format!("walk/{}", 2 + self.chance.below(2)) }
            });
            found.extend(corrector.next(&old, reread.as_ref(), self.now));
        }
        if !found.is_empty() {
            self.store.correct(id, found, self.now, &Actor::system()).await.unwrap();
        }
    }

    async fn look(&mut self) {
        let Some(id) = self.somebody() else { return };
        let Some(claim) = self.store.claim(id, self.now, LEASE).await.unwrap() else { return };
        let look = self.answer(&claim);
        let rules = Rules { confirm_checks: 2, confirm_delay: Duration::from_secs(5), ..Rules::default() };
        let surging = [Field::Username, Field::Bio, Field::Links, Field::Photo, Field::PersonalChannel];
        let surge = SurgeKind { way: HoldReason::Surge, field: surging[self.chance.below(5)] };
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
        // Most answers tell all that their backend sees.
        let less = if self.chance.below(4) == 0 { self.chance.below(32) } else { 0 };
        let mut profile = account.seen(name, Sight { with_id: by_id, less });
        if account.name.is_none() {
            profile.username_owner = Observed::from_option(at_name.map(|owner| owner.id));
        }
        Ok(Observation::new(profile, self.now, by, "walk/1"))
    }
}

#[tokio::test]
async fn whatever_happens_the_history_verifies() {
    let mut revisions = 0;
    for seed in 1..=80 {
        let mut walk = Walk::new(seed);
        for step in 0..STEPS {
            walk.step().await;
            let found = broken(&walk.store).await;
            assert_eq!(found, None, "seed {seed}, step {step}");
        }
        revisions += walk.store.totals().await.unwrap().revisions;
    }
    assert!(revisions > 500, "{revisions}");
}
