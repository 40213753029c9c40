//! Backups and restoring.

use super::erasing::places;
use super::opening::FOURTH;
use super::*;
use crate::store::StoreError;

#[tokio::test]
async fn a_backup_is_made_while_writing_and_restored_when_nobody_uses_the_file() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "first").await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert!(matches!(store.backup(&copy).await, Err(StoreError::Unopened { .. })), "nothing is overwritten");
    see(&store, id, 2, "second").await;
    let used = SqliteStore::restore(&copy, &path);
    assert!(matches!(used, Err(StoreError::Busy)), "{used:?}");
    assert_eq!(store.totals().await.unwrap().revisions, 2);
    drop(store);
    let before = SqliteStore::restore(&copy, &path).unwrap().before.unwrap();
    let old = SqliteStore::open(&before).unwrap();
    assert_eq!(old.totals().await.unwrap().revisions, 2, "the one before is kept");
    assert!(!folder.path().join("tgbio.db-wal").exists());
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.totals().await.unwrap().revisions, 1);
    assert_eq!(store.search("first", 9).await.unwrap().len(), 1);
    assert!(store.verify_chain().await.unwrap().broken.is_none());
    assert!(store.file_sizes().file > 0);
}

#[tokio::test]
async fn a_damaged_or_foreign_backup_is_refused_and_the_database_stays() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "a bio that is changed in the copy").await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    drop(store);
    let conn = rusqlite::Connection::open(&copy).unwrap();
    conn.execute_batch("UPDATE revision SET content = replace(content, 'changed', 'CHANGED')").unwrap();
    drop(conn);
    let before = contents(folder.path());
    assert!(matches!(SqliteStore::restore(&copy, &path), Err(StoreError::Damaged { .. })));
    assert_eq!(contents(folder.path()), before);
    for (file, refused) in [("no database", "damaged"), ("", "it is empty")] {
        std::fs::write(&copy, file).unwrap();
        let error = SqliteStore::restore(&copy, &path).unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
    assert!(matches!(SqliteStore::restore(folder.path().join("x"), &path), Err(StoreError::Unopened { .. })));
    SqliteStore::open(&path).unwrap();
}

/// They would run with every write, or stand in the place of a table.
#[tokio::test]
async fn a_trigger_or_a_view_is_noticed_and_not_restored() {
    for added in [
        "CREATE TRIGGER t AFTER INSERT ON audit_log BEGIN DELETE FROM opt_out; END",
        "CREATE VIEW v AS SELECT 1",
    ] {
        let (folder, path) = folder();
        let store = SqliteStore::open(&path).unwrap();
        let id = follow(&store, "someone").await;
        see(&store, id, 1, "a bio").await;
        assert_eq!(store.verify_chain().await.unwrap().broken, None);
        let copy = folder.path().join("copy.db");
        store.backup(&copy).await.unwrap();
        drop(store);
        rusqlite::Connection::open(&copy).unwrap().execute_batch(added).unwrap();
        let error = SqliteStore::restore(&copy, &path).unwrap_err();
        assert!(matches!(&error, StoreError::Damaged { path, .. } if *path == copy), "{error}");
        let broken = SqliteStore::open(&copy).unwrap().verify_chain().await.unwrap().broken.unwrap();
        assert!(broken.beside && broken.what.contains("a trigger or a view"), "{broken}");
    }
}

#[tokio::test]
async fn a_backup_of_before_is_brought_up_to_date_and_verified() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "first").await;
    see(&store, id, 2, "second").await;
    let told = store.revisions(id, 0, 9).await.unwrap();
    let (copy, tampered) = (folder.path().join("copy.db"), folder.path().join("tampered.db"));
    store.backup(&copy).await.unwrap();
    drop(store);
    rusqlite::Connection::open(&copy).unwrap().execute_batch(FOURTH).unwrap();
    std::fs::copy(&copy, &tampered).unwrap();
    let unread = SqliteStore::open_to_read(&copy).unwrap_err().to_string();
    assert!(unread.contains("a version of before has written it"), "{unread}");
    let conn = rusqlite::Connection::open(&tampered).unwrap();
    conn.execute_batch("UPDATE revision SET content = replace(content, 'second', 'SECOND')").unwrap();
    drop(conn);
    let before = contents(folder.path());
    let refused = SqliteStore::restore(&tampered, &path).unwrap_err();
    assert!(matches!(&refused, StoreError::Damaged { path, .. } if *path == tampered), "{refused}");
    assert_eq!(contents(folder.path()), before);
    let (elsewhere, path) = super::folder();
    SqliteStore::restore(&copy, &path).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.revisions(id, 0, 9).await.unwrap(), told);
    assert_ne!(places(elsewhere.path(), "second"), [""; 0]);
    store.erase(id, false, at(9), &Actor::system()).await.unwrap();
    assert_eq!(places(elsewhere.path(), "second"), [""; 0], "what is erased later is nowhere");
}

