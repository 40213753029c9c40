//! The wrappers, on a clock that is turned by hand.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Clock, DeniedReason, FetchError, FetchErrorKind, HostLimits, ManualClock, MemoryHostLimits, Observation,
    Photo, Profile, ProfileFetcher, RateLimitReason, Target, Timestamp, UnreachableReason,
    UnrecognisedReason, Username,
};
use tgbio_fetch::{Limited, LimitedBuilder, Retrying};

const RESET: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Reset);
const LAYOUT: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);
const DENIED: FetchErrorKind = FetchErrorKind::Denied(DeniedReason::Http403);

fn refused(seconds: Option<u64>) -> FetchErrorKind {
    let retry_after = seconds.map(Duration::from_secs);
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::Http429 }
}

fn ann() -> Target {
    Target::new(Username::parse("fix_ann").unwrap())
}

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_millis(1_000_000_000_000))
}

/// A source that shows one profile after these failures.
fn source(failures: &[FetchErrorKind]) -> ScriptedFetcher {
    let source = ScriptedFetcher::default();
    source.show(Profile::new(ann().username));
    for kind in failures {
        source.fail_next(&ann().username, *kind);
    }
    source
}

fn limited(source: &ScriptedFetcher, clock: &ManualClock) -> LimitedBuilder<ScriptedFetcher> {
    Limited::builder(source.clone(), "site.example").min_delay(Duration::ZERO).clock(Arc::new(clock.clone()))
}

fn kind(answer: Result<Observation, FetchError>) -> Result<(), FetchErrorKind> {
    answer.map(|_| ()).map_err(|error| error.kind())
}

fn remaining(answer: Result<Observation, FetchError>) -> Option<u64> {
    answer.unwrap_err().retry_after().map(|wait| wait.as_secs())
}

/// Lets every task run until nothing more happens without the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn looks_are_a_distance_apart() {
    let (clock, source) = (clock(), source(&[]));
    let fetcher = Arc::new(limited(&source, &clock).min_delay(Duration::from_secs(2)).connections(4).build());
    let looks: Vec<_> = (0..3)
        .map(|_| {
            let fetcher = fetcher.clone();
            tokio::spawn(async move { fetcher.fetch(&ann()).await.is_ok() })
        })
        .collect();
    for done in 1..=3 {
        settle().await;
        assert_eq!(source.asked(&ann().username), done, "one look per distance, the first at once");
        clock.advance(Duration::from_millis(1_900));
        settle().await;
        assert_eq!(source.asked(&ann().username), done);
        clock.advance(Duration::from_millis(700));
    }
    for look in looks {
        assert!(look.await.unwrap());
    }
    assert_eq!(fetcher.status().await[0].last_minute, 3);
}

#[tokio::test]
async fn a_clock_that_jumps_back_stops_nothing() {
    let (clock, source) = (clock(), source(&[]));
    let fetcher = limited(&source, &clock).min_delay(Duration::from_secs(2)).build();
    fetcher.fetch(&ann()).await.unwrap();
    clock.set(clock.now().before(Duration::from_secs(86_400)));
    let look = tokio::spawn(async move { fetcher.fetch(&ann()).await.is_ok() });
    settle().await;
    clock.advance(Duration::from_secs(3));
    assert!(look.await.unwrap());
}

#[tokio::test]
async fn a_refusal_is_obeyed_in_full_and_without_requests() {
    let (clock, source) = (clock(), source(&[refused(Some(90))]));
    let fetcher = limited(&source, &clock).build();
    assert_eq!(remaining(fetcher.fetch(&ann()).await), Some(90));
    clock.advance(Duration::from_secs(89));
    assert_eq!(remaining(fetcher.fetch(&ann()).await), Some(1));
    assert_eq!(source.asked(&ann().username), 1);
    let [pages, photos] = fetcher.status().await;
    assert_eq!(pages.not_before, Some(clock.now().after(Duration::from_secs(1))));
    assert!(pages.reason.unwrap().contains("429"));
    assert_eq!((photos.not_before, photos.reason), (None, None));
    clock.advance(Duration::from_secs(1));
    assert!(fetcher.fetch(&ann()).await.is_ok());
    assert_eq!(fetcher.status().await[0].not_before, None);
}

