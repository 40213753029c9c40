//! The chain makes tampering evident.

use super::*;
use crate::store::sqlite::db::Durability;
use crate::store::sqlite::{ChainHead, ChainReport};

async fn history() -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "someone").await;
    for (seconds, bio) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        see(&store, id, seconds, bio).await;
    }
    store
}

async fn after(store: &SqliteStore, sql: &'static str) -> ChainReport {
    store.write(Durability::Normal, move |conn| Ok(conn.execute_batch(sql)?)).await.unwrap();
    store.verify_chain().await.unwrap()
}

#[tokio::test]
async fn every_way_of_tampering_breaks_it() {
    for (sql, seq) in [
        ("UPDATE revision SET content = replace(content, '\"b\"', '\"B\"') WHERE seq = 2", 2),
        ("UPDATE revision SET salt = zeroblob(32) WHERE seq = 3", 3),
        ("UPDATE chain_link SET commitment = zeroblob(32) WHERE seq = 2", 2),
        ("UPDATE chain_link SET hash = zeroblob(32) WHERE seq = 4", 4),
        (
            "PRAGMA defer_foreign_keys = 1; DELETE FROM revision WHERE seq = 1; DELETE FROM chain_link WHERE seq = 1",
            2,
        ),
    ] {
        let store = history().await;
        assert_eq!(store.verify_chain().await.unwrap().broken, None);
        assert_eq!(after(&store, sql).await.broken.map(|broken| broken.seq), Some(seq), "{sql}");
    }
}

#[tokio::test]
async fn removals_leave_tombstones_and_the_chain_intact() {
    let store = history().await;
    let id = store.changes(0, 1).await.unwrap()[0].profile_id;
    store.remove_revision(id, 2, at(9), &Actor::system()).await.unwrap();
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.revisions, report.tombstones, report.broken), (3, 2, None));
    assert_eq!(report.head, store.chain_head().await.unwrap());
    assert_eq!(report.head.seq, 5, "what was written anew has a link of its own");
}

#[test]
fn the_hash_is_the_documented_one() {
    let link = ChainHead::empty().next(&[7; 32]);
    let mut bytes = b"tgbio chain 1".to_vec();
    bytes.extend([0; 32]);
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([7; 32]);
    let expected: [u8; 32] =
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&bytes)).into();
    assert_eq!((link.seq, link.hash), (1, expected));
}