/// What people and programs are told is verified like the chain.
#[tokio::test]
async fn a_backup_that_tells_another_history_is_refused() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "first").await;
    see(&store, id, 2, "second").await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    drop(store);
    let conn = rusqlite::Connection::open(&copy).unwrap();
    conn.execute_batch("UPDATE change_log SET after = '\"third\"'").unwrap();
    drop(conn);
    let error = SqliteStore::restore(&copy, &path).unwrap_err();
    assert!(matches!(&error, StoreError::Damaged { why, .. } if why.contains("change log")), "{error}");
    assert_eq!(SqliteStore::open(&path).unwrap().totals().await.unwrap().revisions, 2);
}

/// A backup may lie where nothing can be written, also one that was opened since.
#[tokio::test]
async fn restoring_leaves_the_backup_and_its_folder_as_they_were() {
    let (folder, path) = folder();
    let (shelf, file) = (folder.path().join("shelf"), folder.path().join("shelf/copy.db"));
    std::fs::create_dir(&shelf).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "someone").await;
    store.backup(&file).await.unwrap();
    drop(store);
    drop(SqliteStore::open(&file).unwrap());
    let before = contents(&shelf);
    let kept = SqliteStore::restore(&file, &path).unwrap().before.unwrap();
    assert_eq!(contents(&shelf), before);
    let kept = kept.file_name().unwrap().to_str().unwrap().to_owned();
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["shelf", "tgbio.db", &kept], "one file for each database");
}

/// It may be all that is left of what was acknowledged, until its file is found.
#[tokio::test]
async fn the_log_of_a_database_that_is_gone_is_set_aside() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    follow(&store, "only_in_the_log").await;
    let left = folder.path().join("left");
    std::fs::create_dir(&left).unwrap();
    let log = std::fs::read(format!("{}-wal", path.display())).unwrap();
    std::fs::write(left.join("tgbio.db-wal"), &log).unwrap();
    let restored = SqliteStore::restore(&copy, left.join("tgbio.db")).unwrap();
    assert_eq!(restored.carried, None);
    let aside = contents(&left).into_iter().find(|(name, _)| name.ends_with("-wal")).unwrap();
    assert!(aside.0.starts_with("tgbio.db.before-") && aside.1 == log, "{}", aside.0);
    assert_eq!(restored.before, Some(left.join(aside.0)), "and it is said where it is");
    assert_eq!(SqliteStore::open(left.join("tgbio.db")).unwrap().totals().await.unwrap().profiles, 0);
}

#[tokio::test]
async fn a_damaged_database_can_be_replaced() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    follow(&store, "someone").await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    drop(store);
    std::fs::write(&path, b"rubbish").unwrap();
    let restored = SqliteStore::restore(&copy, &path).unwrap();
    assert_eq!(restored.carried, None, "it does not say who has opted out");
    assert_eq!(SqliteStore::open(&path).unwrap().totals().await.unwrap().profiles, 1);
}

/// What a process that was killed left in the log belongs to the database that is replaced, and to no other.
#[tokio::test]
async fn the_log_of_a_killed_process_goes_along_with_the_old_database() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "in the backup").await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    see(&store, id, 2, "only in the log").await;
    let left = folder.path().join("left");
    std::fs::create_dir(&left).unwrap();
    for end in ["", "-wal"] {
        std::fs::copy(format!("{}{end}", path.display()), left.join(format!("tgbio.db{end}"))).unwrap();
    }
    let killed = left.join("tgbio.db");
    let before = SqliteStore::restore(&copy, &killed).unwrap().before.unwrap();
    assert_eq!(SqliteStore::open(&killed).unwrap().totals().await.unwrap().revisions, 1);
    assert_eq!(SqliteStore::open(&before).unwrap().totals().await.unwrap().revisions, 2);
}

#[tokio::test]
async fn a_newer_or_another_programs_backup_is_refused() {
    let (folder, path) = folder();
    drop(SqliteStore::open(&path).unwrap());
    let copy = folder.path().join("copy.db");
    for (sql, newer) in [("PRAGMA user_version = 99", true), ("PRAGMA application_id = 7", false)] {
        std::fs::copy(&path, &copy).unwrap();
        let conn = rusqlite::Connection::open(&copy).unwrap();
        conn.execute_batch(sql).unwrap();
        drop(conn);
        let before = contents(folder.path());
        let refused = SqliteStore::restore(&copy, &path).unwrap_err();
        assert_eq!(matches!(refused, StoreError::Newer { .. }), newer, "{refused}");
        assert_eq!(matches!(refused, StoreError::Foreign { .. }), !newer, "{refused}");
        assert_eq!(contents(folder.path()), before);
    }
}

/// They may hold the key of an account.
#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_a_copy() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let rights = |path: &Path| metadata(path).unwrap().permissions().mode() & 0o777;
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    for end in ["", "-wal", "-shm"] {
        let file = path.with_file_name(format!("{}{end}", path.file_name().unwrap().to_str().unwrap()));
        assert_eq!(rights(&file), 0o600, "a new database: {}", file.display());
    }
    set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(rights(&copy), 0o600);
    drop(store);
    set_permissions(&copy, Permissions::from_mode(0o644)).unwrap();
    let before = SqliteStore::restore(&copy, &path).unwrap().before.unwrap();
    assert_eq!((rights(&path), rights(&before)), (0o600, 0o600));
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(rights(&path), 0o600, "whoever opens it leaves it so");
}
