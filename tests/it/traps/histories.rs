//! The traps that lie between two pages: 1, 2, 7 and 10. The real scraper, judgement and store look at the simulated site.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile, Revision};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Checked, Clock, FetchErrorKind, Field, FollowError, ManualClock, Presence, Profile, ProfileFetcher,
    ProfileId, RateLimitReason, Rules, Timestamp, Tracker, Username,
};
use tgbio_fetch::{Fallback, ScrapeFetcher};
use tgbio_testkit::tme::{Card, Fault, On, Times, Tme, photo};

use super::{page_number, username};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The simulated site, a followed profile, and who looks at it.
struct Followed {
    tme: Tme,
    clock: ManualClock,
    tracker: Tracker,
    id: ProfileId,
}

impl Followed {
    async fn new(card: Card) -> Self {
        Self::through(card, |scraper, _| Arc::new(scraper)).await
    }

    /// By a backend that leans on the scraper.
    async fn through(
        card: Card,
        backend: impl FnOnce(ScrapeFetcher, &ManualClock) -> Arc<dyn ProfileFetcher>,
    ) -> Self {
        let tme = Tme::start().await;
        tme.set(Card::channel("telegram", "Telegram", 9_000).bio("Official").verified().photo(photo(1)));
        tme.set(card.clone());
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let scraper = ScrapeFetcher::builder()
            .base_url(tme.base_url())
            .photo_hosts(tme.host_port().parse().unwrap())
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let tracker = Tracker::builder(backend(scraper, &clock), Arc::new(MemoryStore::new()))
            .clock(Arc::new(clock.clone()))
            .canaries(vec![Username::parse("telegram").unwrap()])
            .build();
        let new = NewProfile::new(Username::parse(&card.username).unwrap());
        let id = tracker.follow(&new, true, &Actor::system()).await.unwrap().id;
        Self { tme, clock, tracker, id }
    }

    async fn look_after(&self, time: Duration) -> Checked {
        self.clock.advance(time);
        self.tracker.check_now(self.id).await.unwrap()
    }

    /// A look that sees a free name's page, with the whole site throttled or this one answer.
    async fn sees_nobody_after(&self, time: Duration) -> Checked {
        let checked = self.look_after(time).await;
        assert_eq!(checked.outcome.as_str(), "not_found");
        checked
    }

    fn throttles(&self, on: impl Into<On>) {
        self.tme.fault(on, Fault::NotFoundShell, Times::UntilReleased);
    }

    async fn history(&self) -> Vec<Revision> {
        self.tracker.store().revisions(self.id, 0, 999).await.unwrap()
    }

    /// What the history says has changed, the first sight left out.
    async fn changes(&self) -> Vec<Vec<Field>> {
        self.history().await.into_iter().skip(1).map(|row| row.changed).collect()
    }

    async fn presence(&self) -> Presence {
        self.tracker.store().profile(&self.id.into()).await.unwrap().unwrap().presence
    }
}

fn person() -> Card {
    Card::user("some_name", "Some Name").bio("Hello")
}

fn confirm_checks() -> u32 {
    Rules::default().confirm_checks
}

#[tokio::test]
async fn trap_1_single_answers_alike_are_not_believed_while_the_canary_is_good() {
    let followed = Followed::new(person()).await;
    followed.throttles("some_name");
    for _ in 0..confirm_checks() {
        followed.sees_nobody_after(HOUR).await;
    }
    assert_eq!((followed.changes().await, followed.presence().await), (vec![], Presence::SuspectedMissing));
    followed.tme.clear_faults();
    followed.look_after(HOUR).await;
    assert_eq!((followed.changes().await, followed.presence().await), (vec![], Presence::Present));
    // What was counted before a right answer counts for nothing after it.
    followed.throttles("some_name");
    followed.sees_nobody_after(HOUR).await;
    assert_eq!(followed.changes().await, [[]; 0]);
    // And who is gone for good is, so that none of the above comes of looking away.
    for _ in 0..confirm_checks() {
        followed.sees_nobody_after(HOUR).await;
    }
    assert_eq!(followed.changes().await, [[Field::Presence]]);
}

#[tokio::test]
async fn trap_1_answers_close_together_count_as_one() {
    let followed = Followed::new(person()).await;
    followed.throttles("some_name");
    for _ in 0..20 {
        followed.sees_nobody_after(MINUTE).await;
    }
    assert_eq!(followed.changes().await, [[]; 0]);
}

#[tokio::test]
async fn trap_1_nobody_is_gone_while_the_canary_is_not_found_either_however_long() {
    let followed = Followed::new(person()).await;
    followed.look_after(HOUR).await;
    followed.throttles(On::Everyone);
    for _ in 0..100 {
        assert!(followed.sees_nobody_after(HOUR).await.doubted);
    }
    assert_eq!((followed.changes().await, followed.presence().await), (vec![], Presence::Present));
    assert!(followed.tracker.store().held(None, 0, 9).await.unwrap().is_empty());
}

/// A canary that was good a while ago says nothing of now: each repeat asks it anew.
#[tokio::test]
async fn trap_1_the_canary_s_word_lasts_a_minute() {
    let followed = Followed::new(person()).await;
    let one = followed.tme.fault("some_name", Fault::NotFoundShell, Times::UntilReleased);
    followed.sees_nobody_after(HOUR).await;
    followed.tme.release(one);
    followed.throttles(On::Everyone);
    for _ in 0..20 {
        assert!(followed.sees_nobody_after(Rules::default().confirm_delay).await.doubted);
    }
    assert_eq!(followed.changes().await, [[]; 0]);
}

