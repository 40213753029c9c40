//! A freed name that somebody else takes while the backend that knows ids cannot answer: histories are never merged.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Checked, Clock, DeniedReason, FetchErrorKind, Field, ManualClock, Observed, Outcome, Profile, ProfileId,
    ProfileKind, RateLimitReason, Timestamp, Tracker, UnreachableReason, Username,
};
use tgbio_fetch::Fallback;

const HOUR: Duration = Duration::from_secs(3600);
const WAIT: FetchErrorKind =
    FetchErrorKind::RateLimited { retry_after: Some(HOUR), reason: RateLimitReason::FloodWait };
const RESET: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Reset);
const SIGNED_OUT: FetchErrorKind = FetchErrorKind::Denied(DeniedReason::SignedOut);

fn profile(username: &str, id: u64, title: &str, bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(Username::parse(username).unwrap());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.telegram_id = Observed::Present(id);
    profile.display_name = Observed::Present(title.to_owned());
    profile.bio = Observed::from_option(bio.map(str::to_owned));
    profile
}

/// A protocol that knows ids and pages that know none, one standing in for the other.
struct Both {
    clock: ManualClock,
    protocol: ScriptedFetcher,
    pages: ScriptedFetcher,
    store: Arc<MemoryStore>,
    tracker: Tracker,
    ann: ProfileId,
}

impl Both {
    async fn following(ann: Profile) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let source = || ScriptedFetcher::new(Arc::new(clock.clone())).waiting_alone();
        let (protocol, pages) = (source().called("mtproto").knowing_ids(), source().called("scrape"));
        let store = Arc::new(MemoryStore::new());
        let both = Fallback::new(protocol.clone(), pages.clone());
        let tracker = Tracker::builder(Arc::new(both), store.clone()).clock(Arc::new(clock.clone())).build();
        let new = NewProfile::new(ann.username.clone());
        let id = store.follow(&new, clock.now(), &Actor::system()).await.unwrap().id;
        let both = Self { clock, protocol, pages, store, tracker, ann: id };
        both.show(ann);
        both.look().await;
        both
    }

    /// Both backends show it, the pages without the id.
    fn show(&self, profile: Profile) {
        let mut page = profile.clone();
        page.telegram_id = Observed::Hidden;
        self.pages.show(page);
        self.protocol.show(profile);
    }

    async fn look(&self) -> Checked {
        self.clock.advance(HOUR);
        self.tracker.check_now(self.ann).await.unwrap()
    }

    async fn revisions(&self) -> u64 {
        self.store.profile(&self.ann.into()).await.unwrap().unwrap().revisions
    }

    /// Ann takes another name, and somebody else hers.
    fn take_over(&self, thief: Profile) {
        self.show(profile("ann_renamed", 1, "Ann", Some("her bio")));
        self.show(thief);
    }
}

#[tokio::test]
async fn a_page_of_whoever_took_the_name_is_not_believed_while_the_protocol_waits() {
    for (failure, thief) in [
        (WAIT, profile("ann_example", 2, "Thief", Some("another bio"))),
        (RESET, profile("ann_example", 2, "Thief", None)),
    ] {
        let both = Both::following(profile("ann_example", 1, "Ann", Some("her bio"))).await;
        both.take_over(thief);
        both.protocol.break_all(Some(failure));
        for _ in 0..5 {
            let seen = both.look().await;
            assert!(seen.changed.is_empty() && seen.outcome != Outcome::Profile, "{seen:?}");
        }
        assert_eq!(both.revisions().await, 1);
        both.protocol.break_all(None);
        assert_eq!(both.look().await.changed, [Field::Username]);
    }
}

/// Who takes a name to pass for its owner takes the display name as well.
#[tokio::test]
async fn a_page_under_the_same_display_name_is_not_believed_either_when_more_than_one_thing_differs() {
    let mut ann = profile("ann_example", 1, "Ann", Some("her bio"));
    ann.verified = Observed::Present(true);
    let both = Both::following(ann).await;
    let mut thief = profile("ann_example", 2, "Ann", Some("another bio"));
    thief.verified = Observed::Present(false);
    both.take_over(thief);
    both.protocol.break_all(Some(WAIT));
    for _ in 0..5 {
        let seen = both.look().await;
        assert!(seen.changed.is_empty() && seen.outcome != Outcome::Profile, "{seen:?}");
    }
    assert_eq!(both.revisions().await, 1);
}

#[tokio::test]
async fn a_wait_is_told_to_a_profile_that_is_not_believed() {
    let both = Both::following(profile("ann_example", 1, "Ann", None)).await;
    both.show(profile("ann_example", 2, "Thief", None));
    both.protocol.break_all(Some(WAIT));
    assert_eq!(both.look().await.outcome, Outcome::RateLimited);
    let record = both.store.profile(&both.ann.into()).await.unwrap().unwrap();
    assert_eq!(record.next_check_at, Some(both.clock.now().after(HOUR)));
}

#[tokio::test]
async fn other_changes_are_told_by_the_page_meanwhile() {
    let both = Both::following(profile("ann_example", 1, "Ann", Some("one"))).await;
    both.protocol.break_all(Some(WAIT));
    both.show(profile("ann_example", 1, "Ann", Some("two")));
    assert_eq!(both.look().await.changed, [Field::Bio]);
    both.show(profile("ann_example", 1, "Anna", Some("two")));
    assert_eq!(both.look().await.changed, [Field::DisplayName]);
}

#[tokio::test]
async fn nobody_waits_for_a_protocol_that_will_not_answer() {
    for failure in [SIGNED_OUT, RESET] {
        let both = Both::following(profile("ann_example", 1, "Ann", Some("one"))).await;
        both.protocol.break_all(Some(failure));
        both.show(profile("ann_example", 1, "Anna", Some("two")));
        let mut looks = 0;
        while both.look().await.changed.is_empty() {
            looks += 1;
            assert!(looks < 40, "a change is late and not lost");
        }
        assert_eq!(looks > 0, failure == RESET, "{failure}: {looks}");
        assert_eq!(both.revisions().await, 2);
    }
}
