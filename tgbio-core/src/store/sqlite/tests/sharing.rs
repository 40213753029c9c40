//! Several stores on one file, as a command beside the server.

use super::*;
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
    assert!(matches!(late, Err(crate::store::StoreError::Conflict)));
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
