//! Waits, budgets and distances: nothing is asked before its time, and what need not wait goes on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tgbio_core::store::{Actor, NewProfile, ProfileStore};
use tgbio_core::{
    Clock, DeniedReason, FetchErrorKind, Outcome, Poller, Presence, ProfileFetcher, RateLimitReason, Rules,
    Target, Tracker, UnreachableReason,
};
use tgbio_fetch::MtprotoFetcher;
use tgbio_fetch::mtproto::MtprotoState;
use tgbio_testkit::dc::{Fault, Profile, Refusal, Times};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::{Home, PATIENCE, kind, name, named};

const FULL: &str = "users.getFullUser";
const RESOLVE: &str = "contacts.resolveUsername";
const USERS: &str = "users.getUsers";
const HALF_MINUTE: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);

fn limited(seconds: u64) -> FetchErrorKind {
    let retry_after = Some(Duration::from_secs(seconds));
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::FloodWait }
}

/// A wait that nobody asked for but the program itself.
fn own(seconds: u64) -> FetchErrorKind {
    let retry_after = Some(Duration::from_secs(seconds));
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::OwnLimit }
}

async fn with_two() -> Home {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    home.truth.set(Profile::channel("news_example", "News", 1));
    home
}

#[tokio::test]
async fn a_wait_is_obeyed_by_its_method_alone_and_over_restarts() {
    let home = with_two().await;
    let mut fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.dc.fault(FULL, Refusal::flood_wait(31), Times::Once);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(31));
    home.clock.advance(Duration::from_secs(30));
    for _ in 0..2 {
        assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(1));
        fetcher.fetch(&named("news_example")).await.unwrap();
        let waits = fetcher.status().waits;
        assert_eq!(
            (waits.len(), waits[0].method.as_str(), waits[0].reason.as_str()),
            (1, FULL, "FLOOD_WAIT")
        );
        drop(fetcher);
        fetcher = home.fetcher().await;
    }
    assert_eq!(home.dc.count(FULL), 2, "nothing was asked before its time");
    home.clock.advance(Duration::from_secs(1));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(fetcher.status().waits, []);
}

#[tokio::test]
async fn other_waits_have_a_time_as_well() {
    let home = with_two().await;
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.dc.fault(FULL, Refusal::premium_wait(7), Times::Once);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(7));
    home.clock.advance(Duration::from_secs(7));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    for seconds in [30, 60, 120] {
        home.dc.fault(FULL, Refusal::flood_wait_without_value(), Times::Once);
        assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(seconds));
        home.clock.advance(Duration::from_secs(seconds));
    }
    fetcher.fetch(&named("ann_example")).await.unwrap();
}

#[tokio::test]
async fn a_frozen_method_is_not_waited_for() {
    let home = with_two().await;
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.dc.fault(FULL, Refusal::frozen(), Times::Once);
    let frozen = FetchErrorKind::Denied(DeniedReason::Frozen);
    for _ in 0..3 {
        assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), frozen);
    }
    assert_eq!(home.dc.count(FULL), 2);
    assert_eq!(fetcher.status().state, MtprotoState::Frozen);
    fetcher.fetch(&named("news_example")).await.unwrap();
    home.clock.advance(Duration::from_secs(24 * 3600));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
}

#[tokio::test]
async fn the_budget_of_a_day_holds_over_restarts() {
    let home = with_two().await;
    let open = || home.builder().resolve_budget(2).open();
    let fetcher = open().await.unwrap();
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.clock.advance(Duration::from_secs(3600));
    fetcher.fetch(&named("news_example")).await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named("someone_else")).await), own(23 * 3600));
    drop(fetcher);
    let fetcher = open().await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named("someone_else")).await), own(23 * 3600));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(home.dc.count(RESOLVE), 2);
    let status = fetcher.status();
    assert_eq!((status.resolves, status.resolve_budget), (2, 2));
    assert!(status.next_resolve.is_some());
    home.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(kind(fetcher.fetch(&named("someone_else")).await), FetchErrorKind::NotFound);
}

#[tokio::test]
async fn look_ups_are_apart_and_do_not_hold_others_up() {
    let home = with_two().await;
    let fetcher = home.builder().resolve_distance(HALF_MINUTE).resolve_burst(1).open().await.unwrap();
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named("news_example")).await), own(30));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.clock.advance(HALF_MINUTE);
    fetcher.fetch(&named("news_example")).await.unwrap();
}

