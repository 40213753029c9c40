//! Who has opted out does not come back with a backup.

use super::erasing::places;
use super::*;
use crate::store::sqlite::CarriedOver;
use crate::store::{ProfileKey, StoreError};

async fn followed(store: &SqliteStore, name: &str) -> ProfileId {
    let id = follow(store, name).await;
    see(store, id, 1, &format!("the bio of {name}")).await;
    id
}

fn carried(opted_out: u64, erased: u64, back: u64) -> Option<CarriedOver> {
    Some(CarriedOver { opted_out, erased, back, ..CarriedOver::default() })
}

async fn names(store: &SqliteStore) -> Vec<String> {
    let page = store.profiles(&crate::store::ProfileQuery::default()).await.unwrap();
    let mut names: Vec<String> = page.items.iter().map(|record| record.username.to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn who_has_opted_out_since_the_backup_stays_out() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let gone = followed(&store, "opted_out").await;
    let erased = followed(&store, "only_erased").await;
    followed(&store, "goes_on").await;
    let shelf = tempfile::tempdir().unwrap();
    let copy = shelf.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    store.erase(gone, true, at(9), &Actor::system()).await.unwrap();
    store.erase(erased, false, at(9), &Actor::system()).await.unwrap();
    drop(store);
    let restored = SqliteStore::restore(&copy, &path).unwrap();
    assert_eq!(restored.carried, carried(1, 1, 1));
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(names(&store).await, ["goes_on", "only_erased"]);
    let again = NewProfile::new(Username::parse("Opted_Out").unwrap());
    let refused = store.follow(&again, at(10), &Actor::system()).await;
    assert!(matches!(refused, Err(StoreError::OptedOut { .. })), "{refused:?}");
    assert_eq!(store.verify_chain().await.unwrap().broken, None);
    assert_eq!(store.check_integrity().await.unwrap(), [""; 0]);
    assert_eq!(places(folder.path(), "the bio of opted_out"), [""; 0]);
    drop(store);
    let again = SqliteStore::restore(&copy, &path).unwrap();
    assert_eq!(again.carried, carried(1, 1, 0), "also the next time: the list is in the database of now");
    std::fs::write(&path, "").unwrap();
    assert_eq!(SqliteStore::restore(&copy, &path).unwrap().carried, None, "an emptied file has no list");
}

/// The id tells who it was, whatever the name was when the backup was made.
#[tokio::test]
async fn who_was_renamed_before_opting_out_stays_out_as_well() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = followed(&store, "old_name").await;
    let shelf = tempfile::tempdir().unwrap();
    let copy = shelf.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let claim = store.claim(id, at(5), LEASE).await.unwrap().unwrap();
    let mut check = saw(&claim, "another bio", at(5));
    check.revisions[0].profile.username = Username::parse("new_name").unwrap();
    check.state = Some((check.revisions[0].profile.clone(), "test".into()));
    store.commit(&claim, check).await.unwrap();
    // Somebody else, who has the name now, goes on.
    let other = followed(&store, "old_name").await;
    store.erase(id, true, at(9), &Actor::system()).await.unwrap();
    assert!(store.profile(&ProfileKey::Id(other)).await.unwrap().is_some());
    drop(store);
    assert_eq!(SqliteStore::restore(&copy, &path).unwrap().carried, carried(1, 1, 0));
    assert_eq!(names(&SqliteStore::open(&path).unwrap()).await, [""; 0]);
}

/// Their names are hashed with another salt.
#[tokio::test]
async fn the_list_of_another_database_is_heeded_too() {
    let (_folder, path) = folder();
    let shelf = tempfile::tempdir().unwrap();
    let (copy, elsewhere) = (shelf.path().join("copy.db"), shelf.path().join("elsewhere.db"));
    let other = SqliteStore::open(&elsewhere).unwrap();
    followed(&other, "opted_out").await;
    followed(&other, "goes_on").await;
    other.backup(&copy).await.unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let id = followed(&store, "opted_out").await;
    store.erase(id, true, at(9), &Actor::system()).await.unwrap();
    drop(store);
    assert_eq!(SqliteStore::restore(&copy, &path).unwrap().carried, carried(1, 1, 0));
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(names(&store).await, ["goes_on"]);
    assert!(store.opted_out(&Username::parse("opted_out").unwrap()).await.unwrap());
    assert!(!store.opted_out(&Username::parse("goes_on").unwrap()).await.unwrap());
}

/// Overwrites a page of this kind that holds one of these texts and none of the others.
fn damage(path: &Path, kind: u8, holds: &[Vec<u8>], not: &[Vec<u8>]) {
    let mut bytes = std::fs::read(path).unwrap();
    let is_in = |page: &[u8], text: &[u8]| page.windows(text.len()).any(|window| window == text);
    let mut pages = bytes.chunks_mut(4096).skip(1);
    let any = |page: &[u8], texts: &[Vec<u8>]| texts.iter().any(|text| is_in(page, text));
    let wanted = |page: &&mut [u8]| page[0] == kind && any(page, holds) && !any(page, not);
    pages.find(wanted).unwrap().fill(0);
    std::fs::write(path, bytes).unwrap();
}

/// What is left of a damaged list is heeded, and that it is not whole is said.
#[tokio::test]
async fn as_much_of_a_damaged_list_is_heeded_as_can_be_read() {
    const NAMES: [&str; 3] = ["opted_out", "another_one", "goes_on"];
    let (_folder, path) = folder();
    let shelf = tempfile::tempdir().unwrap();
    let (copy, elsewhere) = (shelf.path().join("copy.db"), shelf.path().join("elsewhere.db"));
    let other = SqliteStore::open(&elsewhere).unwrap();
    for name in NAMES {
        followed(&other, name).await;
    }
    other.backup(&copy).await.unwrap();
    let store = SqliteStore::open(&path).unwrap();
    for name in &NAMES[..2] {
        let id = followed(&store, name).await;
        store.erase(id, true, at(9), &Actor::system()).await.unwrap();
    }
    drop(store);
    let conn = rusqlite::Connection::open(&path).unwrap();
    let hashes = |sql: &str| -> Vec<Vec<u8>> {
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let theirs = hashes("SELECT name_hash FROM opt_out");
    conn.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) \
        INSERT INTO opt_out SELECT randomblob(32), 1 FROM n; \
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) \
        INSERT INTO audit_log (at, actor, action) SELECT 1, 'somebody', 'filler' FROM n",
    )
    .unwrap();
    let middle = hashes("SELECT name_hash FROM opt_out ORDER BY name_hash LIMIT 300, 300");
    drop(conn);
    let (index_leaf, table_leaf) = (10, 13);
    damage(&path, index_leaf, &middle, &theirs);
    damage(&path, table_leaf, &[b"somebodyfiller".to_vec()], &[b"profile.erase".to_vec()]);
    let carried = SqliteStore::restore(&copy, &path).unwrap().carried.unwrap();
    assert!(carried.opted_out > 500 && carried.erased == 2, "{carried:?}");
    assert!(carried.names_lost && carried.erased_lost, "{carried:?}");
    assert_eq!(names(&SqliteStore::open(&path).unwrap()).await, ["goes_on"]);
}
