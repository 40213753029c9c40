//! Many at once.

use super::*;
use tgbio_testkit::dc::{Options, Profile, Truth};

#[tokio::test]
async fn a_hundred_users_in_one_call() {
    let truth = Truth::new();
    let ids: Vec<i64> = (0..100).map(|i| truth.set(Profile::user(&format!("user_{i:03}"), "U"))).collect();
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    let mut inputs = vec![];
    for i in 0..100 {
        inputs.push(rig.input(&format!("user_{i:03}")).await);
    }
    truth.update(ids[57], |user| user.name = "Changed".into());
    let users = rig.ask(&functions::users::GetUsers { id: inputs }).await.unwrap();
    let changed = users.iter().filter_map(|user| match user {
        enums::User::User(user) if user.first_name.as_deref() == Some("Changed") => Some(user.id),
        _ => None,
    });
    assert_eq!((users.len(), changed.collect::<Vec<_>>()), (100, vec![ids[57]]));
    assert_eq!((dc.count("users.getUsers"), dc.calls().last().unwrap().peers.clone()), (1, ids));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_fetches_at_once() {
    let truth = Truth::new();
    for i in 0..300 {
        truth.set(Profile::user(&format!("user_{i:03}"), "U").bio(&format!("bio {i}")));
    }
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = Arc::new(rig(&dc));
    let mut fetches = tokio::task::JoinSet::new();
    for i in 0..300 {
        let rig = rig.clone();
        fetches.spawn(async move { (i, rig.bio(&format!("user_{i:03}")).await) });
    }
    while let Some(fetched) = fetches.join_next().await {
        let (i, bio) = fetched.unwrap();
        assert_eq!(bio, Some(format!("bio {i}")));
    }
    assert_eq!((dc.count("users.getFullUser"), dc.connections()), (300, 1));
}