#[tokio::test]
async fn refusals_without_a_time_hold_longer_and_longer_until_an_answer() {
    let (clock, source) =
        (clock(), source(&[refused(None), refused(None), refused(None), LAYOUT, refused(None)]));
    let fetcher = limited(&source, &clock).build();
    let mut holds = Vec::new();
    for _ in 0..5 {
        let _ = fetcher.fetch(&ann()).await;
        let until = fetcher.status().await[0].not_before;
        let wait = until.map_or(Duration::ZERO, |until| until.since(clock.now()));
        holds.push(wait.as_secs());
        clock.advance(wait);
    }
    // Each is longer by up to a tenth, so that several processes do not come back at once.
    for (held, expected) in holds.iter().zip([30, 60, 120, 0, 30]) {
        assert!((expected..=expected * 11 / 10).contains(held), "{holds:?}");
    }
}

#[tokio::test]
async fn a_restart_goes_on_backing_off_where_it_was_and_recovery_ends_that() {
    let (clock, limits) = (clock(), Arc::new(MemoryHostLimits::default()));
    let mut holds = Vec::new();
    for answers in [&[refused(None)][..], &[refused(None)], &[refused(None)], &[], &[refused(None)]] {
        let fetcher = limited(&source(answers), &clock).limits(limits.clone()).build();
        let _ = fetcher.fetch(&ann()).await;
        let wait =
            fetcher.status().await[0].not_before.map_or(Duration::ZERO, |until| until.since(clock.now()));
        holds.push(wait.as_secs());
        clock.advance(wait);
    }
    for (held, expected) in holds.iter().zip([30, 60, 120, 0, 30]) {
        assert!((expected..=expected * 11 / 10).contains(held), "{holds:?}");
    }
}

#[tokio::test]
async fn a_hold_outlives_the_process_and_is_seen_by_a_second_one() {
    let (clock, limits) = (clock(), Arc::new(MemoryHostLimits::default()));
    let started = || limited(&source(&[refused(Some(600))]), &clock).limits(limits.clone()).build();
    let (first, second) = (started(), limited(&source(&[]), &clock).limits(limits.clone()).build());
    assert!(second.fetch(&ann()).await.is_ok());
    assert_eq!(remaining(first.fetch(&ann()).await), Some(600));
    drop(first);
    assert_eq!(remaining(started().fetch(&ann()).await), Some(600));
    clock.advance(Duration::from_secs(2));
    assert_eq!(remaining(second.fetch(&ann()).await), Some(598));
    assert!(limits.not_before("site.example").await.is_some());
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_hold_longer() {
    let (clock, limits) = (clock(), Arc::new(MemoryHostLimits::default()));
    let fetcher = limited(&source(&[refused(Some(600))]), &clock).limits(limits).build();
    assert_eq!(remaining(fetcher.fetch(&ann()).await), Some(600));
    clock.set(clock.now().before(Duration::from_secs(86_400)));
    clock.advance(Duration::from_secs(200));
    assert_eq!(remaining(fetcher.fetch(&ann()).await), Some(400));
    clock.advance(Duration::from_secs(401));
    assert!(fetcher.fetch(&ann()).await.is_ok());
}

#[tokio::test]
async fn photos_are_paid_from_their_own_budget() {
    let (clock, source) = (clock(), source(&[refused(Some(90))]));
    source.set_photo("photo:a", vec![1]);
    let fetcher = limited(&source, &clock).photo_delay(Duration::ZERO).build();
    let _ = fetcher.fetch(&ann()).await;
    let photo = Photo::at("photo:a");
    assert!(fetcher.photo(&ann(), &photo).await.unwrap().is_some());
}

#[tokio::test]
async fn only_a_broken_way_is_tried_again() {
    let retried = |failures: Vec<FetchErrorKind>| async move {
        let (clock, source) = (clock(), source(&failures));
        let fetcher =
            Retrying::new(source.clone(), 2, Duration::from_millis(200)).with_clock(Arc::new(clock.clone()));
        let look = tokio::spawn(async move { kind(fetcher.fetch(&ann()).await) });
        while !look.is_finished() {
            settle().await;
            clock.advance(Duration::from_secs(1));
        }
        (look.await.unwrap(), source.asked(&ann().username))
    };
    assert_eq!(
        retried(vec![RESET, FetchErrorKind::Unreachable(UnreachableReason::Timeout)]).await,
        (Ok(()), 3)
    );
    assert_eq!(retried(vec![RESET, RESET, RESET, RESET]).await, (Err(RESET), 3));
    for once in [LAYOUT, DENIED, refused(Some(1)), FetchErrorKind::NotFound, FetchErrorKind::InvalidName] {
        assert_eq!(retried(vec![once]).await, (Err(once), 1));
    }
    let failed = FetchErrorKind::Unreachable(UnreachableReason::Http5xx);
    assert_eq!(retried(vec![failed]).await, (Err(failed), 1));
}
