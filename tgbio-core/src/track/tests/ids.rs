//! Stable ids that are read beside the looks.

use std::sync::Arc;

use super::{Observed, Profile, ProfileKind, World, name, page, stores};
use crate::store::{Actor, HoldReason, NewProfile};
use crate::{Counts, FetchErrorKind, Field, Outcome, Photo, ProfileId, Tracker, UnreachableReason};

fn channel(username: &str, bio: &str) -> Profile {
    let mut profile = page(username, bio);
    profile.kind = Observed::Present(ProfileKind::Channel);
    profile.display_name = Observed::Present(format!("Channel of {bio}"));
    profile
}

impl World {
    /// The program begins anew.
    fn restart(&mut self) {
        let tracker = Tracker::builder(Arc::new(self.pages.clone()), self.by_page.store().clone());
        self.by_page = tracker.clock(Arc::new(self.clock.clone())).build();
    }
}

async fn followed(world: &World) -> ProfileId {
    world.pages.show(channel("channel_a", "one"));
    world.pages.set_stable_id(&name("channel_a"), 11);
    let new = NewProfile::new(name("channel_a"));
    world.by_page.follow(&new, true, &Actor::system()).await.unwrap().id
}

#[tokio::test]
async fn the_id_of_a_channel_is_read_once_and_is_no_change() {
    for store in stores() {
        let world = World::on(&store);
        let id = followed(&world).await;
        for _ in 0..4 {
            world.look(&world.by_page, id).await;
        }
        let record = store.profile(&id.into()).await.unwrap().unwrap();
        assert_eq!(record.state.unwrap().telegram_id, Observed::Present(11));
        assert_eq!((record.revisions, world.pages.ids_asked()), (1, 1));
    }
}

#[tokio::test]
async fn a_name_that_was_given_to_somebody_else_is_told_and_nothing_of_theirs_is_written() {
    for store in stores() {
        let world = World::on(&store);
        let id = followed(&world).await;
        world.look(&world.by_page, id).await;
        world.pages.show(channel("channel_a", "two"));
        world.pages.set_stable_id(&name("channel_a"), 22);
        // At once, however lately the id was read.
        world.by_page.check_now(id).await.unwrap();
        let held = store.held(Some(id), 0, 9).await.unwrap();
        assert_eq!((held.len(), held[0].reason), (1, HoldReason::OwnerChanged));
        for _ in 0..3 {
            world.look(&world.by_page, id).await;
        }
        let record = store.profile(&id.into()).await.unwrap().unwrap();
        assert!(!record.holds_name());
        assert_eq!(record.state.unwrap().bio, Observed::Present("one".into()));
        let told = store.changes_of(id, 2).await.unwrap();
        assert_eq!((told.len(), told[0].field), (1, Field::UsernameOwner));
    }
}

#[tokio::test]
async fn nothing_of_somebody_else_is_written_while_the_id_cannot_be_read() {
    for store in stores() {
        let world = World::on(&store);
        let id = followed(&world).await;
        world.look(&world.by_page, id).await;
        world.pages.show(channel("channel_a", "two"));
        world.pages.set_stable_id(&name("channel_a"), 22);
        world.pages.break_ids(Some(FetchErrorKind::Unreachable(UnreachableReason::Http5xx)));
        for _ in 0..5 {
            assert_eq!(world.look(&world.by_page, id).await.outcome, Outcome::Unreachable);
        }
        let record = store.profile(&id.into()).await.unwrap().unwrap();
        assert_eq!((record.revisions, record.state.unwrap().bio), (1, Observed::Present("one".into())));
        world.pages.break_ids(None);
        for _ in 0..4 {
            world.look(&world.by_page, id).await;
        }
        let told = store.changes_of(id, 2).await.unwrap();
        assert_eq!((told.len(), told[0].field), (1, Field::UsernameOwner));
    }
}

#[tokio::test]
async fn one_that_changes_name_and_bio_is_itself_when_its_id_says_so() {
    for store in stores() {
        let world = World::on(&store);
        let id = followed(&world).await;
        world.look(&world.by_page, id).await;
        world.pages.show(channel("channel_a", "two"));
        let looked = world.look(&world.by_page, id).await;
        assert_eq!(looked.changed, [Field::DisplayName, Field::Bio]);
        assert_eq!(world.pages.ids_asked(), 2);
    }
}

/// What a page of the channel may show instead, and whether that is worth asking for its id.
#[tokio::test]
async fn whatever_looks_like_another_owner_asks_for_the_id() {
    type Other = fn(&mut Profile, &mut Counts);
    let shown: [(&str, bool, Other); 7] = [
        ("bio", false, |profile, _| profile.bio = Observed::Present("two".into())),
        ("badge", false, |profile, _| profile.verified = Observed::Present(true)),
        ("a few subscribers", false, |_, counts| counts.subscribers = Observed::Present(70)),
        ("name", true, |profile, _| profile.display_name = Observed::Present("Another".into())),
        ("bio and badge", true, |profile, _| {
            profile.bio = Observed::Present("two".into());
            profile.verified = Observed::Present(true);
        }),
        ("bio and photo", true, |profile, _| {
            profile.bio = Observed::Present("two".into());
            profile.photo = Observed::Present(Photo::default());
        }),
        ("most subscribers", true, |_, counts| counts.subscribers = Observed::Present(3)),
    ];
    for (what, asked, other) in shown {
        for store in stores() {
            let world = World::on(&store);
            let (mut profile, mut counts) = (channel("channel_a", "one"), Counts::default());
            (profile.photo, profile.verified) = (Observed::Absent, Observed::Present(false));
            counts.subscribers = Observed::Present(100);
            let id = followed(&world).await;
            world.pages.show_with(profile.clone(), counts);
            world.look(&world.by_page, id).await;
            let before = world.pages.ids_asked();
            other(&mut profile, &mut counts);
            world.pages.show_with(profile, counts);
            world.pages.set_stable_id(&name("channel_a"), 22);
            world.look(&world.by_page, id).await;
            assert_eq!(world.pages.ids_asked() - before, usize::from(asked), "{what}");
            let held = store.held(Some(id), 0, 9).await.unwrap();
            let suspected = held.iter().any(|held| held.reason == HoldReason::OwnerChanged);
            assert_eq!(suspected, asked, "{what}");
        }
    }
}

#[tokio::test]
async fn an_id_that_nobody_tells_is_asked_for_once_a_day_and_not_after_every_restart() {
    for store in stores() {
        let mut world = World::on(&store);
        world.pages.show(channel("channel_a", "one"));
        let new = NewProfile::new(name("channel_a"));
        let id = world.by_page.follow(&new, true, &Actor::system()).await.unwrap().id;
        for looks in 0..72 {
            world.clock.advance(std::time::Duration::from_secs(3600));
            world.by_page.check_now(id).await.unwrap();
            if looks % 5 == 0 {
                world.restart();
            }
        }
        let asked = world.pages.ids_asked();
        assert!((3..=5).contains(&asked), "{asked} times in three days");
    }
}
