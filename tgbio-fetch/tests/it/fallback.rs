//! One backend stands in for the other.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    DeniedReason, FetchError, FetchErrorKind, Field, ManualClock, Observation, Observed, Photo, Profile,
    ProfileFetcher, RateLimitReason, Target, Timestamp, UnreachableReason, UnrecognisedReason, Username,
};
use tgbio_fetch::{Fallback, Limited};

const RESET: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Reset);
const LAYOUT: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);
const DENIED: FetchErrorKind = FetchErrorKind::Denied(DeniedReason::Http403);
const SIGNED_OUT: FetchErrorKind = FetchErrorKind::Denied(DeniedReason::SignedOut);
const MISSING: FetchErrorKind = FetchErrorKind::NotFound;
const INVALID: FetchErrorKind = FetchErrorKind::InvalidName;

fn waits(seconds: u64) -> FetchErrorKind {
    let retry_after = Some(Duration::from_secs(seconds));
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::FloodWait }
}

fn ann() -> Target {
    Target::new(Username::parse("fix_ann").unwrap())
}

fn page(failures: &[FetchErrorKind]) -> ScriptedFetcher {
    failing(ScriptedFetcher::default().called("scrape"), failures)
}

fn protocol(failures: &[FetchErrorKind]) -> ScriptedFetcher {
    failing(ScriptedFetcher::default().called("mtproto").knowing_ids(), failures)
}

/// A source that shows one profile after these failures.
fn failing(source: ScriptedFetcher, failures: &[FetchErrorKind]) -> ScriptedFetcher {
    let mut profile = Profile::new(ann().username);
    profile.telegram_id = Observed::Present(7);
    source.show(profile);
    failures.iter().for_each(|kind| source.fail_next(&ann().username, *kind));
    source
}

fn kind(answer: Result<Observation, FetchError>) -> Result<String, FetchErrorKind> {
    answer.map(|seen| seen.fetcher.to_string()).map_err(|error| error.kind())
}

/// What comes of a look at `target` when both say so, and how often the second was asked.
async fn told(
    target: &Target,
    first: Option<FetchErrorKind>,
    second: Option<FetchErrorKind>,
) -> (Result<String, FetchErrorKind>, usize) {
    let (a, b) = (page(first.as_slice()), protocol(second.as_slice()));
    let answer = Fallback::new(a, b.clone()).fetch(target).await;
    (kind(answer), b.asked(&target.username))
}

#[tokio::test]
async fn the_second_is_asked_where_the_first_cannot_tell() {
    let (by_page, by_protocol) = (Ok("scrape".to_owned()), Ok("mtproto".to_owned()));
    assert_eq!(told(&ann(), None, None).await, (by_page, 0));
    for first in [RESET, DENIED, LAYOUT, waits(5), MISSING] {
        assert_eq!(told(&ann(), Some(first), None).await, (by_protocol.clone(), 1), "{first}");
        assert_eq!(told(&ann(), Some(first), Some(MISSING)).await, (Err(MISSING), 1), "{first}");
    }
    assert_eq!(told(&ann(), Some(INVALID), None).await, (Err(INVALID), 0));
    assert_eq!(told(&ann(), Some(RESET), Some(INVALID)).await, (Err(INVALID), 1));
    assert_eq!(told(&ann(), Some(MISSING), Some(SIGNED_OUT)).await, (Err(MISSING), 1));
    assert_eq!(told(&ann(), Some(MISSING), Some(waits(5))).await, (Err(MISSING), 1));
}

#[tokio::test]
async fn of_two_failures_the_one_counts_after_which_may_be_asked_sooner() {
    for (first, second, counts) in [
        (DENIED, RESET, DENIED),
        (waits(3600), waits(60), waits(60)),
        (waits(60), waits(3600), waits(60)),
        (waits(3600), RESET, RESET),
        (RESET, waits(3600), RESET),
        (SIGNED_OUT, waits(3600), waits(3600)),
        (LAYOUT, SIGNED_OUT, LAYOUT),
    ] {
        assert_eq!(told(&ann(), Some(first), Some(second)).await, (Err(counts), 1), "{first}, {second}");
    }
}

