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
    Some(CarriedOver { opted_out, erased, back })
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
