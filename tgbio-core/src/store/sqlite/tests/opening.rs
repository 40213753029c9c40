//! Obstacles have their own errors, and the file stays as it was.

use super::*;
use crate::sources::Source;
use crate::store::StoreError;
use crate::store::sqlite::db;
use rusqlite::Connection;

/// Opens what stands there, expects an error, and that nothing was touched.
fn refused(folder: &Path, path: &Path) -> StoreError {
    let before = contents(folder);
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(contents(folder), before, "{error}");
    error
}

async fn used(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    let id = follow(&store, "someone").await;
    for seconds in 1..40 {
        see(&store, id, seconds, &format!("bio {seconds}")).await;
    }
}

#[tokio::test]
async fn a_closed_database_is_one_file() {
    let (folder, path) = folder();
    used(&path).await;
    let names: Vec<String> = contents(folder.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["tgbio.db"]);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.totals().await.unwrap().revisions, 39);
}

#[test]
fn what_is_no_database_is_damaged() {
    let (folder, path) = folder();
    for bytes in [b"hello".to_vec(), b"x".repeat(5000)] {
        std::fs::write(&path, bytes).unwrap();
        assert!(
            matches!(refused(folder.path(), &path), StoreError::Damaged { path: named, .. } if named == path)
        );
    }
}

#[tokio::test]
async fn a_cut_or_scrambled_file_is_damaged() {
    let (folder, path) = folder();
    used(&path).await;
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(folder.path(), &path), StoreError::Damaged { .. }));
    let mut scrambled = whole;
    scrambled[100..4096].fill(0xaa);
    std::fs::write(&path, &scrambled).unwrap();
    assert!(matches!(refused(folder.path(), &path), StoreError::Damaged { .. }));
}

#[test]
fn another_programs_database_is_foreign() {
    let (folder, path) = folder();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
    drop(conn);
    assert!(matches!(refused(folder.path(), &path), StoreError::Foreign { .. }));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA application_id = 77").unwrap();
    drop(conn);
    assert!(matches!(refused(folder.path(), &path), StoreError::Foreign { .. }));
}

#[tokio::test]
async fn a_newer_schema_is_newer() {
    let (folder, path) = folder();
    used(&path).await;
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99").unwrap();
    drop(conn);
    assert!(matches!(refused(folder.path(), &path), StoreError::Newer { found: 99, known: 5, .. }));
}

#[tokio::test]
async fn leases_of_the_second_schema_are_taken_over() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let (kept, erased) = (follow(&store, "someone").await, follow(&store, "another").await);
    let claims = store.claim_due(at(1), 9, LEASE).await.unwrap();
    assert_eq!(claims.len(), 2);
    let second = "PRAGMA foreign_keys = OFF; ALTER TABLE lease RENAME TO newer; \
        CREATE TABLE lease (profile INTEGER PRIMARY KEY REFERENCES profile (key) ON DELETE CASCADE, \
        token INTEGER NOT NULL, until_at INTEGER NOT NULL, owner TEXT NOT NULL) STRICT; \
        INSERT INTO lease SELECT * FROM newer; DROP TABLE newer; \
        DELETE FROM tgbio_schema_history WHERE version >= 3; PRAGMA user_version = 2";
    store.database().alone_blocking(move |conn| Ok(conn.execute_batch(second)?)).unwrap();
    let newer = SqliteStore::open(&path).unwrap();
    assert!(
        newer.claim_due(at(2), 9, LEASE).await.unwrap().is_empty(),
        "both are claimed by a living process"
    );
    newer.erase(erased, false, at(3), &Actor::system()).await.unwrap();
    let claim = claims.iter().find(|claim| claim.record.id == kept).unwrap();
    newer.commit(claim, saw(claim, "a bio", at(4))).await.unwrap();
    let leases =
        newer.read(|conn| Ok(conn.query_row("SELECT count(*) FROM lease", [], |row| row.get::<_, i64>(0))?));
    assert_eq!(leases.await.unwrap(), 0, "one was given back, and one went with its profile");
    assert_eq!(newer.revisions(kept, 0, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_backends_have_said_by_the_third_schema_is_taken_over() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let (same, other) = (follow(&store, "someone").await, follow(&store, "another").await);
    let damaged = follow(&store, "damaged").await;
    for id in [same, other, damaged] {
        let claim = store.claim(id, at(1), LEASE).await.unwrap().unwrap();
        let mut check = saw(&claim, "a bio", at(1));
        check.source =
            check.state.as_ref().map(|(state, by)| Box::new(Source::new(by, "p", at(1), state.clone())));
        store.commit(&claim, check).await.unwrap();
    }
    let said = [store.sources(same).await.unwrap(), store.sources(other).await.unwrap()];
    let third = "PRAGMA foreign_keys = OFF; ALTER TABLE source RENAME TO newer; \
        CREATE TABLE source (profile INTEGER NOT NULL REFERENCES profile (key) ON DELETE CASCADE, fetcher TEXT NOT NULL, \
        parser TEXT NOT NULL, observed_at INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (profile, fetcher)) \
        STRICT, WITHOUT ROWID; \
        INSERT INTO source SELECT n.profile, n.fetcher, n.parser, n.observed_at, p.state FROM newer n \
        JOIN profile p ON p.key = n.profile; DROP TABLE newer; \
        UPDATE source SET state = replace(state, 'a bio', 'another') WHERE profile = 2; \
        UPDATE profile SET state = 'no JSON' WHERE key = 3; \
        DELETE FROM tgbio_schema_history WHERE version >= 4; PRAGMA user_version = 3";
    store.database().alone_blocking(move |conn| Ok(conn.execute_batch(third)?)).unwrap();
    let newer = SqliteStore::open(&path).unwrap();
    assert_eq!(newer.sources(same).await.unwrap(), said[0]);
    let others = newer.sources(other).await.unwrap();
    assert_eq!(others[0].profile.bio.present().unwrap(), "another", "it stays as it was said");
    let apart = || async {
        let sql = "SELECT profile, state IS NOT NULL FROM source ORDER BY profile";
        let read = newer.read(move |conn| {
            let mut statement = conn.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<(i64, bool)>, _>>()?)
        });
        read.await.unwrap()
    };
    assert_eq!(apart().await, [(1, false), (2, true), (3, true)], "only what differs has its own");
    newer.erase(same, false, at(3), &Actor::system()).await.unwrap();
    assert_eq!(apart().await, [(2, true), (3, true)], "what was said goes with its profile");
}

