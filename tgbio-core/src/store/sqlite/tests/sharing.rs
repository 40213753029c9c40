//! Several stores on one file, as a command beside the server.

use super::*;
use crate::store::StoreError;
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_share_the_work_and_nobody_looks_twice() {
    let (_folder, path) = folder();
    let (one, two) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    for number in 0..60 {
        follow(if number % 2 == 0 { &one } else { &two }, &format!("someone{number}")).await;
    }
    let mut tasks = Vec::new();
    for store in [one.clone(), two.clone(), one, two] {
        tasks.push(tokio::spawn(async move {
            let mut done = Vec::new();
            loop {
                let claims = store.claim_due(at(1), 4, LEASE).await.unwrap();
                if claims.is_empty() {
                    return done;
                }
                for claim in claims {
                    store.commit(&claim, saw(&claim, "bio", at(1))).await.unwrap();
                    done.push(claim.record.id);
                }
            }
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (60, 60));
}

#[tokio::test]
async fn what_one_store_erases_is_gone_for_the_other() {
    let (_folder, path) = folder();
    let (one, two) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    let id = follow(&one, "someone").await;
    see(&two, id, 1, "bio").await;
    let claim = two.claim(id, at(2), LEASE).await.unwrap().unwrap();
    one.erase(id, true, at(2), &Actor::system()).await.unwrap();
    let late = two.commit(&claim, saw(&claim, "other", at(2))).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    assert!(two.opted_out(&Username::parse("someone").unwrap()).await.unwrap());
}

#[tokio::test]
async fn the_leases_of_a_closed_store_are_void() {
    let (folder, path) = folder();
    let one = SqliteStore::open(&path).unwrap();
    let id = follow(&one, "someone").await;
    assert_eq!(one.claim_due(at(1), 9, LEASE).await.unwrap().len(), 1);
    let two = SqliteStore::open(&path).unwrap();
    assert!(two.claim_due(at(1), 9, LEASE).await.unwrap().is_empty(), "its owner lives");
    assert!(two.claim(id, at(1), LEASE).await.unwrap().is_none());
    drop(one);
    assert_eq!(two.claim_due(at(1), 9, LEASE).await.unwrap().len(), 1);
    drop(two);
    assert_eq!(contents(folder.path()).len(), 1, "no lock is left behind");
}

#[tokio::test]
async fn what_a_dead_process_has_claimed_is_looked_at_although_more_is_due_than_can_be() {
    let (_folder, path) = folder();
    let one = SqliteStore::open(&path).unwrap();
    follow(&one, "first").await;
    follow(&one, "second").await;
    let claimed = one.claim_due(at(1), 1, LEASE).await.unwrap().remove(0).record.id;
    drop(one);
    let two = SqliteStore::open(&path).unwrap();
    let claims = two.claim_due(at(1), 1, LEASE).await.unwrap();
    assert_eq!(claims[0].record.id, claimed, "the longest due first, whoever had it");
}

#[tokio::test]
async fn the_wait_of_a_host_is_shared_and_outlives_the_process() {
    use crate::HostLimits;
    let (_folder, path) = folder();
    let (one, two) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    assert_eq!(one.not_before("t.me").await, None);
    one.hold_off("t.me", at(500), "http_429").await;
    two.hold_off("t.me", at(300), "http_5xx").await;
    assert_eq!(two.not_before("t.me").await, Some(at(500)));
    drop((one, two));
    let later = SqliteStore::open(&path).unwrap();
    let waits = later.host_waits().await.unwrap();
    assert_eq!((waits[0].not_before, waits[0].reason.as_str(), waits[0].strikes), (at(500), "http_429", 2));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_that_keeps_no_claim() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    for name in ["first_one", "second_one"] {
        follow(&store, name).await;
    }
    let conn = rusqlite::Connection::open(&path).unwrap();
    let damage = |presence: &str| {
        let sql = "UPDATE profile SET presence = ?1 WHERE username = 'second_one'";
        assert_eq!(conn.execute(sql, [presence]).unwrap(), 1);
    };
    damage("nonsense");
    let failed = store.claim_due(at(1), 9, LEASE).await.unwrap_err();
    assert!(matches!(&failed, StoreError::Damaged { path: of, .. } if *of == path), "{failed}");
    damage("unknown");
    assert_eq!(store.claim_due(at(2), 9, LEASE).await.unwrap().len(), 2);
}

#[tokio::test]
async fn of_many_the_longest_due_are_claimed_in_the_order_of_the_file() {
    let store = SqliteStore::in_memory().unwrap();
    let mut followed = Vec::new();
    for number in 0..200 {
        let new = NewProfile::new(Username::parse(&format!("someone{number}")).unwrap());
        let since = at(i64::from(number * 7 % 200));
        followed.push((since, store.follow(&new, since, &Actor::system()).await.unwrap().id));
    }
    let claimed = |claims: Vec<Claim>| claims.into_iter().map(|claim| claim.record.id).collect::<Vec<_>>();
    let longest = |range: std::ops::Range<i64>| {
        followed.iter().filter(move |(since, _)| *since >= at(range.start) && *since < at(range.end))
    };
    let many = claimed(store.claim_due(at(500), 150, LEASE).await.unwrap());
    assert_eq!(many, longest(0..150).map(|(_, id)| *id).collect::<Vec<_>>());
    let few = claimed(store.claim_due(at(500), 150, LEASE).await.unwrap());
    let mut late: Vec<_> = longest(150..200).collect();
    late.sort_unstable_by_key(|(since, _)| *since);
    assert_eq!(few, late.into_iter().map(|(_, id)| *id).collect::<Vec<_>>(), "few come as they are due");
}
