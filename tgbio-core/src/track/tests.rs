//! Names that move, seen through the tracker and on every store.

mod clocks;
mod closing;
mod ids;
pub(super) mod logged;
mod meeting;
mod never_found;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::store::{Actor, MemoryStore, NewProfile, ProfileStore};
use crate::testing::ScriptedFetcher;
use crate::{
    Capabilities, FetchError, Field, FieldValue, ManualClock, Observation, Observed, Outcome, Profile,
    ProfileFetcher, ProfileId, ProfileKind, Target, Timestamp, Tracker, Username,
};

fn stores() -> Vec<Arc<dyn ProfileStore>> {
    vec![
        Arc::new(MemoryStore::new()),
        #[cfg(feature = "sqlite")]
        Arc::new(crate::store::SqliteStore::in_memory().unwrap()),
    ]
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn account(username: &str, id: u64, bio: &str) -> Profile {
    let mut profile = Profile::new(name(username));
    profile.kind = Observed::Present(ProfileKind::User);
    profile.telegram_id = Observed::Present(id);
    profile.display_name = Observed::Present("Some One".into());
    profile.bio = Observed::Present(bio.into());
    profile
}

/// What a page shows of it.
fn page(username: &str, bio: &str) -> Profile {
    Profile { telegram_id: Observed::Hidden, ..account(username, 1, bio) }
}

/// One store that is written by two trackers: one reads pages, one asks by ids.
struct World {
    clock: ManualClock,
    pages: ScriptedFetcher,
    protocol: ScriptedFetcher,
    by_page: Tracker,
    by_id: Tracker,
}

impl World {
    fn on(store: &Arc<dyn ProfileStore>) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let pages = ScriptedFetcher::new(Arc::new(clock.clone())).called("scrape");
        let protocol = ScriptedFetcher::new(Arc::new(clock.clone())).called("mtproto").knowing_ids();
        let tracker = |fetcher: Arc<dyn ProfileFetcher>| {
            Tracker::builder(fetcher, store.clone()).clock(Arc::new(clock.clone())).build()
        };
        let (by_page, by_id) = (tracker(Arc::new(pages.clone())), tracker(Arc::new(protocol.clone())));
        Self { clock, pages, protocol, by_page, by_id }
    }

    async fn follow(&self, text: &str) -> ProfileId {
        let new = NewProfile::new(name(text));
        self.by_id.follow(&new, true, &Actor::system()).await.unwrap().id
    }

    async fn look(&self, tracker: &Tracker, id: ProfileId) -> super::Checked {
        self.clock.advance(Duration::from_secs(3600));
        tracker.check_now(id).await.unwrap()
    }
}

#[tokio::test]
async fn a_rename_stays_one_history_and_both_go_on() {
    for store in stores() {
        let world = World::on(&store);
        world.protocol.show(account("alice", 1, "a"));
        world.pages.show(page("alice", "a"));
        let id = world.follow("alice").await;
        world.look(&world.by_page, id).await;
        world.protocol.hide(&name("alice"));
        world.protocol.show(account("alice_new", 1, "a"));
        world.pages.show(page("alice_new", "a"));
        assert_eq!(world.look(&world.by_id, id).await.changed, [Field::Username]);
        let by_page = world.look(&world.by_page, id).await;
        assert_eq!((by_page.outcome, by_page.changed.len()), (Outcome::Profile, 0));
        assert_eq!(store.profile(&name("alice").into()).await.unwrap(), None);
        assert_eq!(store.profile(&name("alice_new").into()).await.unwrap().unwrap().revisions, 2);
    }
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_not_read_by_page_any_more() {
    for store in stores() {
        let world = World::on(&store);
        world.protocol.show(account("alice", 1, "a"));
        let id = world.follow("alice").await;
        world.protocol.show(account("alice", 2, "another alice"));
        world.pages.show(page("alice", "another alice"));
        let met = world.look(&world.by_id, id).await;
        assert_eq!((met.outcome, met.reason), (Outcome::Unrecognised, Some("other_profile")));
        let asked = world.pages.asked(&name("alice"));
        for _ in 0..4 {
            let by_page = world.look(&world.by_page, id).await;
            assert_eq!((by_page.outcome, by_page.changed.len()), (Outcome::Unrecognised, 0));
            world.look(&world.by_id, id).await;
        }
        assert_eq!(world.pages.asked(&name("alice")), asked, "a page would be that of somebody else");
        let told = store.changes_of(id, 2).await.unwrap();
        assert_eq!((told.len(), told[0].field), (1, Field::UsernameOwner));
        assert_eq!(told[0].after, Some(FieldValue::Number(2)));
        let other = world.follow("alice").await;
        assert_ne!(other, id, "the name can be followed anew");
        world.protocol.show(account("alice_again", 1, "b"));
        assert_eq!(
            world.look(&world.by_id, id).await.changed,
            [Field::Username, Field::UsernameOwner, Field::Bio]
        );
        let owner = store.profile(&name("alice").into()).await.unwrap().unwrap();
        assert_eq!((owner.id, owner.revisions), (other, 1));
    }
}

/// Reads a page while somebody else gets the name.
struct Slow {
    pages: ScriptedFetcher,
    meanwhile: Tracker,
    mover: ProfileId,
}

#[async_trait]
impl ProfileFetcher for Slow {
    fn name(&self) -> &str {
        self.pages.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.pages.capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let seen = self.pages.fetch(target).await;
        self.meanwhile.check_now(self.mover).await.unwrap();
        seen
    }
}

#[tokio::test]
async fn a_page_that_was_read_while_the_name_moved_is_not_believed() {
    for store in stores() {
        let world = World::on(&store);
        world.pages.show(page("alice", "a"));
        world.protocol.show(account("mover", 1, "of the mover"));
        let mover = world.follow("mover").await;
        let new = NewProfile::new(name("alice"));
        let id = world.by_page.follow(&new, true, &Actor::system()).await.unwrap().id;
        world.protocol.hide(&name("mover"));
        world.protocol.show(account("alice", 1, "of the mover"));
        world.pages.show(page("alice", "of the mover"));
        let slow = Slow { pages: world.pages.clone(), meanwhile: world.by_id.clone(), mover };
        let tracker =
            Tracker::builder(Arc::new(slow), store.clone()).clock(Arc::new(world.clock.clone())).build();
        let looked = world.look(&tracker, id).await;
        assert_eq!((looked.outcome, looked.changed.len()), (Outcome::Unrecognised, 0));
        let record = store.profile(&id.into()).await.unwrap().unwrap();
        assert_eq!(record.state.unwrap().bio, Observed::Present("a".into()));
        let told = store.changes_of(id, 2).await.unwrap();
        assert_eq!((told.len(), told[0].field), (1, Field::UsernameOwner));
    }
}
