//! Odd but right: packed, contained, late, overtaken, and with a salt that changed.

use super::*;
use tgbio_testkit::dc::{Fault, Options, Profile, Times, Truth};

fn truth() -> Truth {
    let truth = Truth::new();
    truth.set(Profile::user("ann_example", "Ann").bio("one"));
    truth
}

#[tokio::test]
async fn answers_in_every_wrapping() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    for fault in [Fault::Gzip, Fault::Container, Fault::BadSalt, Fault::Delay(SHORT / 10)] {
        let before = dc.count("users.getFullUser");
        dc.fault("users.getFullUser", fault.clone(), Times::Once);
        assert_eq!(rig.full(id.clone()).await.unwrap().0.about.as_deref(), Some("one"), "{fault:?}");
        let asked = dc.count("users.getFullUser") - before;
        assert_eq!(asked, if fault == Fault::BadSalt { 2 } else { 1 }, "{fault:?}");
    }
    assert_eq!(dc.connections(), 1);
}

#[tokio::test]
async fn requests_may_be_packed_too() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    let users = rig.ask(&functions::users::GetUsers { id: vec![id; 100] }).await.unwrap();
    assert_eq!(users.len(), 100);
}

#[tokio::test]
async fn salts_are_learnt_and_learnt_again() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    assert_eq!(rig.bio("ann_example").await.as_deref(), Some("one"));
    assert_eq!((dc.count("get_future_salts"), dc.count("help.getConfig")), (1, 1));
    dc.change_salts();
    assert_eq!(rig.bio("ann_example").await.as_deref(), Some("one"));
    assert_eq!((dc.count("get_future_salts"), dc.connections()), (2, 1));
    let easy = Dc::start(&truth(), Options::default().any_salt()).await;
    assert_eq!(super::rig(&easy).bio("ann_example").await.as_deref(), Some("one"));
    assert_eq!(easy.count("get_future_salts"), 0);
}

#[tokio::test]
async fn answers_overtake_each_other() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    for first in [Fault::Hold, Fault::AfterNext] {
        let fault = dc.fault("users.getFullUser", first.clone(), Times::Once);
        let full = functions::users::GetFullUser { id: id.clone() };
        let mut late = std::pin::pin!(rig.client.invoke(&full));
        assert!(tokio::time::timeout(SHORT, &mut late).await.is_err());
        assert!(rig.ask(&functions::users::GetUsers { id: vec![id.clone()] }).await.is_ok());
        dc.release(fault);
        assert!(tokio::time::timeout(LONG, late).await.unwrap().is_ok(), "{first:?}");
    }
}

#[tokio::test]
async fn pings_are_answered() {
    let dc = Dc::start(&truth(), Options::default()).await;
    let rig = rig(&dc);
    for ping_id in [1, i64::MAX] {
        let enums::Pong::Pong(pong) = rig.ask(&functions::Ping { ping_id }).await.unwrap();
        assert_eq!(pong.ping_id, ping_id);
        let ping = functions::PingDelayDisconnect { ping_id, disconnect_delay: 75 };
        let enums::Pong::Pong(pong) = rig.ask(&ping).await.unwrap();
        assert_eq!(pong.ping_id, ping_id);
    }
    assert_eq!((dc.count("ping"), dc.count("ping_delay_disconnect")), (2, 2));
}
