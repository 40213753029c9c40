//! A sudden end: by a signal to a process of its own, and by copies of the files in the middle of writing.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::*;

/// Set for the child process.
const PATH: &str = "TGBIO_CRASH_TEST_DATABASE";

/// Not a test by itself: the process that is killed. It says what was acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(path).unwrap();
        let id = match store.profiles(&crate::store::ProfileQuery::default()).await.unwrap().items.pop() {
            Some(record) => record.id,
            None => follow(&store, "someone").await,
        };
        let mut number = store.totals().await.unwrap().revisions;
        let claimed = store.claim(id, at(0), LEASE).await.unwrap().unwrap();
        store.release(&claimed).await.unwrap();
        loop {
            number += 1;
            see(&store, id, i64::try_from(number).unwrap(), &format!("bio {number}")).await;
            println!("done {number}");
        }
    });
}

/// Starts the child, kills it after some acknowledged writes, and returns how many there were.
fn killed_after(path: &Path, writes: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::sqlite::tests::crash::child_that_writes_until_it_is_killed", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut done = lines.by_ref().filter_map(|line| line.split("done ").nth(1)?.trim().parse::<u64>().ok());
    let mut last = 0;
    for _ in 0..writes {
        last = done.next().unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    done.last().unwrap_or(last)
}

#[test]
fn a_killed_process_loses_nothing_and_blocks_nothing() {
    let (_folder, path) = folder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for round in 1..=4 {
        let acknowledged = killed_after(&path, 3 * round);
        let store = SqliteStore::open(&path).unwrap();
        runtime.block_on(async {
            let kept = store.totals().await.unwrap().revisions;
            assert!(kept >= acknowledged && kept <= acknowledged + 1, "{kept} of {acknowledged}");
            let report = store.verify_chain().await.unwrap();
            assert_eq!((report.broken, report.revisions), (None, kept));
            assert_eq!(store.check_integrity().await.unwrap(), [""; 0]);
            let id = store.changes(0, 1).await.unwrap()[0].profile_id;
            let claim = store.claim(id, at(0), LEASE).await.unwrap().expect("a dead owner blocks nobody");
            store.release(&claim).await.unwrap();
        });
    }
}

/// Copies the file and then its log, as a power cut may leave them while no checkpoint runs.
async fn copy(from: PathBuf, to: PathBuf) -> SqliteStore {
    let copied = tokio::task::spawn_blocking(move || {
        std::fs::copy(&from, &to).unwrap();
        std::fs::copy(from.with_extension("db-wal"), to.with_extension("db-wal")).unwrap();
        SqliteStore::open(to).unwrap()
    });
    copied.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_in_the_middle_of_writing_are_whole() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let no_checkpoints =
        |conn: &rusqlite::Connection| Ok(conn.execute_batch("PRAGMA wal_autocheckpoint = 0")?);
    store.write(crate::store::sqlite::db::Durability::Normal, no_checkpoints).await.unwrap();
    let id = follow(&store, "someone").await;
    for round in 0..6 {
        let before = store.totals().await.unwrap().revisions;
        let writing = store.clone();
        let writer = tokio::spawn(async move {
            for step in 0..20 {
                see(&writing, id, round * 100 + step, &format!("bio {round} {step}")).await;
            }
        });
        let copied = copy(path.clone(), folder.path().join(format!("copy{round}.db"))).await;
        let report = copied.verify_chain().await.unwrap();
        assert_eq!((report.broken, report.revisions), (None, copied.totals().await.unwrap().revisions));
        assert!(report.revisions >= before, "what was acknowledged before the copy is in it");
        writer.await.unwrap();
    }
}
