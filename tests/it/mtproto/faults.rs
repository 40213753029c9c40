//! Whatever happens on the way, nothing stalls, nothing else is lost, and it heals.

use std::time::Duration;

use futures_util::future::join_all;
use tgbio_core::{
    DeniedReason, FetchErrorKind, Observed, ProfileFetcher, UnreachableReason, UnrecognisedReason,
};
use tgbio_fetch::mtproto::MtprotoState;
use tgbio_testkit::dc::{Fault, On, Profile, Refusal, Times};

use super::{FIRST, Home, bio, kind, named, numbered};

const FULL: &str = "users.getFullUser";

fn unreachable(reason: UnreachableReason) -> FetchErrorKind {
    FetchErrorKind::Unreachable(reason)
}

/// A profile that was seen once.
async fn with_ann() -> (Home, tgbio_fetch::MtprotoFetcher) {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
    (home, fetcher)
}

#[tokio::test]
async fn each_fault_is_an_error_and_heals() {
    use UnreachableReason::{Http5xx, Reset, Timeout};
    let layout = FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);
    let faults = [
        (Fault::HangUp, unreachable(Reset)),
        (Fault::HangUpAfter, unreachable(Reset)),
        (Fault::Silence, unreachable(Timeout)),
        (Fault::UnknownConstructor, layout),
        (Fault::NewUser, layout),
        (Fault::CutAnswer, layout),
        (Fault::CutFrame, unreachable(Reset)),
        (Fault::BadChecksum, unreachable(Reset)),
        (Fault::ForeignSession, unreachable(Reset)),
        (Fault::Transport(429), unreachable(Reset)),
        (Fault::Rpc(Refusal::internal()), unreachable(Http5xx)),
    ];
    let (home, fetcher) = with_ann().await;
    for (fault, expected) in faults {
        home.dc.fault(FULL, fault.clone(), Times::Once);
        assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), expected, "{fault:?}");
        let healed = bio(&fetcher, &named("ann_example")).await;
        assert_eq!(healed, Observed::Present("one".into()), "{fault:?}");
    }
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
    assert_eq!(home.dc.count("contacts.resolveUsername"), 1);
}

#[tokio::test]
async fn what_the_protocol_allows_is_no_fault() {
    let (home, fetcher) = with_ann().await;
    let fine = [
        Fault::BadSalt,
        Fault::Gzip,
        Fault::Container,
        Fault::AnswerAndHangUp,
        Fault::Delay(Duration::from_millis(20)),
    ];
    for fault in fine {
        home.dc.fault(FULL, fault.clone(), Times::Once);
        let seen = bio(&fetcher, &named("ann_example")).await;
        assert_eq!(seen, Observed::Present("one".into()), "{fault:?}");
    }
    home.dc.change_salts();
    assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
}

#[tokio::test]
async fn one_silent_answer_does_not_hold_up_the_others() {
    let (home, fetcher) = with_ann().await;
    let slow = home.truth.set(Profile::user("slow_example", "Slow"));
    fetcher.fetch(&named("slow_example")).await.unwrap();
    home.dc.fault(On::method(FULL).of(slow), Fault::Silence, Times::Once);
    let (target, ann) = (numbered("slow_example", slow), named("ann_example"));
    let connections = home.dc.connections();
    let (slow, others) = tokio::join!(fetcher.fetch(&target), async {
        let looks = (0..50).map(|_| fetcher.fetch(&ann));
        join_all(looks).await
    });
    assert_eq!(kind(slow), unreachable(UnreachableReason::Timeout));
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(home.dc.connections(), connections, "a pool that answers others is not thrown away");
}

#[tokio::test]
async fn a_data_centre_that_stalls_at_connect_is_left_and_tried_again() {
    let (home, fetcher) = with_ann().await;
    home.dc.fault(On::connecting(), Fault::Stall, Times::Once);
    home.dc.fault(FULL, Fault::HangUp, Times::Once);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), unreachable(UnreachableReason::Reset));
    let stalled = join_all((0..10).map(|_| async {
        let target = named("ann_example");
        fetcher.fetch(&target).await
    }));
    let stalled = stalled.await;
    assert!(stalled.into_iter().any(|answer| kind(answer) == unreachable(UnreachableReason::Timeout)));
    assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
}

