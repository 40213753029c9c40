//! A person closes a circuit breaker, on every store.

use std::time::Duration;

use super::watch::{MINUTE, World, dead_badge, named, profile, without_badge};
use super::{Observed, Profile, ProfileKind, name, stores};
use crate::alarm::{Acceptance, Alarm};
use crate::drift::SelectorRate;
use crate::store::{Actor, Decision, NewProfile, StoreError};
use crate::{Clock, Field, settle_drift};

const BADGE: &str = "drift/scripted/verified";

impl World {
    async fn decide(&self, key: &str, decision: Decision) -> Result<Alarm, StoreError> {
        let admin = Actor::named("user", "admin");
        settle_drift(&*self.store, key, decision, self.clock.now(), &admin).await
    }

    /// The breaker of the badge, if it stands, and whether it is open.
    async fn breaker(&self) -> Option<bool> {
        let alarms = self.store.alarms().await.unwrap();
        alarms.iter().find(|alarm| alarm.key() == BADGE).map(Alarm::is_open)
    }

    async fn canary_after(&self, time: Duration) {
        self.clock.advance(time);
        self.canary().await;
    }

    async fn pass(&self, times: usize) {
        for _ in 0..times {
            self.look_at_all().await;
            self.canary().await;
        }
    }

    /// Nobody has a badge any more, the canary neither.
    async fn all_lose_the_badge(&self) {
        self.source.show(without_badge(&name("telegram")));
        (0..6).for_each(|number| self.source.show(without_badge(&named(number))));
        self.pass(3).await;
        assert_eq!((self.breaker().await, self.badges_removed().await), (Some(true), 0));
    }
}

#[tokio::test]
async fn what_a_person_says_is_right_is_judged_and_written() {
    for store in stores() {
        let mut world = World::on(&store).await;
        world.all_lose_the_badge().await;
        let before = store.canary(&name("telegram")).await.unwrap().unwrap();
        assert_eq!(before.lost, [Field::Verified]);
        let accepted = world.decide(BADGE, Decision::Accept).await.unwrap();
        assert!(!accepted.is_open() && accepted.to_string().contains("a person has said"));
        let audit = store.audit_log(u64::MAX, 1).await.unwrap().remove(0);
        assert_eq!((&*audit.action, audit.detail.as_deref()), ("drift.accept", Some(BADGE)));
        world.pass(4).await;
        // A look at the canary that went on meanwhile writes what it knew.
        store.set_canary(&before).await.unwrap();
        world.pass(1).await;
        assert_eq!(world.breaker().await, Some(false));
        assert_eq!(world.waiting().await, 6, "they wait for their repeats, here those of a surge");
        world.restart();
        world.pass(20).await;
        assert_eq!((world.waiting().await, world.badges_removed().await), (0, 6));
        assert_eq!(world.breaker().await, Some(false), "as long as nobody shows it");
        let canary = store.canary(&name("telegram")).await.unwrap().unwrap();
        assert!(
            canary.is_good() && !canary.fields.contains(&Field::Verified),
            "the canary counts as changed"
        );
        world.source.show(profile(&named(0), Some("a")));
        world.source.show(profile(&name("telegram"), Some("official")));
        world.pass(2).await;
        assert_eq!(world.breaker().await, None);
        // What is lost after that is new.
        world.source.show(without_badge(&name("telegram")));
        world.source.show(without_badge(&named(0)));
        world.pass(2).await;
        assert_eq!(world.breaker().await, Some(true));
    }
}

#[tokio::test]
async fn a_person_may_take_the_word_back() {
    for store in stores() {
        let world = World::on(&store).await;
        world.all_lose_the_badge().await;
        world.decide(BADGE, Decision::Accept).await.unwrap();
        world.pass(1).await;
        world.decide(BADGE, Decision::Reject).await.unwrap();
        let before = world.waiting().await;
        world.pass(20).await;
        assert_eq!((world.breaker().await, world.badges_removed().await), (Some(true), 0));
        assert_eq!(world.waiting().await, before, "nothing more is judged");
        for unknown in ["drift/scripted/bio", "surge/emptied:verified", "x"] {
            let decided = world.decide(unknown, Decision::Accept).await;
            assert!(matches!(decided, Err(StoreError::NotFound(_))), "{unknown}");
        }
    }
}

