//! Files that vanish while they are in use, or before the program is started again: nothing acknowledged goes with them.

use std::fs;

use super::*;
use crate::store::StoreError;
use crate::store::sqlite::db::copying::beside;

async fn is_followed(store: &SqliteStore, name: &str) -> bool {
    store.profile(&Username::parse(name).unwrap().into()).await.unwrap().is_some()
}

/// What would be written after that were gone with the process.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_while_the_log_is_gone() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "before").await;
    for end in ["-wal", "-shm"] {
        let (log, away) = (beside(&path, end), beside(&path, ".away"));
        fs::rename(&log, &away).unwrap();
        let new = NewProfile::new(Username::parse("meanwhile").unwrap());
        let refused = store.follow(&new, at(1), &Actor::system()).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Vanished { path } if *path == log), "{refused}");
        fs::rename(&away, &log).unwrap();
        follow(&store, &format!("after{}", end.replace('-', "_"))).await;
    }
    fs::remove_file(beside(&path, "-wal")).unwrap();
    fs::remove_file(beside(&path, "-shm")).unwrap();
    let refused = store.audit(at(2), &Actor::system(), "test", None).await;
    assert!(matches!(refused, Err(StoreError::Vanished { .. })), "{refused:?}");
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    for (name, kept) in [("before", true), ("after_wal", true), ("after_shm", true), ("meanwhile", false)] {
        assert_eq!(is_followed(&store, name).await, kept, "{name}");
    }
    assert!(store.verify_chain().await.unwrap().broken.is_none());
}

/// SQLite would begin a new file and throw the log of the old one away.
#[tokio::test]
async fn a_log_whose_file_is_gone_is_kept_until_that_is_back() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "only_in_the_log").await;
    let left = folder.path().join("left");
    fs::create_dir(&left).unwrap();
    let copy = left.join("tgbio.db");
    fs::copy(beside(&path, "-wal"), beside(&copy, "-wal")).unwrap();
    for empty in [false, true] {
        if empty {
            fs::write(&copy, b"").unwrap();
        }
        let before = contents(&left);
        for error in [SqliteStore::open(&copy).unwrap_err(), SqliteStore::open_to_read(&copy).unwrap_err()] {
            assert!(matches!(error, StoreError::Unopened { .. }), "{error}");
            assert!(error.to_string().contains("put the file back"), "{error}");
        }
        assert_eq!(contents(&left), before);
    }
    fs::copy(&path, &copy).unwrap();
    assert!(is_followed(&SqliteStore::open(&copy).unwrap(), "only_in_the_log").await);
}

/// Whoever puts another file in the place of one that is in use, and starts the program again as it asks for.
#[cfg(unix)]
#[tokio::test]
async fn the_log_of_a_replaced_file_is_not_taken_for_that_of_the_new_one() {
    let (folder, path) = folder();
    let (other, away) = (folder.path().join("other.db"), folder.path().join("away.db"));
    let store = SqliteStore::open(&other).unwrap();
    for number in 0..40 {
        follow(&store, &format!("another_{number}")).await;
    }
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "before").await;
    fs::rename(&path, &away).unwrap();
    fs::copy(&other, &path).unwrap();
    drop(store);
    for (file, name, not) in [(&path, "another_39", "before"), (&away, "before", "another_39")] {
        let store = SqliteStore::open(file).unwrap();
        assert_eq!(store.check_integrity().await.unwrap(), [""; 0], "{}", file.display());
        assert!(is_followed(&store, name).await && !is_followed(&store, not).await, "{}", file.display());
    }
}

/// What was acknowledged is in the log only: SQLite would move it into the file that goes with the process.
#[cfg(unix)]
#[tokio::test]
async fn the_log_of_a_deleted_file_is_kept_when_the_program_stops() {
    let (folder, path) = folder();
    let (saved, other) = (folder.path().join("saved.db"), folder.path().join("other.db"));
    drop(SqliteStore::open(&other).unwrap());
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "only_in_the_log").await;
    // As a move to another disk does it.
    fs::copy(&path, &saved).unwrap();
    fs::remove_file(&path).unwrap();
    store.database().truncate_log().await.unwrap_err();
    let log = fs::read(beside(&path, "-wal")).unwrap();
    assert!(!log.is_empty());
    drop(store);
    assert_eq!(fs::read(beside(&path, "-wal")).unwrap(), log);
    let error = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(error.contains("put the file back"), "{error}");
    fs::copy(&saved, &path).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert!(is_followed(&store, "only_in_the_log").await);

    // It comes back before the program stops.
    follow(&store, "later").await;
    fs::copy(&path, &saved).unwrap();
    fs::remove_file(&path).unwrap();
    fs::copy(&saved, &path).unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert!(is_followed(&store, "later").await);

    // Another file comes: the log is not its own, and whole where it is set aside.
    follow(&store, "latest").await;
    fs::copy(&path, &saved).unwrap();
    fs::remove_file(&path).unwrap();
    fs::copy(&other, &path).unwrap();
    let log = fs::read(beside(&path, "-wal")).unwrap();
    drop(store);
    assert!(!is_followed(&SqliteStore::open(&path).unwrap(), "latest").await);
    let aside = |name: &str| name.contains(".before-") && name.ends_with("-wal");
    let kept = contents(folder.path()).into_iter().find(|(name, _)| aside(name)).unwrap();
    assert_eq!(kept.1, log);
    let found = folder.path().join("found.db");
    fs::copy(&saved, &found).unwrap();
    fs::write(beside(&found, "-wal"), kept.1).unwrap();
    assert!(is_followed(&SqliteStore::open(&found).unwrap(), "latest").await);
}
