//! A look during which somebody changes the record that it was claimed with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use super::{World, name, page, stores};
use crate::store::{Actor, NewProfile, ProfilePatch, ProfileStore, StoreError};
use crate::testing::ScriptedFetcher;
use crate::{
    Capabilities, CheckError, Evidence, FetchError, Field, Observation, ProfileFetcher, ProfileId, Rules,
    Target, Tracker,
};

/// Answers with a page, after somebody has written a note at the profile, as often as is told.
struct Meeting {
    pages: ScriptedFetcher,
    store: Arc<dyn ProfileStore>,
    meetings: AtomicUsize,
    asked: AtomicUsize,
}

#[async_trait]
impl ProfileFetcher for Meeting {
    fn name(&self) -> &str {
        self.pages.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.pages.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut seen = self.pages.fetch(target).await?;
        let body = Bytes::from(format!("page {asked}"));
        seen.evidence = Some(Evidence::new("https://t.me/somebody", 200, "text/html", body));
        let meets = |left: usize| left.checked_sub(1);
        if self.meetings.fetch_update(Ordering::SeqCst, Ordering::SeqCst, meets).is_ok() {
            let id = self.store.profile(&target.username.clone().into()).await.unwrap().unwrap().id;
            let patch = ProfilePatch { note: Some(Some(format!("note {asked}"))), ..ProfilePatch::default() };
            self.store.update(id, &patch, seen.at, &Actor::system()).await.unwrap();
        }
        Ok(seen)
    }
}

/// A tracker that meets somebody as often as is told, and a profile that it has looked at once.
async fn followed(world: &World, store: &Arc<dyn ProfileStore>) -> (Arc<Meeting>, Tracker, ProfileId) {
    world.pages.show(page("somebody", "one"));
    let pages = world.pages.clone();
    let meeting = Meeting { pages, store: store.clone(), meetings: 0.into(), asked: 0.into() };
    let meeting = Arc::new(meeting);
    let tracker =
        Tracker::builder(meeting.clone(), store.clone()).clock(Arc::new(world.clock.clone())).build();
    let id = tracker.follow(&NewProfile::new(name("somebody")), true, &Actor::system()).await.unwrap().id;
    world.pages.show(page("somebody", "two"));
    world.clock.advance(Rules::default().interval_min);
    (meeting, tracker, id)
}

#[tokio::test]
async fn one_that_meets_somebody_each_time_is_given_up_and_free_for_the_next() {
    for store in stores() {
        let world = World::on(&store);
        let (meeting, tracker, id) = followed(&world, &store).await;
        meeting.meetings.store(usize::MAX, Ordering::SeqCst);
        let failed = tracker.check_now(id).await.unwrap_err();
        assert!(matches!(failed, CheckError::Store(StoreError::Conflict)), "{failed}");
        meeting.meetings.store(0, Ordering::SeqCst);
        assert_eq!(tracker.check_now(id).await.unwrap().changed, [Field::Bio]);
    }
}

#[tokio::test]
async fn it_is_made_again_and_what_it_finds_is_kept_with_its_page() {
    for store in stores() {
        let world = World::on(&store);
        let (meeting, tracker, id) = followed(&world, &store).await;
        meeting.meetings.store(1, Ordering::SeqCst);
        meeting.asked.store(10, Ordering::SeqCst);
        let checked = tracker.check_now(id).await.unwrap();
        assert_eq!((checked.changed, checked.revisions), (vec![Field::Bio], vec![2]));
        let record = store.profile(&id.into()).await.unwrap().unwrap();
        assert_eq!(record.note.as_deref(), Some("note 10"));
        let kept = store.evidence(id, 2).await.unwrap().unwrap();
        assert_eq!(kept.evidence.body, "page 11");
        assert_eq!(meeting.asked.load(Ordering::SeqCst), 12);
    }
}
