//! Names that nobody has.

use super::stores;
use super::watch::{World, named, tracker};
use crate::store::{Actor, NewProfile};

#[tokio::test]
async fn names_that_were_never_found_count_for_no_surge_and_dilute_none() {
    for store in stores() {
        let mut world = World::on(&store).await;
        for number in 10..20 {
            let new = NewProfile::new(named(number));
            world.ids.push(world.tracker.follow(&new, false, &Actor::system()).await.unwrap().id);
        }
        world.look_at_all().await;
        assert!(world.alarms().await.is_empty(), "nobody had the names");
        world.tracker = tracker(&world.clock, &world.source, &store);
        (0..3).for_each(|number| world.source.hide(&named(number)));
        world.look_at_all().await;
        assert!(world.alarms().await.is_empty(), "three are gone, whatever a restart reads");
        world.source.hide(&named(3));
        world.look_at_all().await;
        assert_eq!(world.alarms().await, ["surge/disappeared:presence"], "four of six, not of sixteen");
        assert_eq!(store.alarms().await.unwrap()[0].detail, "4 of 6 profiles");
    }
}
