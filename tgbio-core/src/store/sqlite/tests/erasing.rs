//! Erased content is nowhere: no table, index, free page or log.

use super::*;
use crate::store::sqlite::commitment;

/// Where a text stands in the raw files, without regard to case and to how it is written.
pub(super) fn places(folder: &Path, text: &str) -> Vec<String> {
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

/// Every page and dictionary that is stored, unpacked.
async fn unpacked(store: &SqliteStore) -> Vec<Vec<u8>> {
    let read = |conn: &rusqlite::Connection| {
        let mut all = Vec::new();
        let mut query = conn.prepare("SELECT key, body FROM dictionary")?;
        let mut dictionaries = std::collections::HashMap::new();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            let (key, body): (i64, Vec<u8>) = row?;
            all.push(body.clone());
            dictionaries.insert(key, body);
        }
        let mut query = conn.prepare("SELECT body, dictionary, length FROM evidence")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for row in rows {
            let (body, key, length): (Vec<u8>, Option<i64>, i64) = row?;
            let empty = Vec::new();
            let dictionary = key.map_or(&empty, |key| &dictionaries[&key]);
            let mut unpacker = zstd::bulk::Decompressor::with_dictionary(dictionary).unwrap();
            all.push(unpacker.decompress(&body, usize::try_from(length).unwrap()).unwrap());
        }
        Ok(all)
    };
    store.read(read).await.unwrap()
}

/// The packed bodies of pages.
async fn packed(store: &SqliteStore) -> Vec<Vec<u8>> {
    let read = |conn: &rusqlite::Connection| {
        let mut query = conn.prepare("SELECT body FROM evidence ORDER BY key")?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    store.read(read).await.unwrap()
}

/// Pieces of a packed page that no other one has: they are all that its own content has become.
fn own_pieces(of: &[u8], others: &[Vec<u8>]) -> Vec<Vec<u8>> {
    const PIECE: usize = 24;
    let is_in = |piece: &[u8], body: &[u8]| body.windows(PIECE).any(|window| window == piece);
    let own = |piece: &&[u8]| !others.iter().any(|other| is_in(piece, other));
    of.chunks_exact(PIECE).filter(own).map(<[u8]>::to_vec).collect()
}

fn holds(folder: &Path, piece: &[u8]) -> bool {
    contents(folder).iter().any(|(_, bytes)| bytes.windows(piece.len()).any(|window| window == piece))
}

/// Packed pages show no text in the file: they are unpacked, and their packed bytes are looked for themselves.
#[tokio::test]
async fn nothing_of_an_erased_profiles_pages_is_left_packed_or_not() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(follow(&store, &format!("plain{number}")).await);
    }
    let target = follow(&store, "Zanzibarian").await;
    let noise = |seed: &str| -> String {
        let hash =
            |number: usize| hex::encode(commitment(&[u8::try_from(number).unwrap(); 32], seed.as_bytes()));
        (0..8).map(hash).collect()
    };
    // Its pages come first, by many addresses, before any dictionary is known; then those of the others; then it again.
    for seconds in 1..30 {
        let spelling = if seconds % 2 == 0 { "ZANZIBARIAN" } else { "zanzibarian" };
        see_page(&store, target, seconds, (&format!("quagmire {seconds} {}", noise("early")), spelling))
            .await;
    }
    for (number, id) in ids.iter().enumerate() {
        see_page(&store, *id, 40, (&format!("plain {number} {}", noise(&number.to_string())), "x")).await;
    }
    see_page(&store, target, 50, (&format!("quagmire at last {}", noise("late")), "Zanzibarian")).await;
    let (before, kept) = (unpacked(&store).await, packed(&store).await);
    let found = |pages: &[Vec<u8>]| {
        pages.iter().filter(|page| String::from_utf8_lossy(page).to_lowercase().contains("quagmire")).count()
    };
    assert_eq!((found(&before), kept.len()), (30, 70), "and a dictionary without it");
    assert_eq!(before.len(), 71);
    let (first, others, last) = (&kept[0], &kept[29..69], kept.last().unwrap());
    let pieces: Vec<Vec<u8>> =
        own_pieces(first, others).into_iter().chain(own_pieces(last, others)).collect();
    assert!(pieces.len() > 10 && pieces.iter().all(|piece| holds(folder.path(), piece)), "{}", pieces.len());

    store.erase(target, false, at(100), &Actor::system()).await.unwrap();
    let after = unpacked(&store).await;
    assert_eq!((found(&after), after.len()), (0, 41));
    assert_eq!(pieces.iter().filter(|piece| holds(folder.path(), piece)).count(), 0);
    assert_eq!(places(folder.path(), "quagmire"), [""; 0]);
}

/// A page with a bio in the frame that all pages share, by an address in some spelling.
async fn see_page(store: &SqliteStore, id: ProfileId, seconds: i64, (bio, spelling): (&str, &str)) {
    let claim = store.claim(id, at(seconds), LEASE).await.unwrap().unwrap();
    let line =
        |number: usize| format!("<p>{}</p>\n", hex::encode(commitment(&[9; 32], &number.to_le_bytes())));
    let frame: String = (0..100).map(line).collect();
    let page = format!("{frame}<div>{bio}</div>\n");
    let mut check = saw(&claim, bio, at(seconds));
    let url = format!("https://t.me/{spelling}?{seconds}");
    check.evidence = EvidenceSource::New(Evidence::new(url, 200, "text/html", page.into_bytes().into()));
    store.commit(&claim, check).await.unwrap();
}
