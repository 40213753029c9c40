//! The chain makes tampering evident.

use super::*;
use crate::store::sqlite::db::Durability;
use crate::store::sqlite::{ChainHead, ChainReport, Checkpoint, Delivery};

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
        ("UPDATE revision SET number = 9 WHERE seq = 3", 3),
        ("UPDATE evidence SET sha256 = zeroblob(32) WHERE key = 2", 2),
        ("UPDATE evidence SET body = zeroblob(90) WHERE key = 2", 2),
        ("UPDATE revision SET evidence = NULL WHERE seq = 4", 4),
        ("DELETE FROM revision WHERE seq = 4", 4),
        ("INSERT INTO chain_removal (seq, by) VALUES (3, 4)", 3),
        ("DELETE FROM revision WHERE seq = 2; INSERT INTO chain_removal (seq, by) VALUES (2, 4)", 2),
        (
            "PRAGMA defer_foreign_keys = 1; DELETE FROM revision WHERE seq = 1; DELETE FROM chain_link WHERE seq = 1",
            2,
        ),
    ] {
        let store = history().await;
        assert_eq!(store.verify_chain().await.unwrap().broken, None);
        let broken = after(&store, sql).await.broken.map(|broken| broken.seq);
        assert_eq!(broken, Some(seq), "{sql}");
    }
}

/// What is told beside the chain is compared with it: the change log, the times, the present state.
#[tokio::test]
async fn tampering_with_what_is_told_is_named_too() {
    for (sql, revision, what) in [
        ("UPDATE change_log SET before = '\"x\"' WHERE revision = 3", 3, "tells another change"),
        ("UPDATE change_log SET after = NULL WHERE revision = 3", 3, "tells another change"),
        ("UPDATE change_log SET first_seen = first_seen - 1 WHERE revision = 2", 2, "tells another change"),
        ("UPDATE change_log SET last_seen_before = NULL WHERE revision = 2", 2, "tells another change"),
        ("UPDATE change_log SET profile_id = zeroblob(16) WHERE revision = 2", 2, "tells another change"),
        ("UPDATE change_log SET field = 'display_name' WHERE revision = 2", 2, "tells another change"),
        ("DELETE FROM change_log WHERE revision = 4", 4, "does not tell"),
        (
            "UPDATE change_log SET removed = 1, before = NULL, after = NULL WHERE revision = 3",
            3,
            "does not tell",
        ),
        ("UPDATE change_log SET revision = 77 WHERE revision = 3", 77, "no revision tells"),
        ("UPDATE revision SET first_seen = first_seen - 1 WHERE number = 3", 3, "at another time"),
        ("UPDATE profile SET state = replace(state, '\"d\"', '\"e\"')", 4, "the present state"),
        ("UPDATE profile SET presence = 'missing'", 4, "the present state"),
    ] {
        let store = history().await;
        assert_eq!(store.verify_chain().await.unwrap().broken, None);
        let broken = after(&store, sql).await.broken.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(broken.revision == Some(revision) && broken.what.contains(what), "{sql}: {broken:?}");
    }
}

#[tokio::test]
async fn removals_leave_tombstones_and_the_chain_intact() {
    let store = history().await;
    let id = store.changes(0, 1).await.unwrap()[0].profile_id;
    store.remove_revision(id, 2, at(9), &Actor::system()).await.unwrap();
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.revisions, report.tombstones, report.removals), (3, 2, 1));
    assert_eq!((report.pages, report.broken), (3, None));
    assert_eq!(report.head, store.chain_head().await.unwrap());
    assert_eq!(
        report.head.seq, 6,
        "what was written anew and the record of the removal have links of their own"
    );
    for sql in ["DELETE FROM chain_removal WHERE seq = 2", "UPDATE chain_removal SET seq = 1 WHERE seq = 2"] {
        assert!(after(&store, sql).await.broken.is_some(), "{sql}");
    }
}

#[tokio::test]
async fn the_first_break_is_named_with_its_profile_and_number() {
    let store = history().await;
    let id = store.changes(0, 1).await.unwrap()[0].profile_id;
    let report = after(&store, "UPDATE revision SET salt = zeroblob(32) WHERE seq = 3").await;
    let broken = report.broken.unwrap();
    assert_eq!((broken.profile, broken.revision), (Some(id), Some(3)));
}

/// A checkpoint of the present head, as an application would sign it.
async fn checkpoint(store: &SqliteStore) -> Checkpoint {
    let head = store.chain_head().await.unwrap();
    Checkpoint { at: at(5), head, key: [1; 32], signature: [2; 64] }
}

#[tokio::test]
async fn the_chain_goes_through_every_checkpoint() {
    let store = history().await;
    let made = checkpoint(&store).await;
    let id = store.keep_checkpoint(&made).await.unwrap();
    let failed = Delivery { place: "webhook".into(), at: at(6), error: Some("it did not answer".into()) };
    store.checkpoint_sent(id, &failed).await.unwrap();
    let sent = Delivery { at: at(7), error: None, ..failed };
    store.checkpoint_sent(id, &sent).await.unwrap();
    let last = store.last_checkpoint().await.unwrap().unwrap();
    assert_eq!((last.checkpoint, last.deliveries), (made.clone(), vec![sent]));
    let profile = store.changes(0, 1).await.unwrap()[0].profile_id;
    see(&store, profile, 20, "later").await;
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.checkpoints, report.broken), (1, None));
    let other = ChainHead::at(made.head.seq, [9; 32]);
    let broken = store.verify_chain_through(vec![other]).await.unwrap().broken.unwrap();
    assert_eq!(broken.seq, made.head.seq);
}

#[tokio::test]
async fn a_chain_that_was_made_anew_or_cut_contradicts_a_checkpoint() {
    let store = history().await;
    let made = checkpoint(&store).await;
    store.keep_checkpoint(&made).await.unwrap();
    let cut = "DELETE FROM revision WHERE seq = 4; DELETE FROM chain_link WHERE seq = 4";
    assert_eq!(after(&store, cut).await.broken.unwrap().seq, 4);
    let another = history().await;
    assert_eq!(another.verify_chain().await.unwrap().broken, None);
    let through = another.verify_chain_through(vec![made.head]).await.unwrap();
    assert_eq!(through.broken.unwrap().seq, 4, "another history does not fit");
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