/// Telegram's own protocol may go on while the pages are throttled: its word about a canary says nothing of theirs.
#[tokio::test]
async fn trap_1_another_backend_s_canary_does_not_vouch_for_the_page() {
    let wait = FetchErrorKind::RateLimited { retry_after: Some(MINUTE), reason: RateLimitReason::FloodWait };
    let mut protocol = None;
    let both = |scraper, clock: &ManualClock| {
        let source = ScriptedFetcher::new(Arc::new(clock.clone())).called("mtproto").waiting_alone();
        source.show(Profile::new(Username::parse("telegram").unwrap()));
        source.fail_next(&username(), wait);
        protocol = Some(source.clone());
        Arc::new(Fallback::new(source, scraper)) as Arc<dyn ProfileFetcher>
    };
    let followed = Followed::through(person(), both).await;
    let protocol = protocol.unwrap();
    followed.throttles(On::Everyone);
    for _ in 0..100 {
        protocol.fail_next(&username(), wait);
        assert!(followed.sees_nobody_after(HOUR).await.doubted);
    }
    assert_eq!(followed.changes().await, [[]; 0]);
}

#[tokio::test]
async fn trap_1_a_throttled_host_does_not_confirm_that_somebody_is_still_gone() {
    let followed = Followed::new(person()).await;
    followed.tme.remove("some_name");
    for _ in 0..=confirm_checks() {
        followed.sees_nobody_after(HOUR).await;
    }
    assert_eq!(followed.presence().await, Presence::Missing);
    let watched = followed.clock.now();
    followed.throttles(On::Everyone);
    for _ in 0..3 {
        assert!(followed.sees_nobody_after(HOUR).await.doubted);
    }
    let (from, until) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    let spans = followed.tracker.store().coverage(followed.id, from, until).await.unwrap();
    assert_eq!(spans.last().unwrap().until, watched, "it was not watched meanwhile");
}

#[tokio::test]
async fn trap_1_a_throttled_name_is_not_refused_as_free() {
    let followed = Followed::new(person()).await;
    followed.tracker.canary_report(followed.clock.now()).await.unwrap();
    followed.tme.set(Card::user("later_one", "Later"));
    followed.throttles(On::Everyone);
    let new = NewProfile::new(Username::parse("later_one").unwrap());
    let refused = followed.tracker.follow(&new, true, &Actor::system()).await;
    assert!(matches!(refused, Err(FollowError::Doubtful { .. })), "{refused:?}");
}

/// A look, and the photo if it is due.
async fn look_with_photo(followed: &Followed, after: Duration) -> Checked {
    let checked = followed.look_after(after).await;
    if checked.photo_due {
        followed.tracker.read_photo(followed.id).await.unwrap();
    }
    checked
}

#[tokio::test]
async fn trap_2_the_photo_s_address_changes_while_the_photo_does_not() {
    let followed = Followed::new(person().photo(photo(1))).await;
    let mut addresses = Vec::new();
    for _ in 0..6 {
        assert!(look_with_photo(&followed, 2 * HOUR).await.photo_due, "another address, so the bytes decide");
        let record = followed.tracker.store().profile(&followed.id.into()).await.unwrap().unwrap();
        addresses.extend(record.state.unwrap().photo.present().and_then(|photo| photo.url.clone()));
    }
    addresses.dedup();
    assert_eq!(addresses.len(), 6, "the site rotates them");
    assert_eq!(followed.changes().await, [[]; 0]);

    let read = followed.clock.now();
    followed.tme.update("some_name", |card| card.photo = Some(photo(2)));
    // Too soon for the bytes, and the address says nothing: the photo may be another since it was read.
    assert!(!followed.look_after(10 * MINUTE).await.photo_due);
    look_with_photo(&followed, 2 * HOUR).await;
    let history = followed.history().await;
    assert_eq!(followed.changes().await, [[Field::Photo]]);
    assert_eq!(history[1].last_seen_before, Some(read));
}

#[tokio::test]
async fn trap_7_only_the_bare_path_is_asked_for() {
    let followed = Followed::new(person()).await;
    followed.look_after(HOUR).await;
    let requests = followed.tme.requests();
    let of_it = requests.iter().filter(|request| request.name.as_deref() == Some("some_name"));
    let paths: Vec<&str> = of_it.map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/some_name"; 2]);
}

#[tokio::test]
async fn trap_10_tokens_times_and_counts_change_on_every_fetch_and_are_no_change() {
    let cards = [
        person(),
        Card::bot("some_name", "Bot").monthly_users(17_811),
        Card::channel("some_name", "News", 70_000).bio("Hello"),
        Card::group("some_name", "Group", 9_000).online(400),
    ];
    for card in cards {
        let followed = Followed::new(card).await;
        for _ in 0..6 {
            followed.look_after(HOUR).await;
        }
        assert_eq!(followed.changes().await, [[]; 0]);
        followed.tme.update("some_name", |card| card.bio = Some("Another".into()));
        followed.look_after(HOUR).await;
        assert_eq!(followed.changes().await, [[Field::Bio]], "and a change is one");
    }
}

/// What moves is left out of the comparison with the last page, and nothing else.
#[test]
fn trap_10_the_page_seen_last_is_known_by_all_that_does_not_move() {
    let cards = tgbio_fetch::scrape::LastCards::new(4);
    let card = Card::group("some_name", "Group", 90).bio("Hello");
    // The first two pages differ behind their tokens only.
    let another = Card::group("some_name", "Group", 91).bio("Hello");
    for (number, card) in [card, another.clone(), another.bio("Hallo")].iter().enumerate() {
        let page = page_number(card, number as u64);
        let read = cards.read(page.as_bytes(), &username()).unwrap();
        assert_eq!(read.profile.bio.present().cloned(), card.bio_text());
        assert_eq!(read.counts.members.present().copied(), card.members);
    }
}
