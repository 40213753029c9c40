//! Erased content is nowhere: no table, index, free page or log.

use super::*;

/// Where a text stands in the raw files, without regard to case and to how it is written.
fn places(folder: &Path, text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let found = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(&lower);
    contents(folder).into_iter().filter(|(_, bytes)| found(bytes)).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn nothing_of_an_erased_profile_is_left_in_any_file() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let mut ids = Vec::new();
    for number in 0..60 {
        let id = follow(&store, &format!("plain{number}")).await;
        for seconds in 1..4 {
            see(&store, id, seconds, &format!("an ordinary bio {seconds}")).await;
        }
        ids.push(id);
    }
    let id = follow(&store, "Zanzibarian").await;
    for seconds in 1..9 {
        see(&store, id, seconds, &format!("Хворостина quagmire {}", "x".repeat(40 * seconds as usize))).await;
    }
    for seconds in 10..12 {
        for id in &ids {
            see(&store, *id, seconds, &format!("another ordinary bio {seconds}")).await;
        }
    }
    let texts = ["Zanzibarian", "Хворостина", "quagmire", "Name Zanz"];
    for text in texts {
        assert_ne!(places(folder.path(), text), [""; 0], "{text} is there before");
    }
    assert!(!store.search("quagmire", 9).await.unwrap().is_empty());
    store.erase(id, true, at(100), &Actor::system()).await.unwrap();
    for text in texts {
        assert_eq!(places(folder.path(), text), [""; 0], "{text}");
    }
    let index = store.read(|conn| {
        conn.execute_batch("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, revision_text, row)")?;
        let sql =
            "SELECT count(*) FROM temp.words WHERE term IN ('ввв', 'хво', 'рос', 'quа', 'uag', 'zan', 'bar')";
        Ok(conn.query_row::<i64, _, _>(sql, [], |row| row.get(0))?)
    });
    assert_eq!(index.await.unwrap(), 0);
    assert!(store.verify_chain().await.unwrap().broken.is_none());
    assert_eq!(store.verify_chain().await.unwrap().tombstones, 8);
    assert_eq!(store.check_integrity().await.unwrap(), [""; 0]);
}

/// Cells move between pages while a database grows and shrinks; what they leave behind is nothing either.
#[tokio::test]
async fn nothing_is_left_behind_where_pages_were_divided_and_joined() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let mut ids = Vec::new();
    for number in 0..80 {
        ids.push(follow(&store, &format!("moving{number}")).await);
    }
    for round in 0..12_usize {
        for (number, id) in ids.iter().enumerate() {
            let length = 10 + (number * 97 + round * 389) % 1500;
            let word = if number % 4 == 0 { "quagmire" } else { "ordinary" };
            see(&store, *id, round as i64, &format!("{word} {round} {}", "y".repeat(length))).await;
        }
    }
    for id in ids.iter().skip(2).step_by(4) {
        store.remove_revision(*id, 5, at(90), &Actor::system()).await.unwrap();
    }
    for id in ids.iter().step_by(4) {
        store.erase(*id, false, at(100), &Actor::system()).await.unwrap();
    }
    assert_eq!(places(folder.path(), "quagmire"), [""; 0]);
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.broken, report.tombstones > 240), (None, true));
}

#[tokio::test]
async fn nothing_of_a_removed_revision_is_left_in_any_file() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    for (seconds, bio) in [(1, "first"), (2, "quagmire"), (3, "third")] {
        see(&store, id, seconds, bio).await;
    }
    store.remove_revision(id, 2, at(9), &Actor::system()).await.unwrap();
    assert_eq!(places(folder.path(), "quagmire"), [""; 0]);
    assert_ne!(places(folder.path(), "third"), [""; 0]);
}

#[tokio::test]
async fn what_is_erased_beside_a_reader_is_gone_when_the_reader_is() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "quagmire").await;
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM revision").unwrap();
    store
        .write(crate::store::sqlite::db::Durability::Normal, |conn| Ok(conn.busy_timeout(LEASE / 10_000)?))
        .await
        .unwrap();
    store.erase(id, false, at(9), &Actor::system()).await.unwrap();
    assert_eq!(places(folder.path(), "quagmire"), ["tgbio.db-wal"], "the reader still sees it");
    assert!(!store.database().truncate_log().await.unwrap());
    reader.execute_batch("COMMIT").unwrap();
    follow(&store, "another").await;
    assert!(store.database().truncate_log().await.unwrap());
    assert_eq!(places(folder.path(), "quagmire"), [""; 0]);
}