/// Nothing but the canary has lost it at first; what its pages have in common dies later, and is the same cause.
#[tokio::test]
async fn a_word_about_the_canary_alone_stands_and_may_be_taken_back() {
    for store in stores() {
        let world = World::on(&store).await;
        let dead = dead_badge(world.clock.now());
        (0..6).for_each(|number| world.source.hide(&named(number)));
        world.source.show(without_badge(&name("telegram")));
        world.canary_after(2 * MINUTE).await;
        assert_eq!(world.breaker().await, Some(true));
        world.decide(BADGE, Decision::Accept).await.unwrap();
        for _ in 0..3 {
            world.canary_after(2 * MINUTE).await;
            assert_eq!(world.breaker().await, Some(false), "it stands while nobody shows the field");
        }
        let canary = store.canary(&name("telegram")).await.unwrap().unwrap();
        assert!(canary.is_good() && !canary.fields.contains(&Field::Verified));
        world.source.set_selectors(vec![dead]);
        world.canary_after(2 * MINUTE).await;
        assert_eq!(world.breaker().await, Some(false), "the selector has died of the same");
        world.decide(BADGE, Decision::Reject).await.unwrap();
        for _ in 0..3 {
            world.canary_after(2 * MINUTE).await;
            assert_eq!(world.breaker().await, Some(true), "the word is taken back");
        }
        world.decide(BADGE, Decision::Accept).await.unwrap();
        world.canary_after(2 * MINUTE).await;
        world.source.show(profile(&name("telegram"), Some("official")));
        let mut alive = SelectorRate::new("scripted", "badge", Some(Field::Verified));
        alive.count(true, world.clock.now());
        world.source.set_selectors(vec![alive]);
        world.canary_after(2 * MINUTE).await;
        assert_eq!(world.breaker().await, None, "it is shown again");
    }
}

#[tokio::test]
async fn a_word_about_one_kind_of_page_is_none_about_another() {
    for store in stores() {
        let mut world = World::on(&store).await;
        let channel = |number: usize, verified: bool| Profile {
            kind: Observed::Present(ProfileKind::Channel),
            verified: Observed::Present(verified),
            ..profile(&name(&format!("channel_{number}")), Some("a"))
        };
        for number in 0..4 {
            world.source.show(channel(number, true));
            let new = NewProfile::new(name(&format!("channel_{number}")));
            world.ids.push(world.tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
        }
        world.all_lose_the_badge().await;
        world.decide(BADGE, Decision::Accept).await.unwrap();
        world.pass(2).await;
        assert_eq!(world.breaker().await, Some(false));
        (0..4).for_each(|number| world.source.show(channel(number, false)));
        world.pass(1).await;
        assert_eq!(world.breaker().await, Some(true), "channels are another matter");
    }
}

#[tokio::test]
async fn a_backend_without_its_canary_is_judged_when_a_person_says_so() {
    for store in stores() {
        let world = World::on(&store).await;
        world.source.hide(&name("telegram"));
        world.clock.advance(2 * MINUTE);
        world.canary().await;
        world.source.show(profile(&named(0), Some("b")));
        assert!(world.tracker.check_now(world.ids[0]).await.unwrap().doubted);
        world.decide("drift/scripted", Decision::Accept).await.unwrap();
        world.clock.advance(Duration::from_secs(6));
        let checked = world.tracker.check_now(world.ids[0]).await.unwrap();
        assert_eq!((checked.doubted, &*checked.changed), (false, &[Field::Bio][..]));
        // What is suspicious still needs a canary.
        world.source.show(profile(&named(0), None));
        world.pass(9).await;
        assert_eq!(world.with_bio(None).await, 0);
        let alarm = store.alarms().await.unwrap().remove(0);
        let grounds = Some(vec!["canary telegram".to_owned()]);
        assert_eq!(
            alarm.accepted.map(|word| Acceptance { at: alarm.since, ..word }),
            Some(Acceptance { grounds, ..Acceptance::new(alarm.since) })
        );
    }
}
