//! Stable ids that are read beside the looks.

use super::{Observed, Profile, ProfileKind, World, name, page, stores};
use crate::store::{Actor, HoldReason, NewProfile};
use crate::{FetchErrorKind, Field, Outcome, ProfileId, UnreachableReason};

fn channel(username: &str, bio: &str) -> Profile {
    let mut profile = page(username, bio);
    profile.kind = Observed::Present(ProfileKind::Channel);
    profile.display_name = Observed::Present(format!("Channel of {bio}"));
    profile
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
