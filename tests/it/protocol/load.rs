//! Many at once.

use super::*;
use tgbio_testkit::dc::{Options, Profile, Stale, Truth};

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

#[tokio::test]
async fn a_stale_user_among_others() {
    let truth = Truth::new();
    let ids: Vec<i64> = ["ann_example", "bob_example"].map(|name| truth.set(Profile::user(name, "U"))).into();
    for (stale, left) in [(Stale::Refused, None), (Stale::LeftOut, Some(1)), (Stale::Empty, Some(2))] {
        let dc = Dc::start(&truth, Options::default().stale(stale)).await;
        let rig = rig(&dc);
        let id = vec![rig.input("ann_example").await, rig.input("bob_example").await];
        dc.change_access_hash(ids[0]);
        let answer = rig.ask(&functions::users::GetUsers { id }).await;
        match left {
            None => assert_eq!(refusal(answer).1, "USER_ID_INVALID"),
            Some(left) => {
                let mut users = answer.unwrap();
                assert_eq!(users.len(), left, "{stale:?}");
                assert!(matches!(users.pop(), Some(enums::User::User(bob)) if bob.id == ids[1]));
                let empty = users.pop();
                assert!(empty.is_none_or(|user| user == types::UserEmpty { id: ids[0] }.into()));
            }
        }
    }
}

#[test]
fn a_data_centre_on_a_thread_of_its_own_only_counts() {
    let truth = Truth::new();
    truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let dc = Dc::start_apart(&truth, Options::default(), 1).unwrap();
    dc.count_only(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert_eq!(rig(&dc).bio("ann_example").await.as_deref(), Some("one"));
    });
    assert_eq!((dc.count("users.getFullUser"), dc.calls().len()), (1, 0));
}
