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
