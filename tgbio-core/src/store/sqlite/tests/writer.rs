//! The writer: groups, failing jobs, what applications do with it.

use super::*;
use crate::store::sqlite::db::rusqlite::Connection;
use crate::store::sqlite::db::{Database, Durability, Haste, Options};
use crate::store::{StoreError, StoreResult};

fn table(conn: &Connection) -> StoreResult<()> {
    conn.execute_batch("CREATE TABLE t (x INTEGER UNIQUE) STRICT")?;
    Ok(())
}

fn insert(number: i64) -> impl FnOnce(&Connection) -> StoreResult<()> + Send {
    move |conn| {
        conn.execute("INSERT INTO t VALUES (?1)", [number])?;
        Ok(())
    }
}

async fn sum(db: &Database) -> i64 {
    let sum = db.read(|conn| -> StoreResult<i64> {
        Ok(conn.query_row("SELECT coalesce(sum(x), 0) FROM t", [], |row| row.get(0))?)
    });
    sum.await.unwrap()
}

#[tokio::test]
async fn a_failing_job_does_not_harm_its_group() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    db.write(Durability::Normal, table).await.unwrap();
    let mut jobs = Vec::new();
    for number in 1..=20 {
        let db = db.clone();
        jobs.push(tokio::spawn(async move {
            db.write(Durability::Normal, move |conn| {
                insert(number)(conn)?;
                match number % 5 {
                    0 => Err(StoreError::NotFound("job")),
                    1 => panic!("a job may panic"),
                    _ => Ok(number),
                }
            })
            .await
        }));
    }
    let mut kept = 0;
    for job in jobs {
        kept += job.await.unwrap().unwrap_or(0);
    }
    assert_eq!((kept, sum(&db).await), (126, 126));
}

#[tokio::test]
async fn jobs_that_are_run_again_do_not_harm_each_other_either() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    db.write(Durability::Normal, table).await.unwrap();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let first = db.write(Durability::Normal, move |_: &Connection| -> StoreResult<()> {
        gate.recv().map_err(StoreError::failed)
    });
    let job = |number: i64| {
        db.write_again(Haste::WithOthers, move |conn| {
            match number % 5 {
                0 => return Err(StoreError::NotFound("job")),
                1 => insert(number + 100)(conn)?,
                _ => {}
            }
            insert(number)(conn)?;
            if number == 16 { Err(StoreError::NotFound("job")) } else { Ok(number) }
        })
    };
    let jobs = futures_util::future::join_all((1..=20).map(job));
    let opened = async {
        tokio::task::yield_now().await;
        open.send(()).unwrap();
    };
    let (first, done, ()) = futures_util::future::join3(first, jobs, opened).await;
    first.unwrap();
    let kept: Vec<i64> = done.into_iter().flatten().collect();
    assert_eq!(kept, [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 19]);
    assert_eq!(sum(&db).await, kept.iter().sum::<i64>() + 101 + 106 + 111);
}

#[tokio::test]
async fn a_single_failing_job_is_undone() {
    let db = Database::in_memory(&Options::new(1)).unwrap();
    db.write(Durability::Synced, table).await.unwrap();
    let failed = db.write(Durability::Normal, |conn| {
        insert(1)(conn)?;
        insert(1)(conn)
    });
    assert!(failed.await.is_err());
    assert_eq!(sum(&db).await, 0);
}

#[tokio::test]
async fn jobs_that_queue_up_share_a_commit() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    db.write(Durability::Normal, table).await.unwrap();
    let other = Database::open(&path, &Options::new(1)).unwrap();
    let before = other.data_version().await.unwrap();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let first = db.write(Durability::Normal, move |_: &Connection| -> StoreResult<()> {
        gate.recv().map_err(StoreError::failed)
    });
    let rest = futures_util::future::join_all((1..=100).map(|n| db.write(Durability::Normal, insert(n))));
    let opened = async {
        tokio::task::yield_now().await;
        open.send(()).unwrap();
    };
    let (first, rest, ()) = futures_util::future::join3(first, rest, opened).await;
    first.unwrap();
    assert!(rest.iter().all(Result::is_ok));
    assert_ne!(other.data_version().await.unwrap(), before);
    assert_eq!(sum(&other).await, 5050);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    let pages = |pages: i64| {
        move |conn: &Connection| -> StoreResult<()> {
            Ok(conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        }
    };
    db.write(Durability::Normal, |conn: &Connection| -> StoreResult<()> {
        Ok(conn.execute_batch(
            "CREATE TABLE t (x INTEGER); CREATE TABLE big (b BLOB); INSERT INTO t VALUES (7)",
        )?)
    })
    .await
    .unwrap();
    db.write(Durability::Normal, pages(1)).await.unwrap();
    let large = |conn: &Connection| -> StoreResult<()> {
        conn.execute("INSERT INTO big VALUES (zeroblob(100000))", [])?;
        Ok(())
    };
    let one = db.write(Durability::Normal, large).await;
    assert!(matches!(one, Err(StoreError::Full)), "{one:?}");
    let both = futures_util::future::join(
        db.write(Durability::Normal, |conn: &Connection| -> StoreResult<()> {
            conn.execute("UPDATE t SET x = 8", [])?;
            Ok(())
        }),
        db.write(Durability::Synced, large),
    );
    assert!(both.await.1.is_err());
    db.write(Durability::Normal, pages(10_000)).await.unwrap();
    db.write(Durability::Normal, large).await.unwrap();
    assert!(sum(&db).await >= 7);
}

