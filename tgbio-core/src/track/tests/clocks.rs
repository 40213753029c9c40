//! Clocks that are wrong for a moment.

use std::time::Duration;

use super::stores;
use super::watch::{World, named, profile};
use crate::store::ProfileKey;
use crate::{Clock, Field};

const DAY: Duration = Duration::from_secs(86_400);

/// What was written by a clock that was ahead for some seconds is moved back with it, however soon it was put right.
#[tokio::test]
async fn a_clock_that_is_ahead_for_a_moment_delays_no_look_and_dates_nothing_wrong() {
    for store in stores() {
        let world = World::on(&store).await;
        world.look_at_all().await;
        let right = world.clock.now();
        world.clock.put(right.after(2 * DAY));
        world.clock.advance(Duration::from_secs(5));
        for id in &world.ids {
            world.tracker.check_now(*id).await.unwrap();
        }
        world.clock.put(right.after(Duration::from_secs(5)));
        world.tracker.follow_clock().await.unwrap();
        let now = world.clock.now();
        for id in &world.ids {
            let record = world.store.profile(&ProfileKey::Id(*id)).await.unwrap().unwrap();
            assert!(record.last_checked_at.unwrap() <= now, "{:?}", record.last_checked_at);
            assert!(record.coverage.is_none_or(|open| open.until <= now));
            assert!(record.next_check_at.unwrap() <= now.after(DAY), "{:?}", record.next_check_at);
        }
        world.clock.advance(Duration::from_secs(3600));
        world.source.show(profile(&named(0), Some("b")));
        let checked = world.tracker.check_now(world.ids[0]).await.unwrap();
        assert_eq!(checked.changed, [Field::Bio]);
        let written = world.store.revisions_before(world.ids[0], 1 << 40, 1).await.unwrap().remove(0);
        let before = written.last_seen_before.unwrap();
        assert!(before <= now && written.first_seen > now, "{before} to {}", written.first_seen);
    }
}
