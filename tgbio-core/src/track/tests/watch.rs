//! Surges and drift, seen through the tracker and on every store.

use std::sync::Arc;
use std::time::Duration;

use super::{Observed, Profile, ProfileKind, name, stores};
use crate::alarm::AlarmCause;
use crate::store::{Actor, Decision, HoldReason, NewProfile, ProfileStore};
use crate::testing::ScriptedFetcher;
use crate::{Clock, Field, ManualClock, ProfileId, Rules, Timestamp, Tracker, Username, settle_surge};

const MINUTE: Duration = Duration::from_secs(60);

struct World {
    clock: ManualClock,
    source: ScriptedFetcher,
    store: Arc<dyn ProfileStore>,
    tracker: Tracker,
    ids: Vec<ProfileId>,
}

fn profile(username: &Username, bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(username.clone());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present("Some One".into());
    profile.bio = Observed::from_option(bio.map(str::to_owned));
    profile.verified = Observed::Present(true);
    profile
}

fn named(number: usize) -> Username {
    name(&format!("profile_{number}"))
}

fn rules() -> Rules {
    Rules {
        confirm_delay: MINUTE,
        confirm_checks: 1,
        surge_profiles: 4,
        surge_percent: 50,
        surge_window: 10 * MINUTE,
        ..Rules::default()
    }
}

impl World {
    /// Six profiles and a canary that was read well.
    async fn on(store: &Arc<dyn ProfileStore>) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let source = ScriptedFetcher::new(Arc::new(clock.clone()));
        source.show(profile(&name("telegram"), Some("official")));
        let tracker = tracker(&clock, &source, store);
        let mut world = Self { clock, source, store: store.clone(), tracker, ids: Vec::new() };
        for number in 0..6 {
            world.source.show(profile(&named(number), Some("a")));
            let new = NewProfile::new(named(number));
            world.ids.push(world.tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
        }
        world.canary().await;
        world
    }

    async fn canary(&self) {
        self.tracker.canary_report(self.clock.now()).await.unwrap();
    }

    fn show_all(&self, bio: Option<&str>) {
        (0..6).for_each(|number| self.source.show(profile(&named(number), bio)));
    }

    async fn look_at_all(&self) {
        self.clock.advance(2 * MINUTE);
        for id in &self.ids {
            self.tracker.check_now(*id).await.unwrap();
        }
    }

    async fn alarms(&self) -> Vec<String> {
        self.store.alarms().await.unwrap().iter().map(crate::alarm::Alarm::key).collect()
    }

    async fn waiting(&self) -> usize {
        self.store.held(None, 0, 99).await.unwrap().len()
    }

    /// How many have this bio in their history.
    async fn with_bio(&self, bio: Option<&str>) -> usize {
        let mut found = 0;
        for id in &self.ids {
            let state = self.store.profile(&(*id).into()).await.unwrap().unwrap().state.unwrap();
            found += usize::from(state.bio == Observed::from_option(bio.map(str::to_owned)));
        }
        found
    }
}

fn tracker(clock: &ManualClock, source: &ScriptedFetcher, store: &Arc<dyn ProfileStore>) -> Tracker {
    Tracker::builder(Arc::new(source.clone()), store.clone())
        .clock(Arc::new(clock.clone()))
        .rules(rules())
        .canaries(vec![name("telegram")])
        .build()
}

#[tokio::test]
async fn a_surge_is_one_alarm_and_waits_until_the_rate_is_low() {
    for store in stores() {
        let world = World::on(&store).await;
        world.show_all(None);
        world.look_at_all().await;
        assert_eq!(world.alarms().await, ["surge/emptied:bio"]);
        assert_eq!((world.waiting().await, world.with_bio(None).await), (6, 0));
        let alarm = store.alarms().await.unwrap().remove(0);
        assert!(store.held(None, 0, 9).await.unwrap().iter().all(|held| alarm.covers(held)));
        for _ in 0..6 {
            world.look_at_all().await;
        }
        assert_eq!(world.with_bio(None).await, 0, "repeats count for nothing while it goes on");
        for _ in 0..12 {
            world.look_at_all().await;
        }
        assert!(world.alarms().await.is_empty(), "it is over");
        assert_eq!((world.waiting().await, world.with_bio(None).await), (0, 6));
        let revision = store.revision(world.ids[0], 2).await.unwrap().unwrap();
        assert!(revision.confirmed_at.since(revision.first_seen) >= 10 * MINUTE);
    }
}