#[tokio::test]
async fn chance_makes_waits_longer_and_never_shorter() {
    let home = with_two().await;
    let fetcher = home.builder().jitter(|| 1.0).open().await.unwrap();
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.dc.fault(FULL, Refusal::flood_wait(100), Times::Once);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(105));
}

#[tokio::test]
async fn a_persons_few_names_need_not_wait() {
    let home = Home::new().await;
    let names = ["one", "two", "three", "four", "five", "six", "seven"].map(|text| format!("name_{text}"));
    for text in &names {
        home.truth.set(Profile::user(text, "Somebody"));
    }
    let open = || home.builder().resolve_distance(HALF_MINUTE).open();
    let fetcher = open().await.unwrap();
    for text in &names[..5] {
        fetcher.fetch(&named(text)).await.unwrap();
    }
    let error = fetcher.fetch(&named(&names[5])).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (own(30), Some("flood_wait")));
    assert!(error.to_string().contains("this program looks names up slowly"), "{error}");
    assert!(!error.to_string().contains("Telegram asked"), "{error}");
    assert_eq!(kind(fetcher.fetch(&named(&names[6])).await), own(60), "a turn of its own");
    drop(fetcher);
    let fetcher = open().await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named(&names[5])).await), own(30), "a restart is no rest");
    assert_eq!(home.dc.count(RESOLVE), 5);
    home.clock.advance(HALF_MINUTE);
    fetcher.fetch(&named(&names[5])).await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named(&names[6])).await), own(30));
}

#[tokio::test]
async fn a_name_that_nobody_has_is_left_alone_for_a_growing_time() {
    let home = with_two().await;
    let open = || home.builder().absent_distance(15 * MINUTE, 24 * 60 * MINUTE).open();
    let mut fetcher = open().await.unwrap();
    let nobody = named("nobody_here");
    let from_memory = async |fetcher: &MtprotoFetcher, target: &Target| {
        let error = fetcher.fetch(target).await.unwrap_err();
        (error.kind(), error.not_asked_for().map(|wait| wait.as_secs()))
    };
    for (at, minutes) in [15, 15, 15, 15, 30, 60, 120, 240, 480, 960, 1_440, 1_440].into_iter().enumerate() {
        assert_eq!(from_memory(&fetcher, &nobody).await, (FetchErrorKind::NotFound, None));
        drop(fetcher);
        fetcher = open().await.unwrap();
        home.clock.advance(minutes * MINUTE - Duration::from_secs(1));
        assert_eq!(from_memory(&fetcher, &nobody).await, (FetchErrorKind::NotFound, Some(1)), "{minutes}");
        fetcher.fetch(&named("ann_example")).await.unwrap();
        home.clock.advance(Duration::from_secs(1));
        let looked_up = u64::try_from(at).unwrap() + 2;
        assert_eq!(home.dc.count(RESOLVE), looked_up, "with ann's");
    }
    let somebody = home.truth.set(Profile::user("nobody_here", "Somebody"));
    fetcher.fetch(&nobody).await.unwrap();
    home.truth.remove(somebody);
    assert_eq!(kind(fetcher.fetch(&nobody).await), FetchErrorKind::NotFound);
    let again = from_memory(&fetcher, &nobody).await;
    assert_eq!(again, (FetchErrorKind::NotFound, Some(15 * 60)), "from the beginning");
    for expected in [None, Some(15 * 60)] {
        let impossible = from_memory(&fetcher, &named("abc")).await;
        assert_eq!(impossible, (FetchErrorKind::InvalidName, expected));
    }
}

#[tokio::test]
async fn a_missing_profile_does_not_eat_the_budget() {
    let home = with_two().await;
    let fetcher = home.builder().absent_distance(15 * MINUTE, 24 * 60 * MINUTE).open().await.unwrap();
    for _ in 0..(24 * 60 / 5) {
        assert_eq!(kind(fetcher.fetch(&named("nobody_here")).await), FetchErrorKind::NotFound);
        home.clock.advance(5 * MINUTE);
    }
    assert_eq!(home.dc.count(RESOLVE), 10, "in a day, checked every five minutes");
}

