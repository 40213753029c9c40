//! Pages that share most of their text.

use super::*;
use rusqlite::Connection;

use crate::store::sqlite::{commitment, db};

/// The page of a profile in the frame of its site.
fn framed(name: &str, bio: &str) -> Evidence {
    let line =
        |number: usize| format!("<p>{}</p>\n", hex::encode(commitment(&[3; 32], &number.to_le_bytes())));
    let frame: String = (0..100).map(line).collect();
    let body = format!("<title>{name}</title>\n{frame}<b>{bio}</b>\n");
    Evidence::new(format!("https://t.me/{name}"), 200, "text/html", body.into_bytes().into())
}

async fn see_framed(store: &SqliteStore, id: ProfileId, seconds: i64, bio: &str) -> Evidence {
    let claim = store.claim(id, at(seconds), LEASE).await.unwrap().unwrap();
    let page = framed(claim.record.username.as_str(), bio);
    let mut check = saw(&claim, bio, at(seconds));
    check.evidence = EvidenceSource::New(page.clone());
    store.commit(&claim, check).await.unwrap();
    page
}

async fn bytes_stored(store: &SqliteStore) -> Vec<i64> {
    let read = |conn: &Connection| {
        let mut query = conn.prepare("SELECT length(body) FROM evidence ORDER BY key")?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    store.read(read).await.unwrap()
}

#[tokio::test]
async fn what_pages_share_is_stored_once_and_each_comes_back_whole() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let mut seen = Vec::new();
    for number in 0..30 {
        let id = follow(&store, &format!("framed{number}")).await;
        seen.push((id, see_framed(&store, id, 1, &format!("bio of {number}")).await));
    }
    drop(store);

    // Another process goes on with what was learned.
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "Zanzibarian").await;
    seen.push((id, see_framed(&store, id, 1, "quagmire").await));
    for (id, page) in &seen {
        let kept = store.evidence(*id, 1).await.unwrap().unwrap();
        assert_eq!(kept.evidence, *page);
    }
    let stored = bytes_stored(&store).await;
    let (first, last) = (stored[0], *stored.last().unwrap());
    assert!(last * 10 < first, "{last} bytes, the first page took {first}");
    let report = store.verify_chain().await.unwrap();
    assert!(report.broken.is_none(), "{report:?}");

    store.erase(id, false, at(9), &Actor::system()).await.unwrap();
    for text in ["quagmire", "Zanzibarian"] {
        let left = contents(folder.path());
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(left.iter().all(|(_, bytes)| !holds(bytes)), "{text}");
    }
    assert_eq!(store.check_integrity().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_page_whose_dictionary_is_gone_or_was_changed_breaks_the_chain() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..20 {
        let id = follow(&store, &format!("framed{number}")).await;
        see_framed(&store, id, 1, &format!("bio of {number}")).await;
    }
    assert!(store.verify_chain().await.unwrap().broken.is_none());
    let change = |conn: &Connection| {
        Ok(conn.execute("UPDATE dictionary SET body = CAST(lower(hex(body)) AS BLOB)", [])?)
    };
    assert_eq!(store.write(db::Durability::Normal, change).await.unwrap(), 1);
    assert!(store.verify_chain().await.unwrap().broken.is_some());
}
