//! Pages through the packer and the database.

use super::*;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::db::Durability::Normal;

fn page(number: usize, frame: &str) -> Evidence {
    let frame: String = (0..200).map(|line| format!("<p>{frame} {line}, {:x}</p>\n", line * 7919)).collect();
    let body = format!("<title>own {number}</title>\n{frame}");
    Evidence::new(format!("https://t.me/name{number}"), 200, "text/html", Bytes::from(body))
}

/// Each page is that of another profile.
fn learned_from(store: &SqliteStore, page: Evidence) -> Option<Vec<u8>> {
    let name = crate::Username::parse("some_one").unwrap();
    let at = crate::Timestamp::from_millis(0);
    let record = crate::store::ProfileRecord::new(crate::ProfileId::new(), name, at);
    let health = crate::Health::new(crate::Outcome::Profile, None, record.followed_at);
    let check = crate::store::CheckRecord::nothing(&record, health, record.followed_at);
    let claim = crate::store::Claim::new(record, Vec::new(), crate::store::Lease { token: 1, version: 1 });
    store.packer.learn(|| Author::of(&claim, &check), &EvidenceSource::New(page))
}

/// Learns from pages until there is a dictionary, and keeps it.
async fn learn(store: &SqliteStore, frame: &str) {
    let learned = (0..2_000).find_map(|number| learned_from(store, page(number, frame)));
    let body = learned.unwrap();
    let written = body.clone();
    let key = store.write(Normal, move |conn| keep_dictionary(conn, &written)).await.unwrap();
    store.packer.use_from_now(key, &body);
}

async fn unpacked(store: &SqliteStore, body: Body, length: usize) -> Vec<u8> {
    let read = move |conn: &Connection| {
        let mut page = Vec::new();
        let key = body.dictionary;
        let dictionary = |key| dictionary::body(conn, key);
        Unpacker::new()?.unpack((&body.packed, key), length, &mut page, dictionary)?.map_err(damaged)?;
        Ok(page)
    };
    store.read(read).await.unwrap()
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_with_and_without_a_dictionary() {
    let store = SqliteStore::in_memory().unwrap();
    let (page, short) =
        (page(7, "frame"), Evidence::new("https://t.me/x", 200, "", Bytes::from_static(b"x")));
    let alone = store.packer.pack(&page).unwrap();
    let before = alone.packed.len();
    assert_eq!(alone.dictionary, None);
    assert_eq!(unpacked(&store, alone, page.body.len()).await, page.body);

    learn(&store, "frame").await;
    let shared = store.packer.pack(&page).unwrap();
    assert_eq!(shared.dictionary, Some(1));
    assert!(shared.packed.len() * 5 < before, "{} against {before}", shared.packed.len());
    assert_eq!(unpacked(&store, shared, page.body.len()).await, page.body);
    let short_body = store.packer.pack(&short).unwrap();
    assert_eq!(short_body.dictionary, None);
    assert_eq!(unpacked(&store, short_body, 1).await, *b"x");
}

#[tokio::test]
async fn a_site_that_changed_gets_a_new_dictionary_and_old_pages_stay_readable() {
    let store = SqliteStore::in_memory().unwrap();
    learn(&store, "frame").await;
    let old = page(1, "frame");
    let kept = store.packer.pack(&old).unwrap();
    // Nothing is learned while the dictionary fits.
    assert!((0..100).all(|number| learned_from(&store, page(number, "frame")).is_none()));
    let random = |number: u64| {
        let noise =
            (0..300).map(|line| format!("{:x}\n", (line + number).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Evidence::new(
            format!("https://t.me/n{number}"),
            200,
            "text/html",
            Bytes::from(noise.collect::<String>()),
        )
    };
    for number in 0..100 {
        store.packer.pack(&random(number)).unwrap();
    }
    learn(&store, "another frame").await;
    let new = page(1, "another frame");
    let shared = store.packer.pack(&new).unwrap();
    assert_eq!(shared.dictionary, Some(2));
    assert_eq!(unpacked(&store, shared, new.body.len()).await, new.body);
    assert_eq!(unpacked(&store, kept, old.body.len()).await, old.body);
}

#[tokio::test]
async fn a_damaged_page_is_no_page() {
    let store = SqliteStore::in_memory().unwrap();
    learn(&store, "frame").await;
    let page = page(1, "frame");
    let body = store.packer.pack(&page).unwrap();
    let mut out = Vec::new();
    let mut unpacker = Unpacker::new().unwrap();
    let gone = |_| Err(damaged("gone"));
    assert!(unpacker.unpack((&body.packed, Some(9)), page.body.len(), &mut out, gone).is_err());
    assert!(unpacker.unpack((b"nothing", None), 7, &mut out, gone).unwrap().is_err());
    let wrong = |_| Ok(b"another text".to_vec());
    assert!(
        unpacker.unpack((&body.packed, Some(1)), page.body.len(), &mut out, wrong).unwrap().is_err()
            || out != page.body
    );
}
