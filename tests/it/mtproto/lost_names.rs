//! Who took the name of a followed profile that has lost it: asked for seldom, told as a change of its own, never merged.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileRecord, ProfileStore};
use tgbio_core::{Change, Clock, Field, FieldValue, Observed, ProfileFetcher, ProfileId, Tracker};
use tgbio_fetch::Fallback;
use tgbio_fetch::mtproto::MtprotoBuilder;
use tgbio_fetch::scrape::ScrapeFetcher;
use tgbio_testkit::dc::Profile;
use tgbio_testkit::tme::{Fault, On, Times, Tme};

use super::{Home, name};

const LOOK_UP: &str = "contacts.resolveUsername";
const HOUR: Duration = Duration::from_secs(3600);

/// A tracker over a data centre, with or without pages of the same truth.
struct World {
    home: Home,
    tme: Option<Arc<Tme>>,
    tracker: Tracker,
}

impl World {
    /// By protocol alone.
    async fn by_protocol(set: impl FnOnce(MtprotoBuilder) -> MtprotoBuilder) -> Self {
        let home = Home::new().await;
        let fetcher = Arc::new(set(home.builder()).open().await.unwrap());
        Self::over(home, fetcher, None)
    }

    /// As `auto` does: by protocol, and by pages where that cannot tell.
    async fn auto() -> Self {
        let (home, tme) = (Home::new().await, Arc::new(Tme::start().await));
        home.truth.mirror(&tme);
        let scraper = ScrapeFetcher::builder().base_url(tme.base_url()).clock(Arc::new(home.clock.clone()));
        let both = Fallback::new(home.fetcher().await, scraper.build().unwrap());
        Self::over(home, Arc::new(both), Some(tme))
    }

    fn over(home: Home, fetcher: Arc<dyn ProfileFetcher>, tme: Option<Arc<Tme>>) -> Self {
        let tracker = Tracker::builder(fetcher, Arc::new(home.store.clone()));
        let tracker = tracker.clock(Arc::new(home.clock.clone())).build();
        Self { home, tme, tracker }
    }

    /// Follows somebody who then loses the only name: the second look tells.
    async fn nameless(&self, text: &str) -> (ProfileId, i64) {
        let telegram_id = self.home.truth.set(Profile::user(text, "Ann").bio("her bio"));
        let (store, new) = (&self.home.store, NewProfile::new(name(text)));
        let id = store.follow(&new, self.home.clock.now(), &Actor::system()).await.unwrap().id;
        self.look(id).await;
        self.home.truth.update(telegram_id, |ann| ann.usernames.clear());
        assert_eq!(self.look(id).await, [Field::UsernameOwner]);
        self.home.dc.clear_log();
        (id, telegram_id)
    }

    async fn look(&self, id: ProfileId) -> Vec<Field> {
        self.tracker.check_now(id).await.unwrap().changed
    }

    /// Looks every six hours for so many days; what was told, and after how many hours.
    async fn watch(&self, id: ProfileId, days: u32) -> Vec<(u32, Vec<Field>)> {
        let mut told = Vec::new();
        for look in 1..=days * 4 {
            self.home.clock.advance(6 * HOUR);
            let changed = self.look(id).await;
            if !changed.is_empty() {
                told.push((look * 6, changed));
            }
        }
        told
    }

    fn look_ups(&self) -> u64 {
        self.home.dc.count(LOOK_UP)
    }

    async fn record(&self, id: ProfileId) -> ProfileRecord {
        self.home.store.profile(&id.into()).await.unwrap().unwrap()
    }

    /// The newest revision says nothing but who has the name.
    async fn assert_told(&self, id: ProfileId, (own, thief): (i64, i64)) {
        let record = self.record(id).await;
        let told = self.home.store.changes_of(id, record.last_number).await.unwrap();
        let told: Vec<_> = told.into_iter().map(|row| (row.field, row.before, row.after)).collect();
        let owner = Some(FieldValue::Number(thief.unsigned_abs()));
        let change = Change::new(Field::UsernameOwner, None, owner);
        assert_eq!(told, [(change.field, change.before, change.after)]);
        let state = record.state.unwrap();
        assert_eq!(state.telegram_id, Observed::Present(own.unsigned_abs()));
        assert_eq!((state.display_name, state.bio), (text("Ann"), text("her bio")), "nothing is merged");
        assert!(self.home.store.held(Some(id), 0, 9).await.unwrap().is_empty());
    }
}