#[tokio::test]
async fn the_log_begins_anew_while_writing_goes_on() {
    const MIB: u64 = 1 << 20;
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    let table = |conn: &Connection| -> StoreResult<()> {
        Ok(conn.execute_batch("CREATE TABLE big (b BLOB) STRICT")?)
    };
    db.write(Durability::Normal, table).await.unwrap();
    for _ in 0..120 {
        let large = |conn: &Connection| -> StoreResult<()> {
            conn.execute("INSERT INTO big VALUES (zeroblob(1048576))", [])?;
            Ok(())
        };
        db.write(Durability::Normal, large).await.unwrap();
    }
    let length = |path: &Path| std::fs::metadata(path).unwrap().len();
    let log = length(&path.with_extension("db-wal"));
    assert!(log < 64 * MIB && length(&path) > 60 * MIB, "{log}");
    drop(db);
    assert!(length(&path) > 120 * MIB, "closing moves the rest");
    assert!(!path.with_extension("db-wal").exists(), "and takes the log away");
}

fn log_of(path: &Path) -> u64 {
    std::fs::metadata(path.with_extension("db-wal")).unwrap().len()
}

/// Writes the same row again and again: the file stays small.
async fn write_over(db: &Database, mib: usize) {
    db.write(Durability::Normal, |conn: &Connection| -> StoreResult<()> {
        Ok(conn.execute_batch(
            "CREATE TABLE IF NOT EXISTS big (k INTEGER PRIMARY KEY, b BLOB) STRICT; \
            INSERT OR IGNORE INTO big VALUES (1, x'')",
        )?)
    })
    .await
    .unwrap();
    for _ in 0..mib {
        let over = |conn: &Connection| -> StoreResult<()> {
            conn.execute("UPDATE big SET b = randomblob(1048576)", [])?;
            Ok(())
        };
        db.write(Durability::Normal, over).await.unwrap();
    }
}

#[tokio::test]
async fn the_log_beside_a_small_file_stays_small() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    write_over(&db, 60).await;
    assert!(log_of(&path) < 24 << 20, "{}", log_of(&path));
}

#[tokio::test]
async fn a_quiet_database_gives_the_room_of_its_log_back() {
    let (_folder, path) = folder();
    let db = Database::open(&path, &Options::new(1)).unwrap();
    write_over(&db, 6).await;
    for _ in 0..100 {
        if log_of(&path) == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(log_of(&path), 0);
    write_over(&db, 1).await;
    let reading = db.another_reader().unwrap();
    reading.execute_batch("BEGIN; SELECT count(*) FROM big").unwrap();
    write_over(&db, 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let begun = std::time::Instant::now();
    write_over(&db, 0).await;
    assert!(begun.elapsed().as_secs() < 2, "nobody waits for a reader in the way");
    assert!(log_of(&path) > 1 << 20);
}

#[tokio::test]
async fn an_application_keeps_its_own_tables_in_the_same_file() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let steps = || {
        let step = "CREATE TABLE app_note (text TEXT NOT NULL) STRICT;";
        let step = refinery::Migration::unapplied("V1__notes", step).unwrap();
        refinery::Runner::new(&[step])
    };
    store.database().migrate(steps(), "app_schema_history").await.unwrap();
    store.database().migrate(steps(), "app_schema_history").await.unwrap();
    let newer = refinery::Migration::unapplied("V2__more", "CREATE TABLE app_more (x) ;").unwrap();
    let both = refinery::Runner::new(&[steps().get_migrations()[0].clone(), newer]);
    store.database().migrate(both, "app_schema_history").await.unwrap();
    let older = store.database().migrate(steps(), "app_schema_history").await;
    assert!(matches!(older, Err(StoreError::Newer { found: 2, known: 1, .. })), "{older:?}");
    drop(store);
    assert!(SqliteStore::open(&path).is_ok());
}