#[tokio::test]
async fn a_refused_port_is_tried_again_with_growing_pauses() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let fetcher =
        home.builder().backoff(Duration::from_secs(8), Duration::from_secs(60)).open().await.unwrap();
    fetcher.fetch(&named("ann_example")).await.unwrap();
    home.dc.pause().await;
    let target = named("ann_example");
    let first = kind(fetcher.fetch(&target).await);
    assert!(matches!(first, FetchErrorKind::Unreachable(_)), "{first:?}");
    assert_eq!(kind(fetcher.fetch(&target).await), unreachable(UnreachableReason::Connect));
    assert_eq!(fetcher.status().state, MtprotoState::Unreachable);
    home.dc.resume().await.unwrap();
    assert_eq!(
        kind(fetcher.fetch(&target).await),
        unreachable(UnreachableReason::Connect),
        "its time has not come"
    );
    home.clock.advance(Duration::from_secs(8));
    assert_eq!(bio(&fetcher, &target).await, Observed::Present("one".into()));
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
}

#[tokio::test]
async fn an_unknown_key_is_told_from_a_passing_fault_and_kept() {
    let (home, fetcher) = with_ann().await;
    drop(fetcher);
    let fetcher = home.fetcher().await;
    home.dc.fault(On::connecting(), Fault::Transport(404), Times::Count(2));
    let signed_out = FetchErrorKind::Denied(DeniedReason::SignedOut);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), signed_out);
    assert_eq!(fetcher.status().state, MtprotoState::KeyUnknown);
    assert!(!fetcher.status().state.is_stopped());
    let known_again = bio(&fetcher, &named("ann_example")).await;
    assert_eq!(known_again, Observed::Present("one".into()), "the key that was kept is good again");
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
}

#[tokio::test]
async fn a_key_that_is_gone_for_good_does_not_stop_at_a_new_one() {
    let (home, fetcher) = with_ann().await;
    home.dc.forget_key(FIRST);
    for _ in 0..3 {
        let answer = kind(fetcher.fetch(&named("ann_example")).await);
        assert_eq!(answer, FetchErrorKind::Denied(DeniedReason::SignedOut));
    }
    assert_eq!(fetcher.status().state, MtprotoState::KeyUnknown);
}

#[tokio::test]
async fn a_session_that_telegram_has_ended_stops_the_backend() {
    let cases = [
        ("AUTH_KEY_UNREGISTERED", DeniedReason::SignedOut, MtprotoState::Ended),
        ("SESSION_REVOKED", DeniedReason::SignedOut, MtprotoState::Ended),
        ("USER_DEACTIVATED_BAN", DeniedReason::Banned, MtprotoState::Banned),
    ];
    for (word, reason, state) in cases {
        let (home, fetcher) = with_ann().await;
        home.dc.end_session(FIRST, word);
        for _ in 0..3 {
            assert_eq!(
                kind(fetcher.fetch(&named("ann_example")).await),
                FetchErrorKind::Denied(reason),
                "{word}"
            );
        }
        assert_eq!(home.dc.count(FULL), 2, "after the end nothing was asked");
        let status = fetcher.status();
        assert_eq!((status.state, status.detail.as_deref()), (state, Some(word)));
        assert!(status.account.is_some() && state.is_stopped());
        let again = home.fetcher().await;
        assert_eq!(kind(again.fetch(&named("ann_example")).await), FetchErrorKind::Denied(reason));
        assert_eq!(home.dc.count(FULL), 2, "a restart knows it");
    }
}

#[tokio::test]
async fn a_duplicated_key_stops_the_backend() {
    let (home, fetcher) = with_ann().await;
    home.dc.fault(FULL, Refusal::new(406, "AUTH_KEY_DUPLICATED"), Times::Once);
    assert_eq!(
        kind(fetcher.fetch(&named("ann_example")).await),
        FetchErrorKind::Denied(DeniedReason::SignedOut)
    );
    assert_eq!(fetcher.status().state, MtprotoState::Ended);
}