fn text(text: &str) -> Observed<String> {
    Observed::Present(text.into())
}

fn thief(username: &str) -> Profile {
    Profile::user(username, "Thief").bio("not Ann")
}

#[tokio::test]
async fn by_protocol_whoever_took_a_name_is_told_after_one_look_up() {
    let world = World::by_protocol(|builder| builder).await;
    let (ann, own) = world.nameless("wanted_name").await;
    let thief = world.home.truth.set(thief("wanted_name"));
    world.home.clock.advance(HOUR / 2);
    assert_eq!((world.look(ann).await, world.look_ups()), (vec![], 0), "not before an hour");
    world.home.clock.advance(HOUR / 2);
    assert_eq!((world.look(ann).await, world.look_ups()), (vec![Field::UsernameOwner], 1));
    world.assert_told(ann, (own, thief)).await;
    assert_eq!(world.watch(ann, 30).await, []);
    assert_eq!(world.look_ups(), 1, "the account knows who has it");
    // Ann gets it back, and is told to have it.
    world.home.truth.update(own, |ann| ann.usernames.push("wanted_name".into()));
    world.home.clock.advance(HOUR);
    assert_eq!(world.look(ann).await, [Field::UsernameOwner]);
    assert!(world.record(ann).await.holds_name());
}

#[tokio::test]
async fn by_protocol_a_name_that_stays_free_is_looked_up_ever_more_rarely() {
    let world = World::by_protocol(|builder| builder).await;
    let (ann, own) = world.nameless("wanted_name").await;
    assert_eq!(world.watch(ann, 7).await, []);
    let first_week = world.look_ups();
    assert!((7..=9).contains(&first_week), "{first_week}");
    assert_eq!(world.watch(ann, 28).await, []);
    assert_eq!(world.look_ups() - first_week, 4, "once a week");
    let thief = world.home.truth.set(thief("wanted_name"));
    let told = world.watch(ann, 8).await;
    assert_eq!(told.len(), 1, "{told:?}");
    world.assert_told(ann, (own, thief)).await;
}

#[tokio::test]
async fn who_gives_a_taken_name_up_is_told_as_well() {
    let world = World::by_protocol(|builder| builder).await;
    let (ann, _) = world.nameless("wanted_name").await;
    let first = world.home.truth.set(thief("wanted_name"));
    assert_eq!(world.watch(ann, 1).await.len(), 1);
    world.home.truth.rename(first, "another_name");
    assert_eq!(world.watch(ann, 8).await.len(), 1);
    assert_eq!(world.record(ann).await.state.unwrap().username_owner, Observed::Absent);
    let second = world.home.truth.set(thief("wanted_name"));
    assert_eq!(world.watch(ann, 8).await.len(), 1);
    let owner = world.record(ann).await.state.unwrap().username_owner;
    assert_eq!(owner, Observed::Present(second.unsigned_abs()));
}

#[tokio::test]
async fn look_ups_that_nobody_waits_for_leave_the_budget_to_others() {
    let world = World::by_protocol(|builder| builder.resolve_budget(12).unhurried_look_ups(3)).await;
    let mut nameless = Vec::new();
    for at in 0..6 {
        nameless.push(world.nameless(&format!("wanted_{at}")).await.0);
    }
    for at in 0..6 {
        world.home.truth.set(thief(&format!("wanted_{at}")));
    }
    let mut told = Vec::new();
    for _ in 0..4 {
        // The look-ups of the day before count no more.
        world.home.clock.advance(24 * HOUR);
        world.home.dc.clear_log();
        let mut today = 0;
        for id in &nameless {
            today += world.look(*id).await.len();
        }
        assert!(world.look_ups() <= 3, "{}", world.look_ups());
        told.push(today);
        for at in 0..2 {
            let new = name(&format!("new_{}_{at}", told.len()));
            world.home.truth.set(Profile::user(new.as_str(), "Somebody"));
            world.tracker.follow(&NewProfile::new(new), true, &Actor::system()).await.unwrap();
        }
    }
    assert_eq!(told.iter().sum::<usize>(), 6, "all are told in the end: {told:?}");
}

