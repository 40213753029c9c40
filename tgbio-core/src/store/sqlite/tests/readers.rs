//! The pool of connections that read.

use std::sync::Arc;
use std::sync::Barrier;

use super::*;
use crate::store::StoreResult;
use crate::store::sqlite::db::rusqlite::Connection;
use crate::store::sqlite::db::{Database, Options};

/// How much a connection may keep, in KiB.
fn room(conn: &Connection) -> StoreResult<i64> {
    Ok(-conn.query_row("PRAGMA cache_size", [], |row| row.get::<_, i64>(0))?)
}

fn grow(path: &Path, bytes: i64) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("CREATE TABLE IF NOT EXISTS t (x BLOB)").unwrap();
    conn.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes]).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

/// The rooms of two connections that are asked at the same time, the smaller one first.
async fn two_rooms(db: &Database) -> [i64; 2] {
    let both = Arc::new(Barrier::new(2));
    let ask = || {
        let both = Arc::clone(&both);
        db.read(move |conn| {
            both.wait();
            room(conn)
        })
    };
    let (one, other) = tokio::join!(ask(), ask());
    let mut rooms = [one.unwrap(), other.unwrap()];
    rooms.sort_unstable();
    rooms
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_asked_first_keeps_a_part_of_the_file() {
    let (_folder, path) = folder();
    let mut options = Options::new(1);
    (options.reader_cache, options.first_reader_cache) = (1, 12);
    let db = Database::open(&path, &options).unwrap();
    grow(&path, 1 << 20);
    assert_eq!(two_rooms(&db).await, [1, 4]);
    for (more, asks, wanted) in [(1 << 20, 0, 4), (0, 2048, 8), (2 << 20, 2048, 12)] {
        grow(&path, more);
        for _ in 0..asks {
            db.read_few(room).await.unwrap();
        }
        assert_eq!(db.read(room).await.unwrap(), wanted, "also when others were asked in between");
        assert_eq!(two_rooms(&db).await, [1, wanted]);
    }
    let panics = db.read(|_| -> StoreResult<()> { panic!("a job may panic") });
    assert!(panics.await.is_err());
    assert_eq!(two_rooms(&db).await, [1, 12], "another one takes its place");
}
