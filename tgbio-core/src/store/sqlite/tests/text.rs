//! The text index beyond its queue.

use super::*;
use crate::store::ProfileQuery;

#[tokio::test]
async fn what_is_indexed_and_what_waits_are_found_alike() {
    let store = SqliteStore::in_memory().unwrap();
    let mut ids = Vec::new();
    for number in 0..600 {
        let id = follow(&store, &format!("someone{number}")).await;
        see(&store, id, 1, &format!("needle number {number} in the hay")).await;
        see(&store, id, 2, &format!("another needle {number}")).await;
        ids.push(id);
    }
    let (done, waiting) = store
        .read(|conn| {
            let waiting: i64 = conn.query_row(
                "SELECT count(*) FROM revision WHERE seq > (SELECT value FROM meta WHERE name = 'indexed_to')",
                [],
                |row| row.get(0),
            )?;
            Ok((crate::store::sqlite::text::indexed_to(conn)?, waiting))
        })
        .await
        .unwrap();
    assert!(done > 0 && waiting > 0 && waiting <= 1088, "{done} {waiting}");
    for number in [0, 77, 599] {
        let hits = store.search(&format!("NEEDLE number {number} in"), 9).await.unwrap();
        assert_eq!((hits.len(), hits[0].profile_id, hits[0].revision), (1, ids[number], 1));
    }
    assert_eq!(store.search("needle", 2000).await.unwrap().len(), 1200);
    let named = |text: &str| ProfileQuery { text: Some(text.into()), limit: 500, ..ProfileQuery::default() };
    assert_eq!(store.profiles(&named("one14")).await.unwrap().items.len(), 11);
    assert_eq!(store.profiles(&named("eone3")).await.unwrap().items.len(), 111);
    for id in &ids[..590] {
        store.erase(*id, false, at(9), &Actor::system()).await.unwrap();
    }
    assert_eq!(store.search("needle", 1000).await.unwrap().len(), 20);
    assert_eq!(store.profiles(&named("someone")).await.unwrap().items.len(), 10);
}

#[tokio::test]
async fn a_name_that_many_have_is_walked_and_paged() {
    let store = SqliteStore::in_memory().unwrap();
    for number in 0..1200 {
        follow(&store, &format!("common{number}")).await;
    }
    for order in [crate::store::Order::Followed, crate::store::Order::Username] {
        let mut query =
            ProfileQuery { text: Some("ommo".into()), limit: 100, order, ..ProfileQuery::default() };
        let mut found = 0;
        loop {
            let page = store.profiles(&query).await.unwrap();
            found += page.items.len();
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, 1200);
    }
}
