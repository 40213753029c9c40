//! Errors on order, and whom they meet.

use super::*;
use tgbio_testkit::dc::{On, Options, Profile, Refusal, Times, Truth};

fn truth() -> Truth {
    let truth = Truth::new();
    truth.set(Profile::user("ann_example", "Ann").bio("one"));
    truth.set(Profile::user("bob_example", "Bob").bio("two"));
    truth
}

#[tokio::test]
async fn every_error_reaches_the_client_and_passes() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    let cases = [
        (Refusal::flood_wait(31), (420, "FLOOD_WAIT", Some(31))),
        (Refusal::flood_wait_without_value(), (420, "FLOOD_WAIT", None)),
        (Refusal::premium_wait(7), (420, "FLOOD_PREMIUM_WAIT", Some(7))),
        (Refusal::frozen(), (420, "FROZEN_METHOD_INVALID", None)),
        (Refusal::migrate("NETWORK", 4), (303, "NETWORK_MIGRATE", Some(4))),
        (Refusal::internal(), (500, "INTERNAL", None)),
        (Refusal::unregistered(), (401, "AUTH_KEY_UNREGISTERED", None)),
        (Refusal::revoked(), (401, "SESSION_REVOKED", None)),
        (Refusal::deactivated(), (401, "USER_DEACTIVATED", None)),
        (Refusal::banned(), (401, "USER_DEACTIVATED_BAN", None)),
        (Refusal::duplicated(), (406, "AUTH_KEY_DUPLICATED", None)),
    ];
    for (error, (code, name, value)) in cases {
        dc.fault("users.getFullUser", error.clone(), Times::Once);
        assert_eq!(refusal(rig.full(id.clone()).await), (code, name.into(), value));
        assert_eq!(dc.calls().last().unwrap().fault, Some(error.into()));
        assert!(rig.full(id.clone()).await.is_ok());
    }
}

#[tokio::test]
async fn a_fault_meets_only_what_it_is_for() {
    let truth = truth();
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    let (ann, bob) = (rig.input("ann_example").await, rig.input("bob_example").await);
    let of_ann = On::everything().of(truth.id_of("ann_example").unwrap());
    let fault = dc.fault(of_ann, Refusal::internal(), Times::UntilReleased);
    for _ in 0..3 {
        assert_eq!(refusal(rig.full(ann.clone()).await).1, "INTERNAL");
        assert!(rig.full(bob.clone()).await.is_ok());
    }
    dc.release(fault);
    assert!(rig.full(ann.clone()).await.is_ok());
    dc.fault(
        On::method("contacts.resolveUsername").named("@Ann_Example"),
        Refusal::frozen(),
        Times::Count(1),
    );
    assert!(rig.resolve("bob_example").await.is_ok());
    assert_eq!(refusal(rig.resolve("ann_example").await).1, "FROZEN_METHOD_INVALID");
    dc.fault(
        On::everything().by(AccountId::FIRST).in_connection(2),
        Refusal::internal(),
        Times::UntilReleased,
    );
    assert!(rig.full(ann.clone()).await.is_ok());
    let again = super::rig(&dc);
    assert_eq!(refusal(again.full(ann.clone()).await).1, "INTERNAL");
    dc.clear_faults();
    assert!(again.full(ann).await.is_ok());
}

#[tokio::test]
async fn a_session_that_was_ended_stays_ended() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    assert!(rig.client.is_authorized().await.unwrap());
    dc.end_session(AccountId::FIRST, "SESSION_REVOKED");
    for _ in 0..2 {
        assert_eq!(refusal(rig.resolve("ann_example").await), (401, "SESSION_REVOKED".into(), None));
    }
    assert!(!rig.client.is_authorized().await.unwrap() && !dc.logged_in(AccountId::FIRST));
}

#[tokio::test]
async fn a_limit_is_felt_and_impatience_is_noticed() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    dc.limit("contacts.resolveUsername", 2, Duration::from_secs(3_600));
    for _ in 0..2 {
        assert!(rig.resolve("ann_example").await.is_ok());
    }
    let id = rig.resolve("bob_example").await;
    assert_eq!(refusal(id), (420, "FLOOD_WAIT".into(), Some(3_600)));
    assert!(rig.client.is_authorized().await.unwrap(), "other methods go on");
    assert_eq!(dc.early_calls(), 0);
    assert_eq!(refusal(rig.resolve("ann_example").await).1, "FLOOD_WAIT");
    assert_eq!((dc.early_calls(), dc.calls().last().unwrap().early), (1, true));
    dc.clear_faults();
    assert!(rig.resolve("bob_example").await.is_ok(), "the wait is over for the server");
    assert_eq!(dc.early_calls(), 2, "but nobody told the client");
}