/// A disappearance is confirmed by what Telegram says again and again, and not by what is remembered of it.
#[tokio::test]
async fn what_is_remembered_confirms_nothing() {
    let home = with_two().await;
    let fetcher = home.builder().absent_distance(50 * MINUTE, 24 * 60 * MINUTE).open().await.unwrap();
    let store = Arc::new(home.store.clone());
    let tracker = Tracker::builder(Arc::new(fetcher), store.clone())
        .clock(Arc::new(home.clock.clone()))
        .chance(|| 0.5)
        .build();
    let followed =
        tracker.follow(&NewProfile::new(name("ann_example")), true, &Actor::system()).await.unwrap();
    let ann = followed.state.unwrap().telegram_id.present().unwrap().cast_signed();
    home.truth.remove(ann);
    let (mut looks, began) = (Vec::new(), home.clock.now());
    while store.profile(&followed.id.into()).await.unwrap().unwrap().presence != Presence::Missing {
        home.clock.advance(5 * MINUTE);
        let looked_up = home.dc.count(RESOLVE);
        let checked = tracker.check_now(followed.id).await.unwrap();
        assert_eq!((checked.outcome, looks.len() < 40), (Outcome::NotFound, true));
        let left = checked.next_check_at.since(home.clock.now());
        assert!(
            home.dc.count(RESOLVE) > looked_up || left <= 50 * MINUTE,
            "it is due when it is asked again"
        );
        looks.push((home.dc.count(RESOLVE) > looked_up, checked.changed.len()));
    }
    assert_eq!(looks.last(), Some(&(true, 1)), "the last word is Telegram's: {looks:?}");
    assert!(home.clock.now().since(began) >= 150 * MINUTE, "three repeats, each with a look-up");
}

/// Whose session it is must be asked of an imported one.
#[tokio::test]
async fn the_question_whose_session_it_is_has_limits_too() {
    let home = with_two().await;
    let mut fetcher = home.fetcher().await;
    home.dc.fault(USERS, Refusal::flood_wait(60), Times::Once);
    for _ in 0..3 {
        assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), limited(60));
        drop(fetcher);
        fetcher = home.fetcher().await;
    }
    assert_eq!(home.dc.count(USERS), 1);
    home.clock.advance(MINUTE);
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(home.dc.count(USERS), 2);
}

#[tokio::test]
async fn whose_session_it_is_is_asked_once_for_all_who_wait() {
    let home = with_two().await;
    let fetcher = home.fetcher().await;
    home.dc.fault(USERS, Fault::Silence, Times::Once);
    let target = named("ann_example");
    let looks = join_all((0..5).map(|_| fetcher.fetch(&target))).await;
    let timeout = FetchErrorKind::Unreachable(UnreachableReason::Timeout);
    assert!(looks.into_iter().all(|look| kind(look) == timeout), "nobody waits for five silences");
    assert_eq!(home.dc.count(USERS), 1);
    fetcher.fetch(&target).await.unwrap();
}

type Look = (String, Outcome);

/// The next look that has ended.
async fn next(looks: &mut UnboundedReceiver<Look>) -> Look {
    let next = tokio::time::timeout(20 * PATIENCE, looks.recv()).await;
    next.unwrap().unwrap()
}

#[tokio::test]
async fn a_method_that_must_wait_stops_nobody_who_does_not_need_it() {
    let home = with_two().await;
    let fetcher = Arc::new(home.fetcher().await);
    let (told, mut looks) = tokio::sync::mpsc::unbounded_channel();
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (MINUTE, MINUTE);
    let tracker = Tracker::builder(fetcher, Arc::new(home.store.clone()))
        .clock(Arc::new(home.clock.clone()))
        .rules(rules)
        .chance(|| 0.5)
        .on_checked(move |checked| drop(told.send((checked.username.to_string(), checked.outcome))))
        .build();
    for text in ["ann_example", "news_example"] {
        tracker.follow(&NewProfile::new(name(text)), true, &Actor::system()).await.unwrap();
        next(&mut looks).await;
    }
    home.dc.fault(FULL, Refusal::flood_wait(600), Times::Once);
    let (poller, stop) = (Poller::new(tracker, 2), CancellationToken::new());
    let handle = poller.handle();
    let running = tokio::spawn(poller.run(stop.clone()));
    home.clock.advance(MINUTE);
    let mut first = [next(&mut looks).await, next(&mut looks).await];
    first.sort_by(|a, b| a.0.cmp(&b.0));
    let news = ("news_example".to_owned(), Outcome::Profile);
    assert_eq!(first, [("ann_example".to_owned(), Outcome::RateLimited), news.clone()]);
    for _ in 0..9 {
        home.clock.advance(MINUTE);
        assert_eq!(next(&mut looks).await, news);
    }
    assert_eq!(handle.status().paused_until, None);
    home.clock.advance(MINUTE);
    let mut last = [next(&mut looks).await, next(&mut looks).await];
    last.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(last, [("ann_example".to_owned(), Outcome::Profile), news]);
    assert_eq!(home.dc.count(FULL), 3, "at first, refused, and at the time that was told");
    stop.cancel();
    running.await.unwrap();
}