#[tokio::test]
async fn with_pages_a_name_that_nobody_shows_is_not_looked_up() {
    let world = World::auto().await;
    let (ann, own) = world.nameless("wanted_name").await;
    assert_eq!(world.watch(ann, 6).await, []);
    let asked = world.tme.as_ref().unwrap().total();
    assert!((6..=8).contains(&asked), "{asked}");
    assert!(world.look_ups() <= 1, "the turn of the week: {}", world.look_ups());
    world.home.dc.clear_log();
    let thief = world.home.truth.set(thief("wanted_name"));
    let told = world.watch(ann, 8).await;
    assert_eq!(told.len(), 1, "{told:?}");
    world.assert_told(ann, (own, thief)).await;
    assert_eq!(world.look_ups(), 1, "the page shows somebody, the protocol says who");
}

#[tokio::test]
async fn the_id_in_the_preview_of_a_channel_saves_the_look_up() {
    let world = World::auto().await;
    let (ann, own) = world.nameless("wanted_name").await;
    let mut thief = Profile::channel("wanted_name", "Thief", 500).bio("not Ann");
    thief.with_preview = true;
    let thief = world.home.truth.set(thief);
    let told = world.watch(ann, 30).await;
    assert_eq!(told, [(6, vec![Field::UsernameOwner])]);
    world.assert_told(ann, (own, thief)).await;
    assert_eq!(world.look_ups(), 0);
}

#[tokio::test]
async fn pages_that_cannot_be_read_cost_no_look_up() {
    let world = World::auto().await;
    let (ann, own) = world.nameless("wanted_name").await;
    let tme = world.tme.as_ref().unwrap();
    let thief = world.home.truth.set(thief("wanted_name"));
    let broken = tme.fault(On::Everyone, Fault::Status(503), Times::UntilReleased);
    world.home.clock.advance(HOUR);
    assert_eq!((world.look(ann).await, world.look_ups()), (vec![], 0));
    tme.release(broken);
    assert_eq!(world.watch(ann, 2).await.len(), 1);
    world.assert_told(ann, (own, thief)).await;
}

/// A profile that can be asked for no more, by its id or by its name, which somebody else has.
#[tokio::test]
async fn who_has_the_name_of_a_profile_that_is_gone_for_good_is_told() {
    for world in [World::by_protocol(|builder| builder).await, World::auto().await] {
        let (store, new) = (&world.home.store, NewProfile::new(name("wanted_name")));
        let own = world.home.truth.set(Profile::user("wanted_name", "Ann").bio("her bio"));
        let ann = store.follow(&new, world.home.clock.now(), &Actor::system()).await.unwrap().id;
        world.look(ann).await;
        world.home.truth.remove(own);
        let thief = world.home.truth.set(thief("wanted_name"));
        let told = world.watch(ann, 3).await;
        assert_eq!(told.len(), 1, "{told:?}");
        let record = world.record(ann).await;
        let state = record.state.clone().unwrap();
        assert_eq!(state.username_owner, Observed::Present(thief.unsigned_abs()));
        assert_eq!((state.display_name, state.bio), (text("Ann"), text("her bio")), "nothing is merged");
        assert_eq!((record.revisions, record.holds_name()), (2, false));
        assert_eq!(world.look_ups(), 2, "one for each of the two");
        assert_eq!(world.watch(ann, 30).await, []);
        assert_eq!(world.look_ups(), 2);
    }
}

/// The looks of all, twice over: names that are not lost are never looked up, the one that is costs one.
#[tokio::test]
async fn of_ten_thousand_known_profiles_only_the_lost_name_is_looked_up() {
    let home = Home::new().await;
    home.dc.count_only(true);
    let store = Arc::new(MemoryStore::new());
    let tracker = Tracker::builder(Arc::new(home.fetcher().await), store.clone());
    let tracker = tracker.clock(Arc::new(home.clock.clone())).keep_evidence(false).build();
    let mut followed = Vec::new();
    for at in 0..10_000 {
        let text = format!("steady_{at}");
        home.truth.set(Profile::user(&text, "Steady"));
        let new = NewProfile::new(name(&text));
        followed.push(store.follow(&new, home.clock.now(), &Actor::system()).await.unwrap().id);
    }
    let all = || async {
        let looks = futures_util::stream::iter(&followed).map(|id| tracker.check_now(*id));
        looks.buffer_unordered(32).all(|looked| async move { looked.is_ok() }).await
    };
    assert!(all().await);
    home.truth.update_named("steady_7", |one| one.usernames.clear());
    home.dc.clear_log();
    for _ in 0..2 {
        home.clock.advance(2 * HOUR);
        assert!(all().await);
    }
    assert_eq!((home.dc.count(LOOK_UP), home.dc.count("users.getFullUser")), (1, 20_000));
}