#[tokio::test]
async fn changes_that_are_believed_otherwise_wait_in_a_surge_and_a_restart_knows_it() {
    for store in stores() {
        let mut world = World::on(&store).await;
        world.show_all(Some("b"));
        world.look_at_all().await;
        assert_eq!(world.alarms().await, ["surge/changed:bio"]);
        assert_eq!((world.waiting().await, world.with_bio(Some("b")).await), (3, 3), "from the fourth on");
        let held = store.held(None, 0, 9).await.unwrap();
        assert!(held.iter().all(|held| held.reason == HoldReason::Surge));
        world.tracker = tracker(&world.clock, &world.source, &store);
        world.look_at_all().await;
        assert_eq!(world.waiting().await, 3, "also after a restart");
        world.source.show(profile(&named(5), Some("a")));
        world.look_at_all().await;
        assert_eq!(world.waiting().await, 2, "one went back, and left no entry");
        for _ in 0..20 {
            world.look_at_all().await;
        }
        assert_eq!(
            (world.alarms().await.len(), world.waiting().await, world.with_bio(Some("b")).await),
            (0, 0, 5)
        );
    }
}

#[tokio::test]
async fn a_person_decides_about_all_of_a_surge() {
    for (decision, written) in [(Decision::Accept, 6), (Decision::Reject, 0)] {
        for store in stores() {
            let world = World::on(&store).await;
            world.show_all(None);
            world.look_at_all().await;
            let (now, admin) = (world.clock.now(), Actor::named("user", "admin"));
            let settled = settle_surge(&*store, "surge/emptied:bio", decision, now, &admin).await.unwrap();
            assert_eq!((settled, world.waiting().await, world.with_bio(None).await), (6, 0, written));
            let again = settle_surge(&*store, "surge/emptied:bio", decision, now, &admin).await;
            assert!(again.is_err(), "it is settled");
            world.look_at_all().await;
            world.canary().await;
            assert!(world.alarms().await.is_empty() && world.tracker.alarms().is_empty());
            assert_eq!((world.waiting().await, world.with_bio(None).await), (0, written));
        }
    }
}

#[tokio::test]
async fn a_field_that_the_canary_lost_is_not_judged_until_it_is_back() {
    for store in stores() {
        let world = World::on(&store).await;
        let without_badge = |username: &Username, bio: &str| Profile {
            verified: Observed::Present(false),
            ..profile(username, Some(bio))
        };
        world.source.show(without_badge(&name("telegram"), "official"));
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        assert_eq!(world.alarms().await, ["drift/scripted/verified"]);
        (0..6).for_each(|number| world.source.show(without_badge(&named(number), "b")));
        for _ in 0..3 {
            world.look_at_all().await;
        }
        assert_eq!(
            (world.waiting().await, world.with_bio(Some("b")).await),
            (3, 3),
            "other fields are judged"
        );
        assert!(!store.stray_pages(9).await.unwrap().is_empty(), "pages are kept");
        world.source.show(profile(&name("telegram"), Some("official")));
        (0..6).for_each(|number| world.source.show(profile(&named(number), Some("b"))));
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        assert!(world.alarms().await.iter().all(|key| key.starts_with("surge")));
        world.look_at_all().await;
        for id in &world.ids {
            let log = store.revisions(*id, 1, 9).await.unwrap();
            assert!(log.iter().all(|revision| revision.changed == [Field::Bio]), "{log:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_judged_while_all_canaries_are_gone() {
    for store in stores() {
        let world = World::on(&store).await;
        world.source.hide(&name("telegram"));
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        let alarms = store.alarms().await.unwrap();
        let whole = AlarmCause::Drift { fetcher: "scripted".into(), field: None };
        assert_eq!((alarms.len(), &alarms[0].cause), (1, &whole));
        world.source.show(profile(&named(0), Some("b")));
        let checked = world.tracker.check_now(world.ids[0]).await.unwrap();
        assert!(checked.doubted && checked.changed.is_empty());
        world.source.show(profile(&name("telegram"), Some("official")));
        world.look_at_all().await;
        world.canary().await;
        assert!(world.alarms().await.is_empty());
        world.look_at_all().await;
        assert_eq!(world.with_bio(Some("b")).await, 1, "nothing is lost");
    }
}
