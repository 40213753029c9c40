//! Tests of the kept session: what the library may change and what not.

use grammers_client::session::Session;
use grammers_client::session::types::{
    ChannelState, DcOption, PeerAuth, PeerId, PeerInfo, UpdateState, UpdatesState,
};
use tgbio_core::store::sqlite::db::{Database, Options};

use super::*;

fn database() -> Database {
    Database::in_memory(&Options::new(1)).unwrap()
}

async fn kept(database: &Database) -> KeptSession {
    KeptSession::load(Tables::open(database.clone()).await.unwrap()).await.unwrap()
}

fn option(kept: &KeptSession, id: i32) -> DcOption {
    kept.dc_option(id).unwrap().unwrap()
}

#[tokio::test]
async fn a_new_session_knows_the_built_in_data_centres() {
    let kept = kept(&database()).await;
    let home = kept.home_dc_id().unwrap();
    assert!((1..=5).all(|id| option(&kept, id).auth_key.is_none()));
    assert_eq!(option(&kept, home).ipv4.port(), 443);
    assert_eq!(kept.dc_option(99).unwrap(), None);
    assert!(!kept.has_key());
}

#[tokio::test]
async fn a_new_key_is_kept_and_never_replaced() {
    let database = database();
    let session = kept(&database).await;
    let mut two = option(&session, 2);
    two.auth_key = Some([1; 256]);
    session.set_dc_option(&two).await.unwrap();
    session.set_dc_option(&two).await.unwrap();
    two.auth_key = Some([2; 256]);
    assert!(matches!(session.set_dc_option(&two).await, Err(SessionError::KeyRefused)));
    two.auth_key = None;
    session.set_dc_option(&two).await.unwrap();
    for session in [session, kept(&database).await] {
        assert_eq!(option(&session, 2).auth_key, Some([1; 256]));
        assert!(session.has_key());
    }
}

#[tokio::test]
async fn told_addresses_are_taken_over_and_given_ones_stay() {
    let database = database();
    let session = kept(&database).await;
    let here = "127.0.0.1:4430".parse().unwrap();
    let log_in = LogIn { home_dc: 3, ..session.log_in() };
    session.replace(log_in, HashMap::from([(3, pinned(here, Some([3; 256])))])).await.unwrap();
    for id in [3, 4] {
        let mut told = option(&session, id);
        told.ipv4 = "10.0.0.1:80".parse().unwrap();
        session.set_dc_option(&told).await.unwrap();
    }
    for session in [session, kept(&database).await] {
        assert_eq!(option(&session, 3).ipv4.to_string(), "127.0.0.1:4430");
        assert_eq!(option(&session, 4).ipv4.to_string(), "10.0.0.1:80");
        assert_eq!(session.home_dc_id().unwrap(), 3);
    }
}

#[tokio::test]
async fn home_and_updates_are_kept() {
    let database = database();
    let session = kept(&database).await;
    session.set_home_dc_id(4).await.unwrap();
    let channels = vec![ChannelState { id: 9, pts: 8 }];
    let all = UpdatesState { pts: 1, qts: 2, date: 3, seq: 4, channels };
    session.set_update_state(UpdateState::All(all)).await.unwrap();
    session.set_update_state(UpdateState::Secondary { qts: 7 }).await.unwrap();
    session.set_update_state(UpdateState::Channel { id: 9, pts: 10 }).await.unwrap();
    assert_eq!(session.updates_state().await.unwrap().channels, [ChannelState { id: 9, pts: 10 }]);
    let again = kept(&database).await;
    let state = again.updates_state().await.unwrap();
    assert_eq!((again.home_dc_id().unwrap(), state.pts, state.qts, state.seq), (4, 1, 7, 4));
}

#[tokio::test]
async fn the_library_finds_the_account_itself() {
    let session = kept(&database()).await;
    let me = |auth, bot| PeerInfo::User { id: 5, auth, bot, is_self: Some(true) };
    session.cache_peer(me(Some(PeerAuth::from_hash(6)), None)).await.unwrap();
    session.cache_peer(me(None, Some(true))).await.unwrap();
    let found = session.peer(PeerId::self_user()).await.unwrap();
    assert_eq!(found, Some(me(Some(PeerAuth::from_hash(6)), Some(true))));
}