#[tokio::test]
async fn a_profile_that_is_known_by_its_id_is_not_gone_before_the_id_says_so() {
    let known = ann().with_telegram_id(Some(7));
    for first in [MISSING, INVALID] {
        assert_eq!(told(&known, Some(first), None).await, (Ok("mtproto".into()), 1));
        assert_eq!(told(&known, Some(first), Some(waits(60))).await, (Err(waits(60)), 1));
        assert_eq!(told(&known, Some(first), Some(RESET)).await, (Err(RESET), 1));
        assert_eq!(told(&known, Some(first), Some(SIGNED_OUT)).await, (Err(first), 1), "it never will");
        assert_eq!(told(&known, Some(first), Some(MISSING)).await, (Err(MISSING), 1));
    }
    // The same where the page is what stands in.
    for (first, counts) in
        [(waits(3600), waits(3600)), (RESET, RESET), (SIGNED_OUT, MISSING), (MISSING, MISSING)]
    {
        let both = Fallback::new(protocol(&[first]), page(&[MISSING]));
        assert_eq!(kind(both.fetch(&known).await), Err(counts), "{first}");
    }
    let both = Fallback::new(protocol(&[waits(3600)]), page(&[RESET]));
    assert_eq!(kind(both.fetch(&known).await), Err(RESET), "a page may be asked sooner");
    let other = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);
    let doubted = known.only_by_id(true);
    assert_eq!(told(&doubted, None, None).await, (Ok("mtproto".into()), 1), "a page knows no ids");
    assert_eq!(told(&doubted, None, Some(other)).await, (Err(other), 1));
}

#[tokio::test]
async fn both_failures_are_told() {
    let both = Fallback::new(page(&[DENIED]), protocol(&[waits(90)]));
    let error = both.fetch(&ann()).await.unwrap_err();
    assert_eq!((error.fetcher(), error.kind()), ("scrape", DENIED));
    assert_eq!(error.other().map(|other| (other.fetcher(), other.kind())), Some(("mtproto", waits(90))));
    let words = "@fix_ann: the server refused this client (scrape); Telegram asked to wait: ask again in 90 s (mtproto)";
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn a_backend_on_hold_is_not_asked() {
    let clock = ManualClock::new(Timestamp::from_millis(1_000_000_000_000));
    let (a, b) = (page(&[waits(90)]), protocol(&[]));
    let limited = Limited::builder(a.clone(), "site.example").min_delay(Duration::ZERO);
    let both = Fallback::new(limited.clock(Arc::new(clock.clone())).build(), b.clone());
    for look in 1..4 {
        assert_eq!(kind(both.fetch(&ann()).await), Ok("mtproto".into()));
        assert_eq!((a.asked(&ann().username), b.asked(&ann().username)), (1, look));
        clock.advance(Duration::from_secs(20));
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(kind(both.fetch(&ann()).await), Ok("scrape".into()));
}

#[tokio::test]
async fn a_fallback_can_what_either_can() {
    let (a, b) = (page(&[]), protocol(&[]));
    b.set_photo("photo:b", vec![2]);
    let both = Fallback::new(a, b);
    assert_eq!(both.name(), "scrape+mtproto");
    let can = both.capabilities();
    assert!(can.photos && can.follows_renames);
    assert_eq!(can.fields.iter().filter(|field| **field == Field::Bio).count(), 1);
    let photo = Photo::at("photo:b");
    assert!(both.photo(&ann(), &photo).await.unwrap().is_some());
}

#[tokio::test]
async fn only_the_backend_that_is_meant_is_asked() {
    let sources = || (page(&[]), protocol(&[]), failing(ScriptedFetcher::default(), &[]));
    for (through, reader) in [
        (Some("scrape"), "scrape"),
        (Some("mtproto"), "mtproto"),
        (Some("scripted"), "scripted"),
        (Some("scrape+mtproto"), "scrape"),
        (Some("another"), "scrape"),
        (None, "scrape"),
    ] {
        let (a, b, c) = sources();
        let all = Fallback::new(Fallback::new(a.clone(), b.clone()), c.clone());
        let target = ann().through(through);
        assert_eq!(kind(all.fetch(&target).await), Ok(reader.to_owned()), "{through:?}");
        assert_eq!([&a, &b, &c].map(|source| source.asked(&target.username)).iter().sum::<usize>(), 1);
    }
    let (a, b, _) = sources();
    a.break_all(Some(RESET));
    let alone = Fallback::new(a, b.clone()).fetch(&ann().through("scrape")).await;
    assert_eq!((kind(alone), b.asked(&ann().username)), (Err(RESET), 0), "its answer is the answer");
}

#[tokio::test]
async fn a_name_that_is_known_to_be_anothers_is_not_read_by_name() {
    const OTHER: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);
    let (protocol, page) = (protocol(&[OTHER, OTHER]), page(&[]));
    let both = Fallback::new(protocol, page.clone());
    let followed = ann().with_telegram_id(Some(7));
    assert_eq!(kind(both.fetch(&followed).await), Err(OTHER));
    assert_eq!(page.asked(&ann().username), 0, "the page would be that of whoever has the name");
    assert_eq!(kind(both.fetch(&ann()).await), Ok("scrape".to_owned()), "without an id the name decides");
}
