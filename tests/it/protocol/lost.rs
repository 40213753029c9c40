//! Connections that break, stall or are refused, and answers that nobody can read.

use super::*;
use tgbio_testkit::dc::{Fault, On, Options, Profile, Times, Truth};

fn truth() -> Truth {
    let truth = Truth::new();
    truth.set(Profile::user("ann_example", "Ann").bio("one"));
    truth
}

#[tokio::test]
async fn a_broken_connection_is_made_again() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    for (i, fault) in [Fault::HangUp, Fault::HangUpAfter, Fault::CutFrame].into_iter().enumerate() {
        dc.fault("users.getFullUser", fault.clone(), Times::Once);
        let lost = rig.full(id.clone()).await;
        assert!(matches!(lost, Err(InvocationError::Io(_))), "{fault:?}: {lost:?}");
        assert!(rig.full(id.clone()).await.is_ok(), "{fault:?}");
        assert_eq!(dc.connections(), i as u64 + 2);
    }
    dc.fault("users.getFullUser", Fault::AnswerAndHangUp, Times::Once);
    assert!(rig.full(id.clone()).await.is_ok());
    dc.fault("users.getFullUser", Fault::BadChecksum, Times::Once);
    let mut lost = rig.full(id.clone()).await;
    if matches!(lost, Err(InvocationError::Io(_))) {
        // The client had not noticed the end before it asked.
        lost = rig.full(id.clone()).await;
    }
    assert!(matches!(lost, Err(InvocationError::Transport(_))), "{lost:?}");
    assert!(rig.full(id).await.is_ok());
}

#[tokio::test]
async fn answers_that_cannot_be_read() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    for fault in [Fault::UnknownConstructor, Fault::NewUser, Fault::CutAnswer] {
        dc.fault("users.getFullUser", fault.clone(), Times::Once);
        let lost = rig.full(id.clone()).await;
        assert!(matches!(lost, Err(InvocationError::Deserialize(_))), "{fault:?}: {lost:?}");
        assert!(rig.full(id.clone()).await.is_ok(), "{fault:?}");
    }
    assert_eq!(dc.connections(), 1);
}

#[tokio::test]
async fn silence_of_one_request_is_not_that_of_the_others() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    dc.fault("users.getFullUser", Fault::Silence, Times::Once);
    assert!(rig.in_vain(&functions::users::GetFullUser { id: id.clone() }).await);
    assert!(rig.full(id).await.is_ok());
    assert_eq!(dc.connections(), 1);
}

#[tokio::test]
async fn a_data_centre_that_accepts_and_says_nothing() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let fault = dc.fault(On::connecting(), Fault::Stall, Times::UntilReleased);
    let stalled = rig(&dc);
    assert!(stalled.in_vain(&functions::updates::GetState {}).await);
    assert_eq!((dc.connections(), dc.calls().len()), (1, 0));
    dc.release(fault);
    assert!(stalled.in_vain(&functions::updates::GetState {}).await, "the client waits on");
    assert!(rig_on(stalled.session.clone()).ask(&functions::updates::GetState {}).await.is_ok());
}

#[tokio::test]
async fn a_port_that_is_closed_for_a_while() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    dc.pause().await;
    assert_eq!(dc.open_connections(), 0);
    for _ in 0..2 {
        assert!(matches!(rig.full(id.clone()).await, Err(InvocationError::Io(_))));
    }
    dc.resume().await.unwrap();
    assert!(rig.full(id).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_unknown_needs_an_exchange_that_fails() {
    let dc = Dc::start(&truth(), Options::default()).await;
    dc.fault(On::connecting(), Fault::Transport(429), Times::Once);
    let state = functions::updates::GetState {};
    let crowded = rig(&dc).ask(&state).await;
    assert!(matches!(crowded, Err(InvocationError::Transport(_))), "{crowded:?}");
    dc.fault(On::connecting(), Fault::Transport(404), Times::Once);
    let unknown = rig(&dc).ask(&state).await;
    assert!(matches!(unknown, Err(InvocationError::Authentication(_))), "{unknown:?}");
    assert!(rig(&dc).ask(&state).await.is_ok());
    dc.forget_key(AccountId::FIRST);
    let before = dc.count("req_pq_multi");
    assert!(matches!(rig(&dc).ask(&state).await, Err(InvocationError::Authentication(_))));
    assert_eq!((before, dc.count("req_pq_multi")), (1, 2));
}

#[tokio::test]
async fn a_foreign_session_ends_the_client() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let mut rig = rig(&dc);
    let id = rig.input("ann_example").await;
    dc.fault("users.getFullUser", Fault::ForeignSession, Times::Once);
    assert!(rig.full(id.clone()).await.is_err());
    assert!((&mut rig.runner).await.unwrap_err().is_panic());
    assert!(matches!(rig.full(id.clone()).await, Err(InvocationError::Dropped(_))));
    assert!(rig_on(rig.session.clone()).full(id).await.is_ok());
}
