//! Surges and drift, seen through the tracker and on every store.

use std::sync::Arc;
use std::time::Duration;

use super::{Observed, Profile, ProfileKind, name, stores};
use crate::alarm::AlarmCause;
use crate::drift::SelectorRate;
use crate::store::{Actor, Decision, HoldReason, NewProfile, ProfileStore};
use crate::testing::ScriptedFetcher;
use crate::{Clock, Field, ManualClock, ProfileId, Rules, Timestamp, Tracker, Username, settle_surge};

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) struct World {
    pub(super) clock: ManualClock,
    pub(super) source: ScriptedFetcher,
    pub(super) store: Arc<dyn ProfileStore>,
    pub(super) tracker: Tracker,
    pub(super) ids: Vec<ProfileId>,
}

pub(super) fn profile(username: &Username, bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(username.clone());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present("Some One".into());
    profile.bio = Observed::from_option(bio.map(str::to_owned));
    profile.verified = Observed::Present(true);
    profile
}

pub(super) fn named(number: usize) -> Username {
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
    pub(super) async fn on(store: &Arc<dyn ProfileStore>) -> Self {
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

    pub(super) async fn canary(&self) {
        self.tracker.canary_report(self.clock.now()).await.unwrap();
    }

    fn show_all(&self, bio: Option<&str>) {
        (0..6).for_each(|number| self.source.show(profile(&named(number), bio)));
    }

    pub(super) async fn look_at_all(&self) {
        self.clock.advance(2 * MINUTE);
        for id in &self.ids {
            self.tracker.check_now(*id).await.unwrap();
        }
    }

    pub(super) async fn alarms(&self) -> Vec<String> {
        self.store.alarms().await.unwrap().iter().map(crate::alarm::Alarm::key).collect()
    }

    pub(super) async fn waiting(&self) -> usize {
        self.store.held(None, 0, 99).await.unwrap().len()
    }

    /// How many have this bio in their history.
    pub(super) async fn with_bio(&self, bio: Option<&str>) -> usize {
        let mut found = 0;
        for id in &self.ids {
            let state = self.store.profile(&(*id).into()).await.unwrap().unwrap().state.unwrap();
            found += usize::from(state.bio == Observed::from_option(bio.map(str::to_owned)));
        }
        found
    }
}

pub(super) fn tracker(
    clock: &ManualClock,
    source: &ScriptedFetcher,
    store: &Arc<dyn ProfileStore>,
) -> Tracker {
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

/// A backend by which no page shows a badge any more, as far as the selector tells.
pub(super) fn dead_badge(at: Timestamp) -> SelectorRate {
    let mut rate = SelectorRate::new("scripted", "badge", Some(Field::Verified));
    (0..40).for_each(|_| rate.count(true, at));
    (0..40).for_each(|_| rate.count(false, at));
    rate
}

pub(super) fn without_badge(username: &Username) -> Profile {
    Profile { verified: Observed::Present(false), ..profile(username, Some("a")) }
}

impl World {
    /// The canary has a text and no badge from the start.
    async fn with_a_canary_without_badge(store: &Arc<dyn ProfileStore>) -> Self {
        let world = Self::on(store).await;
        let mut canary = store.canary(&name("telegram")).await.unwrap().unwrap();
        canary.fields.retain(|field| *field != Field::Verified);
        store.set_canary(&canary).await.unwrap();
        world.source.show(without_badge(&name("telegram")));
        world
    }

    /// The program begins anew: a reader that has counted nothing, and a tracker that knows what the store knows.
    pub(super) fn restart(&mut self) {
        self.source.set_selectors(Vec::new());
        self.tracker = tracker(&self.clock, &self.source, &self.store);
    }

    pub(super) async fn badges_removed(&self) -> usize {
        let mut removed = 0;
        for id in &self.ids {
            let log = self.store.revisions(*id, 1, 99).await.unwrap();
            removed += log.iter().filter(|revision| revision.changed.contains(&Field::Verified)).count();
        }
        removed
    }
}

#[tokio::test]
async fn a_breaker_that_a_selector_alone_has_opened_outlives_a_restart() {
    for store in stores() {
        let mut world = World::with_a_canary_without_badge(&store).await;
        world.source.set_selectors(vec![dead_badge(world.clock.now())]);
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        assert_eq!(world.alarms().await, ["drift/scripted/verified"]);
        // One profile is met, so that it is the selector's word alone.
        world.source.show(without_badge(&named(0)));
        world.restart();
        for _ in 0..9 {
            world.look_at_all().await;
            world.canary().await;
            assert_eq!(world.alarms().await, ["drift/scripted/verified"], "it is as dead as before");
        }
        assert_eq!((world.waiting().await, world.badges_removed().await), (0, 0));
        let mut alive = SelectorRate::new("scripted", "badge", Some(Field::Verified));
        alive.count(true, world.clock.now());
        world.source.set_selectors(vec![alive]);
        world.look_at_all().await;
        world.canary().await;
        assert!(world.alarms().await.is_empty(), "it hits again");
        for _ in 0..3 {
            world.look_at_all().await;
        }
        assert_eq!(world.badges_removed().await, 1, "what is true is found then");
    }
}

#[tokio::test]
async fn a_redesign_is_not_believed_however_long_it_lasts() {
    for store in stores() {
        let mut world = World::on(&store).await;
        world.source.show(without_badge(&name("telegram")));
        (0..6).for_each(|number| world.source.show(without_badge(&named(number))));
        for hour in 0..80 {
            world.clock.advance(58 * MINUTE);
            world.look_at_all().await;
            world.canary().await;
            assert!(world.alarms().await.contains(&"drift/scripted/verified".to_owned()), "hour {hour}");
            if hour == 40 {
                world.restart();
            }
        }
        assert_eq!((world.waiting().await, world.badges_removed().await), (0, 0));
        let canary = store.canary(&name("telegram")).await.unwrap().unwrap();
        assert_eq!(canary.lost, [Field::Verified], "it is not believed to have changed either");
        world.source.show(profile(&name("telegram"), Some("official")));
        (0..6).for_each(|number| world.source.show(profile(&named(number), Some("a"))));
        world.look_at_all().await;
        world.canary().await;
        assert!(world.alarms().await.is_empty());
        assert_eq!(world.badges_removed().await, 0);
    }
}

/// More than ten really drop their badge, and one keeps it: that is one alarm, and then what they show is judged.
#[tokio::test]
async fn an_alarm_does_not_come_again_between_two_looks_at_the_last_one_that_shows_the_field() {
    for store in stores() {
        let mut world = World::with_a_canary_without_badge(&store).await;
        for number in 6..14 {
            world.source.show(profile(&named(number), Some("a")));
            let new = NewProfile::new(named(number));
            world.ids.push(world.tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
        }
        world.look_at_all().await;
        (0..13).for_each(|number| world.source.show(without_badge(&named(number))));
        let mut raised = Vec::new();
        for _ in 0..6 {
            world.clock.advance(2 * MINUTE);
            for id in world.ids.clone() {
                world.tracker.check_now(id).await.unwrap();
                let drifts = world.alarms().await.iter().filter(|key| key.starts_with("drift/")).count();
                raised.push(drifts);
            }
        }
        let times = raised.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert_eq!((times, raised.last()), (1, Some(&0)), "{raised:?}");
    }
}

#[tokio::test]
async fn three_profiles_that_lose_what_nobody_shows_any_more_are_no_chance() {
    for store in stores() {
        let mut world = World::with_a_canary_without_badge(&store).await;
        (0..3).for_each(|number| world.source.show(without_badge(&named(number))));
        (3..6).for_each(|number| world.source.hide(&named(number)));
        for hour in 0..40 {
            world.clock.advance(58 * MINUTE);
            world.look_at_all().await;
            if hour == 20 {
                world.restart();
            }
        }
        assert_eq!(world.alarms().await, ["drift/scripted/verified"]);
        assert_eq!(world.badges_removed().await, 0);
        // Two of them have changed indeed: one that has kept it proves that it can be read.
        world.source.show(profile(&named(0), Some("a")));
        for _ in 0..6 {
            world.look_at_all().await;
            world.canary().await;
        }
        assert!(world.alarms().await.is_empty());
        assert_eq!(world.badges_removed().await, 2);
    }
}

#[tokio::test]
async fn a_breaker_closes_with_the_first_page_that_shows_its_field_again() {
    for store in stores() {
        let world = World::with_a_canary_without_badge(&store).await;
        (0..3).for_each(|number| world.source.show(without_badge(&named(number))));
        (3..6).for_each(|number| world.source.hide(&named(number)));
        world.look_at_all().await;
        world.canary().await;
        assert_eq!(world.alarms().await, ["drift/scripted/verified"]);
        world.source.show(profile(&named(0), Some("a")));
        world.tracker.check_now(world.ids[0]).await.unwrap();
        let next = world.tracker.check_now(world.ids[1]).await.unwrap();
        assert!(!next.doubted, "nobody had asked the canary since");
        assert!(world.alarms().await.is_empty());
    }
}

#[tokio::test]
async fn a_redesign_of_one_kind_of_page_is_not_vouched_for_by_another_kind() {
    for store in stores() {
        let mut world = World::on(&store).await;
        let channel = |username: &str| Profile {
            kind: Observed::Present(ProfileKind::Channel),
            ..profile(&name(username), Some("a"))
        };
        let users = |world: &World, bio: Option<&str>| {
            (0..12).for_each(|number| world.source.show(profile(&named(number), bio)));
        };
        users(&world, Some("a"));
        world.source.show(channel("telegram"));
        world.source.show(channel("a_channel"));
        for followed in (6..12).map(named).chain([name("a_channel")]) {
            let new = NewProfile::new(followed);
            world.ids.push(world.tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
        }
        world.look_at_all().await;
        world.canary().await;
        // Every user's page has lost its text; channels show theirs, and so does the canary.
        users(&world, None);
        for hour in 0..60 {
            world.clock.advance(58 * MINUTE);
            world.look_at_all().await;
            if hour == 30 {
                world.restart();
            }
        }
        assert!(world.alarms().await.contains(&"drift/scripted/bio".to_owned()));
        assert_eq!(world.with_bio(None).await, 0);
        users(&world, Some("a"));
        for _ in 0..20 {
            world.look_at_all().await;
            world.canary().await;
        }
        let left = (world.alarms().await.len(), world.waiting().await);
        assert_eq!((left, world.with_bio(Some("a")).await), ((0, 0), 13));
    }
}

#[tokio::test]
async fn a_canary_that_has_changed_itself_is_believed_after_a_day() {
    for others_have_it in [true, false] {
        for store in stores() {
            let world = World::on(&store).await;
            if !others_have_it {
                (0..6).for_each(|number| world.source.show(without_badge(&named(number))));
                for _ in 0..20 {
                    world.look_at_all().await;
                }
                assert_eq!(world.badges_removed().await, 6, "the canary has shown that badges are read");
            }
            world.source.show(without_badge(&name("telegram")));
            for hour in 0..26 {
                world.clock.advance(58 * MINUTE);
                world.look_at_all().await;
                world.canary().await;
                let canary = store.canary(&name("telegram")).await.unwrap().unwrap();
                assert_eq!(canary.is_good(), hour > 23, "{others_have_it}, hour {hour}");
            }
            assert!(world.alarms().await.is_empty());
        }
    }
}

#[tokio::test]
async fn what_another_process_has_raised_is_known_to_an_idle_one() {
    for store in stores() {
        let world = World::on(&store).await;
        let idle = tracker(&world.clock, &world.source, &store);
        idle.reread_alarms().await.unwrap();
        world.source.hide(&name("telegram"));
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        idle.reread_alarms().await.unwrap();
        assert_eq!(idle.alarms(), store.alarms().await.unwrap());
        assert_eq!(idle.alarms().len(), 1);
        // Nor does it believe anything meanwhile, though it has asked no canary.
        world.source.show(profile(&named(0), Some("b")));
        let checked = idle.check_now(world.ids[0]).await.unwrap();
        assert!(checked.doubted && checked.changed.is_empty());
        store.end_alarm(&idle.alarms()[0].key()).await.unwrap();
        world.clock.advance(MINUTE);
        idle.reread_alarms().await.unwrap();
        assert!(idle.alarms().is_empty());
    }
}