/// Brings the tables into the form of the fourth schema.
pub(super) const FOURTH: &str = "DROP INDEX by_profile_name_current; \
    CREATE INDEX by_profile_name_current ON profile_name (name_key, from_at) WHERE until_at IS NULL; \
    DELETE FROM tgbio_schema_history WHERE version >= 5; PRAGMA user_version = 4";

#[tokio::test]
async fn a_database_of_the_fourth_schema_is_brought_up_to_date() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "a bio").await;
    store.database().alone_blocking(|conn| Ok(conn.execute_batch(FOURTH)?)).unwrap();
    let newer = SqliteStore::open(&path).unwrap();
    see(&newer, id, 2, "another").await;
    assert_eq!(newer.revisions(id, 0, 9).await.unwrap().len(), 2);
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'by_profile_name_current'";
    let index = newer.read(move |conn| Ok(conn.query_row(sql, [], |row| row.get::<_, String>(0))?));
    assert!(index.await.unwrap().contains("until_at)"));
    assert_eq!(newer.verify_chain().await.unwrap().broken, None);
}

#[tokio::test]
async fn what_was_tampered_with_by_the_fourth_schema_is_opened_and_named() {
    let (_folder, path) = folder();
    used(&path).await;
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(FOURTH).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM chain_link WHERE seq = 7").unwrap();
    drop(conn);
    let store = SqliteStore::open(&path).unwrap();
    let broken = store.verify_chain().await.unwrap().broken.unwrap();
    assert_eq!((broken.seq, broken.what), (8, "a link is missing"));
    let kept = store.database().alone_blocking(|conn| {
        Ok(conn.pragma_query_value(None, "foreign_keys", |row| row.get::<_, bool>(0))?)
    });
    assert!(kept.unwrap(), "references are looked at again");
}

#[tokio::test]
async fn a_locked_database_is_busy() {
    let (folder, path) = folder();
    used(&path).await;
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let mut options = crate::store::sqlite::options();
    options.busy_timeout = std::time::Duration::from_millis(20);
    let error = db::Database::open(&path, &options).unwrap_err();
    assert!(matches!(error, StoreError::Busy), "{error}");
    drop(conn);
    SqliteStore::open(&path).unwrap();
    drop(folder);
}

#[test]
fn a_missing_folder_is_named() {
    let (folder, path) = folder();
    let path = path.join("deeper/tgbio.db");
    assert!(matches!(refused(folder.path(), &path), StoreError::Unopened { .. }));
    assert!(matches!(refused(folder.path(), folder.path()), StoreError::Unopened { .. }));
}

#[test]
fn an_empty_file_is_a_new_database() {
    let (_folder, path) = folder();
    std::fs::write(&path, b"").unwrap();
    SqliteStore::open(&path).unwrap();
}

#[test]
fn two_that_open_a_new_file_at_once_both_succeed() {
    for _ in 0..20 {
        let (_folder, path) = folder();
        let open = || SqliteStore::open(&path).map(|_| ());
        let results = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
}

#[tokio::test]
async fn a_file_can_be_opened_only_to_read() {
    let (folder, path) = folder();
    used(&path).await;
    let before = contents(folder.path());
    let reader = SqliteStore::open_to_read(&path).unwrap();
    assert_eq!(reader.totals().await.unwrap().revisions, 39);
    assert!(reader.verify_chain().await.unwrap().broken.is_none());
    let id = reader.profile(&Username::parse("someone").unwrap().into()).await.unwrap().unwrap().id;
    let erased = reader.erase(id, false, at(99), &Actor::system()).await;
    assert!(matches!(erased, Err(StoreError::ReadOnly { path: named }) if named == path));
    assert_eq!(contents(folder.path()), before, "nothing was written, not even beside it");
}

#[tokio::test]
async fn a_reader_sees_what_a_writer_has_not_moved_into_the_file() {
    let (_folder, path) = folder();
    let writer = SqliteStore::open(&path).unwrap();
    let id = follow(&writer, "someone").await;
    see(&writer, id, 60, "a bio").await;
    let reader = SqliteStore::open_to_read(&path).unwrap();
    see(&writer, id, 120, "another bio").await;
    assert_eq!(reader.totals().await.unwrap().revisions, 2);
}

#[test]
fn what_is_not_there_is_not_made_by_a_reader() {
    let (folder, path) = folder();
    assert!(matches!(SqliteStore::open_to_read(&path), Err(StoreError::Unopened { .. })));
    assert!(contents(folder.path()).is_empty());
}
