//! Canaries behind two backends: each vouches for what it has read itself.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Clock, FetchErrorKind, Field, FollowError, ManualClock, Observed, Profile, ProfileId, Timestamp, Tracker,
    UnreachableReason, Username, links, wording,
};
use tgbio_fetch::Fallback;

const RESET: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Reset);

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

/// A profile with a bio, or without.
fn profile(username: &str, bio: &str) -> Profile {
    let mut profile = Profile::new(name(username));
    profile.display_name = Observed::Present("Somebody".into());
    profile.bio = wording::text(bio);
    profile.links = links::of_bio(&profile.bio);
    profile
}

/// The protocol, which only knows the canary, before the pages, which also show `ann`.
struct World {
    clock: ManualClock,
    protocol: ScriptedFetcher,
    pages: ScriptedFetcher,
    tracker: Tracker,
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let source = |name| ScriptedFetcher::new(Arc::new(clock.clone())).called(name);
        let (protocol, pages) = (source("mtproto"), source("scrape"));
        for source in [&protocol, &pages] {
            source.show(profile("telegram", "The canary"));
        }
        pages.show(profile("ann", "one"));
        let both = Fallback::new(protocol.clone(), pages.clone());
        let tracker = Tracker::builder(Arc::new(both), Arc::new(MemoryStore::new()))
            .clock(Arc::new(clock.clone()))
            .canaries(vec![name("telegram")])
            .build();
        Self { clock, protocol, pages, tracker }
    }

    async fn follow(&self) -> ProfileId {
        let new = NewProfile::new(name("ann"));
        self.tracker.follow(&new, true, &Actor::system()).await.unwrap().id
    }

    /// The fields that have changed, and how many changes wait.
    async fn look(&self, id: ProfileId) -> (Vec<Field>, usize) {
        self.clock.advance(self.tracker.rules().confirm_delay);
        let changed = self.tracker.check_now(id).await.unwrap().changed;
        (changed, self.tracker.store().held(Some(id), 0, 9).await.unwrap().len())
    }

    /// How often each backend was asked for the canary.
    fn asked(&self) -> (usize, usize) {
        (self.protocol.asked(&name("telegram")), self.pages.asked(&name("telegram")))
    }
}

#[tokio::test]
async fn what_only_the_pages_say_is_believed_when_the_pages_show_the_canary() {
    let world = World::new();
    let id = world.follow().await;
    world.pages.show(profile("ann", ""));
    for repeat in 0..3 {
        assert_eq!(world.look(id).await, (vec![], 1), "{repeat}");
    }
    assert_eq!(world.look(id).await, (vec![Field::Bio], 0));
    assert_eq!(world.asked(), (0, 5), "only who said it, and once for the first look");
}

#[tokio::test]
async fn what_only_the_pages_say_is_doubted_when_they_lose_the_canarys_bio_too() {
    let world = World::new();
    let id = world.follow().await;
    world.tracker.canary_report(world.clock.now()).await.unwrap();
    world.pages.show(profile("ann", ""));
    world.pages.show(profile("telegram", ""));
    for _ in 0..6 {
        assert_eq!(world.look(id).await, (vec![], 0));
    }
    assert_eq!(world.tracker.store().profile(&id.into()).await.unwrap().unwrap().revisions, 1);
    assert!(world.asked().1 >= 6);
}

#[tokio::test]
async fn a_canary_is_asked_at_most_once_a_minute_of_each_backend() {
    let world = World::new();
    // The watch asks whoever answers first.
    world.tracker.canary_report(world.clock.now()).await.unwrap();
    assert_eq!(world.asked(), (1, 0));
    let id = world.follow().await;
    world.pages.show(profile("ann", ""));
    for round in 0..9 {
        world.tracker.check_now(id).await.unwrap();
        world.tracker.canary_report(world.clock.now()).await.unwrap();
        assert_eq!(world.asked(), (1, 1), "{round}: the protocol's look says nothing of the pages");
        world.clock.advance(Duration::from_secs(6));
    }
    world.protocol.show(profile("ann", ""));
    world.tracker.check_now(id).await.unwrap();
    assert_eq!(world.asked(), (1, 1), "the watch's look was the protocol's");
    world.clock.advance(Duration::from_secs(60));
    world.tracker.check_now(id).await.unwrap();
    assert_eq!(world.asked(), (2, 1));
}

#[tokio::test]
async fn a_name_that_both_miss_is_gone_when_one_of_them_shows_the_canary() {
    for (protocol, pages, gone) in [
        (None, None, true),
        (None, Some(RESET), true),
        (Some(RESET), None, true),
        (Some(RESET), Some(RESET), false),
    ] {
        let world = World::new();
        let missing = NewProfile::new(name("nobody"));
        for (source, kind) in [(&world.protocol, protocol), (&world.pages, pages)] {
            if let Some(kind) = kind {
                source.fail_next(&name("telegram"), kind);
            }
        }
        let told = world.tracker.follow(&missing, true, &Actor::system()).await.unwrap_err();
        assert_eq!(matches!(told, FollowError::Fetch(_)), gone, "{protocol:?} {pages:?}: {told}");
        assert_eq!(matches!(told, FollowError::Doubtful { .. }), !gone, "{protocol:?} {pages:?}: {told}");
    }
}

#[tokio::test]
async fn a_throttled_page_hides_nobody_while_the_protocol_cannot_be_asked() {
    let world = World::new();
    let id = world.follow().await;
    world.protocol.break_all(Some(RESET));
    // Every name looks free now, the canary's too.
    world.pages.hide(&name("ann"));
    world.pages.hide(&name("telegram"));
    for _ in 0..6 {
        assert_eq!(world.look(id).await, (vec![], 0));
    }
}
