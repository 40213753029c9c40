//! Whatever happens on the way, nothing stalls, nothing else is lost, and it heals.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tgbio_core::{
    DeniedReason, FetchErrorKind, Observed, ProfileFetcher, UnreachableReason, UnrecognisedReason,
};
use tgbio_fetch::mtproto::{MtprotoSession, MtprotoState};
use tgbio_testkit::dc::{Account, Fault, On, Options, Profile, Refusal, Times};

use super::{FIRST, Home, PATIENCE, bio, kind, named, numbered};

const FULL: &str = "users.getFullUser";
const RESOLVE: &str = "contacts.resolveUsername";

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
    let began = Instant::now();
    let stalled = join_all((0..10).map(|_| async {
        let target = named("ann_example");
        fetcher.fetch(&target).await
    }));
    let stalled = stalled.await;
    assert!(began.elapsed() < 5 * PATIENCE, "ten calls, and none waits for the stall of another");
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

/// Also while that cannot be written yet.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_does_not_begin_again_before_its_end_is_written() {
    let (home, fetcher) = with_ann().await;
    let mut beside = rusqlite::Connection::open(home.store.database().path().unwrap()).unwrap();
    let writing = beside.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    home.dc.end_session(FIRST, "SESSION_REVOKED");
    let fetcher = Arc::new(fetcher);
    let (ann, other) = (named("ann_example"), fetcher.clone());
    let first = tokio::spawn(async move { other.fetch(&ann).await });
    while fetcher.status().state != MtprotoState::Ended {
        tokio::task::yield_now().await;
    }
    let denied = FetchErrorKind::Denied(DeniedReason::SignedOut);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), denied);
    assert_eq!(fetcher.status().state, MtprotoState::Ended);
    drop(writing);
    assert_eq!(kind(first.await.unwrap()), denied);
    assert_eq!(home.dc.count(FULL), 2, "after the end nothing was asked");
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

/// An answer that comes after the call was given up harms nobody, and is nobody else's.
#[tokio::test]
async fn an_answer_that_comes_too_late_is_a_timeout() {
    let (home, fetcher) = with_ann().await;
    let late = home.dc.fault(FULL, Fault::Hold, Times::Once);
    let timeout = unreachable(UnreachableReason::Timeout);
    assert_eq!(kind(fetcher.fetch(&named("ann_example")).await), timeout);
    home.dc.release(late);
    assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
    let (slow, ann) =
        (home.truth.set(Profile::user("slow_example", "Slow").bio("slow")), named("ann_example"));
    fetcher.fetch(&named("slow_example")).await.unwrap();
    let late = home.dc.fault(On::method(FULL).of(slow), Fault::Hold, Times::Once);
    let connections = home.dc.connections();
    let target = numbered("slow_example", slow);
    let (given_up, ()) = tokio::join!(fetcher.fetch(&target), async {
        home.dc.wait_for(|log| log.count(FULL) == 5).await;
        assert_eq!(bio(&fetcher, &ann).await, Observed::Present("one".into()));
    });
    assert_eq!(kind(given_up), timeout);
    home.dc.release(late);
    assert_eq!(bio(&fetcher, &ann).await, Observed::Present("one".into()));
    assert_eq!(bio(&fetcher, &target).await, Observed::Present("slow".into()));
    assert_eq!(home.dc.connections(), connections, "a pool that answers others is not thrown away");
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
}

#[tokio::test]
async fn a_data_centre_that_the_session_has_no_key_for_is_not_asked() {
    let (home, fetcher) = with_ann().await;
    let connect = unreachable(UnreachableReason::Connect);
    for word in ["USER", "PHONE", "NETWORK"] {
        home.dc.fault(FULL, Refusal::migrate(word, 4), Times::Once);
        let error = fetcher.fetch(&named("ann_example")).await.unwrap_err();
        assert_eq!(error.kind(), connect, "{word}: nobody is signed out");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(&format!("{word}_MIGRATE")), "{cause}");
        assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
    }
    assert_eq!(fetcher.status().state, MtprotoState::Ready);
}

#[tokio::test]
async fn an_account_that_lives_elsewhere_is_followed_there() {
    let account = Account::bot("1:right").home(4).signed_out();
    let home = Home::signed_out(Options::default().account(account)).await;
    let other = home.dc.sibling(4).await;
    let id = home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let sign_in = async |token| {
        let builder = home.builder().data_center(2, home.dc.address().into(), Some(home.dc.key()));
        let builder = builder.data_center(4, other.address().into(), Some(other.key()));
        builder.login().await.unwrap().bot(token).await.unwrap();
    };
    sign_in("1:right").await;
    let fetcher = home.fetcher().await;
    other.fault(RESOLVE, Refusal::migrate("USER", 2), Times::Once);
    let answer = kind(fetcher.fetch(&named("ann_example")).await);
    assert_eq!(answer, unreachable(UnreachableReason::Connect), "nobody is signed in there");
    fetcher.fetch(&named("ann_example")).await.unwrap();
    assert_eq!((home.dc.count(FULL), other.count(FULL)), (0, 1), "the session at home goes on");
    drop(fetcher);
    // Another bot's log-in with the key that the session has of the other data centre.
    assert!(home.builder().logout().await.unwrap());
    home.dc.join(Account::bot("2:two").signed_out());
    sign_in("2:two").await;
    let session = MtprotoSession::open(home.store.database()).await.unwrap();
    session.forget().await.unwrap();
    sign_in("1:right").await;
    let fetcher = home.fetcher().await;
    other.fault(RESOLVE, Refusal::migrate("USER", 2), Times::Once);
    fetcher.fetch(&named("ann_example")).await.unwrap();
    fetcher.fetch(&numbered("ann_example", id)).await.unwrap();
    assert_eq!((home.dc.count(FULL), other.count(FULL)), (2, 1));
    drop(fetcher);
    let fetcher = home.fetcher().await;
    fetcher.fetch(&numbered("ann_example", id)).await.unwrap();
    assert_eq!((home.dc.count(FULL), other.count(FULL)), (3, 1), "also after a restart");
}

#[tokio::test]
async fn a_deleted_account_is_not_found_and_its_name_is_looked_up_again() {
    let (home, fetcher) = with_ann().await;
    let id = fetcher.fetch(&named("ann_example")).await.unwrap().profile.telegram_id;
    let target = named("ann_example").with_telegram_id(id.present().copied());
    home.dc.fault(FULL, Refusal::new(400, "INPUT_USER_DEACTIVATED"), Times::Count(2));
    assert_eq!(kind(fetcher.fetch(&target).await), FetchErrorKind::NotFound);
    assert_eq!(home.dc.count(RESOLVE), 1);
    assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
    assert_eq!(home.dc.count(RESOLVE), 2, "the name may be somebody else's by now");
}
