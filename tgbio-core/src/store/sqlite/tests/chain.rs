//! The chain makes tampering evident.

use super::*;
use crate::coverage::{CoverageStep, Span};
use crate::store::sqlite::db::Durability;
use crate::store::sqlite::{ChainHead, ChainReport, Checkpoint, Delivery};
use crate::store::{Held, HeldId, HeldStep, HoldReason, PhotoReading, StrayPage};
use crate::{Photo, PhotoBytes};

async fn history() -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "someone").await;
    for (seconds, bio) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        see(&store, id, seconds, bio).await;
    }
    store
}

/// A waiting change of a claimed profile.
pub(super) fn held(claim: &Claim, after: Profile) -> Held {
    let record = &claim.record;
    Held {
        id: HeldId(0),
        profile_id: record.id,
        username: record.username.clone(),
        reason: HoldReason::Emptied,
        changes: vec![Change::new(Field::Bio, Some("d".into()), None)],
        after: Some(after),
        counts: Counts::default(),
        last_seen_before: record.last_seen_at,
        first_seen: record.last_seen_at.unwrap(),
        confirmations: 1,
        counted_at: record.last_seen_at.unwrap(),
        fetcher: "test".into(),
        parser: "test/1".into(),
        rejected: false,
    }
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
        (
            "UPDATE change_log SET username = 'somebody' WHERE revision = 3",
            3,
            "a name that the profile never had",
        ),
        (
            "INSERT INTO change_log (profile, profile_id, username, revision, field, before, after, first_seen) \
            SELECT profile + (1 << 40), profile_id, username, revision, 'bio', '\"c\"', '\"lie\"', first_seen \
            FROM change_log WHERE revision = 3",
            3,
            "no revision",
        ),
        ("UPDATE change_log SET username = NULL WHERE revision = 2", 2, "a name that the profile never had"),
        ("UPDATE change_log SET removed = 1 WHERE revision = 2", 2, "still tells what was removed"),
        ("UPDATE revision SET first_seen = first_seen - 1 WHERE number = 3", 3, "at another time"),
        ("UPDATE profile SET state = replace(state, '\"d\"', '\"e\"')", 4, "the present state"),
        ("UPDATE profile SET presence = 'missing'", 4, "the present state"),
        ("UPDATE profile SET username = 'somebody'", 4, "the present state"),
        ("UPDATE profile SET revisions = 3", 4, "another number of revisions"),
        ("UPDATE profile SET last_number = 3", 4, "another number of revisions"),
        ("UPDATE profile SET last_changed_at = last_changed_at - 1", 4, "another time of its last change"),
    ] {
        let store = history().await;
        assert_eq!(store.verify_chain().await.unwrap().broken, None);
        let broken = after(&store, sql).await.broken.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(broken.revision == Some(revision) && broken.what.contains(what), "{sql}: {broken:?}");
        assert!(broken.beside && broken.to_string().starts_with("the chain is whole, but"), "{broken}");
    }
}

/// A history with all that stands beside the chain: a photo, pages of what waits and of a look that could not be judged,
/// spans of observation, a removed change.
async fn watched() -> SqliteStore {
    let store = history().await;
    let id = store.changes(0, 1).await.unwrap()[0].profile_id;
    let hour = |hours: i64| at(hours * 3600);
    for hours in [1, 3, 5] {
        let claim = store.claim(id, hour(hours), LEASE).await.unwrap().unwrap();
        let mut check = saw(&claim, "d", hour(hours));
        check.coverage = CoverageStep::Open(Span::at(hour(hours)));
        store.commit(&claim, check).await.unwrap();
    }
    let claim = store.claim(id, hour(6), LEASE).await.unwrap().unwrap();
    let mut check = saw(&claim, "waiting", hour(6));
    check.revisions.clear();
    check.coverage = CoverageStep::Extend(Span::between(hour(5), hour(6)));
    let mut state = claim.record.state.clone().unwrap();
    state.photo = Observed::Present(Photo::at("https://photos.test/1"));
    check.state = Some((state.clone(), "test".into()));
    check.held.push(HeldStep::New(Box::new(held(&claim, state))));
    store.commit(&claim, check).await.unwrap();
    let picture = PhotoBytes::new(b"picture".as_slice().into(), "image/png");
    let reading = PhotoReading {
        at: hour(6),
        url: "https://photos.test/1".into(),
        bytes: Some(picture),
        fetcher: "test".into(),
        parser: "test/1".into(),
    };
    store.record_photo(id, &reading).await.unwrap();
    let evidence = Evidence::new("https://t.me/x", 200, "text/html", page("stray").into());
    let stray =
        StrayPage { profile_id: id, at: hour(6), fetcher: "test".into(), reason: "layout".into(), evidence };
    store.keep_stray(&stray).await.unwrap();
    store.remove_revision(id, 4, hour(7), &Actor::system()).await.unwrap();
    store.keep_checkpoint(&checkpoint(&store).await).await.unwrap();
    store
}

/// What no link commits to is verified as far as it says by itself whether it is whole.
#[tokio::test]
async fn tampering_with_what_is_in_no_chain_is_named_too() {
    let photo = "a photo is not the one";
    let page = "the raw page of a waiting change";
    let span = "the times in which the profile was observed";
    for (sql, what) in [
        ("UPDATE photo SET body = x'00'", photo),
        ("UPDATE photo SET id = 'sha256:00'", photo),
        ("UPDATE evidence SET body = zeroblob(90) WHERE key = (SELECT evidence FROM held)", page),
        ("UPDATE evidence SET sha256 = zeroblob(32) WHERE key = (SELECT evidence FROM stray_page)", page),
        (
            "UPDATE coverage SET until_at = from_at - 1 WHERE from_at = (SELECT min(from_at) FROM coverage)",
            span,
        ),
        (
            "UPDATE coverage SET until_at = until_at + 7200001 WHERE from_at = (SELECT min(from_at) FROM coverage)",
            span,
        ),
        (
            "UPDATE coverage SET until_at = until_at + 7200001 WHERE from_at = (SELECT max(from_at) FROM coverage)",
            span,
        ),
        ("UPDATE look SET span_from = span_from - 7200001", span),
        ("UPDATE look SET span_from = last_checked_at + 1", span),
        ("DELETE FROM change_log WHERE removed = 1", "an entry of the change log is gone"),
        ("DELETE FROM checkpoint", "a kept checkpoint is gone"),
        ("DELETE FROM audit_log WHERE seq = 1", "an entry of the audit log is gone"),
        (
            "DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)",
            "an entry of the audit log is gone",
        ),
    ] {
        let store = watched().await;
        let whole = store.verify_chain().await.unwrap();
        assert_eq!((whole.photos, whole.broken), (1, None));
        let broken = after(&store, sql).await.broken.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(broken.beside && broken.what.contains(what), "{sql}: {broken:?}");
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

#[tokio::test]
async fn a_revision_at_no_link_is_noticed() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "a bio").await;
    for outside in [0, -1, 2] {
        let sql = format!(
            "PRAGMA foreign_keys = OFF; DELETE FROM revision WHERE number = 2; \
            INSERT INTO revision (profile, number, seq, first_seen, salt, content) \
            SELECT profile, 2, {outside}, first_seen, salt, content FROM revision WHERE number = 1"
        );
        rusqlite::Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        let broken = store.verify_chain().await.unwrap().broken.unwrap();
        assert_eq!(broken.what, "a revision has no link", "{outside}");
    }
}
