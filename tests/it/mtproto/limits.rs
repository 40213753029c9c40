//! Waits, budgets and distances: nothing is asked before its time, and what need not wait goes on.

use std::time::Duration;

use tgbio_core::{DeniedReason, FetchErrorKind, ProfileFetcher, RateLimitReason};
use tgbio_fetch::mtproto::MtprotoState;
use tgbio_testkit::dc::{Profile, Refusal, Times};

use super::{Home, kind, named};

const FULL: &str = "users.getFullUser";
const RESOLVE: &str = "contacts.resolveUsername";

fn limited(seconds: u64) -> FetchErrorKind {
    let retry_after = Some(Duration::from_secs(seconds));
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::FloodWait }
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
    assert_eq!(kind(fetcher.fetch(&named("someone_else")).await), limited(23 * 3600));
    drop(fetcher);
    let fetcher = open().await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named("someone_else")).await), limited(23 * 3600));
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
    let fetcher = home.builder().resolve_distance(Duration::from_secs(30)).open().await.unwrap();
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!(kind(fetcher.fetch(&named("news_example")).await), limited(30));
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.clock.advance(Duration::from_secs(30));
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
