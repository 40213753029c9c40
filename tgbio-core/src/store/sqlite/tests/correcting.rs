//! A correction stands in the history and in the chain, and is told to nobody as a change.

use super::*;
use crate::store::{Correction, Corrector, Reread, StoreError};

/// What a newer reader makes of it: the second bio was written wrongly.
async fn corrections(store: &SqliteStore, id: ProfileId) -> Vec<Correction> {
    let mut corrector = Corrector::default();
    let mut found = Vec::new();
    for old in store.revisions(id, 0, 9).await.unwrap() {
        let mut profile = old.profile.clone();
        profile.bio = profile.bio.map(|bio| bio.replace("&amp;", "&"));
        let reread = Reread { profile, parser: "test/2".into() };
        found.extend(corrector.next(&old, Some(&reread), at(50)));
    }
    found
}

async fn history() -> (SqliteStore, ProfileId) {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "someone").await;
    for (seconds, bio) in [(1, "a"), (2, "salt &amp; pepper"), (3, "c"), (4, "salt &amp; vinegar")] {
        see(&store, id, seconds, bio).await;
    }
    (store, id)
}

#[tokio::test]
async fn history_is_corrected_and_the_chain_keeps_both() {
    let (store, id) = history().await;
    let log = store.changes(0, 99).await.unwrap();
    let planned = corrections(&store, id).await;
    assert_eq!(planned.iter().map(|plan| plan.new.number).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(planned[0].fields(), [Field::Bio]);
    store.correct(id, planned, at(50), &Actor::system()).await.unwrap();

    let second = store.revision(id, 2).await.unwrap().unwrap();
    assert_eq!(second.profile.bio, Observed::Present("salt & pepper".to_owned()));
    assert_eq!((second.corrected_at, second.parser.as_str()), (Some(at(50)), "test/2"));
    assert!(store.evidence(id, 2).await.unwrap().is_some());
    let record = store.profile(&crate::store::ProfileKey::Id(id)).await.unwrap().unwrap();
    assert_eq!(record.state.unwrap().bio, Observed::Present("salt & vinegar".to_owned()));
    assert_eq!(record.revisions, 4);

    let after = store.changes(0, 99).await.unwrap();
    assert_eq!(after.len(), log.len(), "nothing is told anew");
    assert_eq!(after.last().unwrap().seq, log.last().unwrap().seq);
    assert_eq!(after.last().unwrap().after, Some("salt & vinegar".into()));
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.revisions, report.corrected, report.broken), (4, 2, None));
    assert!(store.search("&amp;", 9).await.unwrap().is_empty());
    assert_eq!(store.search("pepper", 9).await.unwrap().len(), 1);
    assert_eq!(corrections(&store, id).await, [], "once is enough");
}

/// The revision behind a corrected one stays as it is, and is told to have changed from what stands before it now.
#[tokio::test]
async fn what_the_next_change_was_from_follows_the_correction() {
    let (store, id) = history().await;
    store.correct(id, corrections(&store, id).await, at(50), &Actor::system()).await.unwrap();
    let third = store.revision(id, 3).await.unwrap().unwrap();
    assert_eq!(third.corrected_at, None);
    let log = store.changes(0, 99).await.unwrap();
    let told = log.iter().find(|entry| entry.revision == 3).unwrap();
    assert_eq!((&told.before, &told.after), (&Some("salt & pepper".into()), &Some("c".into())));
    assert_eq!((told.last_seen_before, told.first_seen), (third.last_seen_before, third.first_seen));
    assert_eq!(store.verify_chain().await.unwrap().broken, None);
    for revision in [2, 3, 4] {
        let sql = format!("UPDATE change_log SET before = '\"somebody\"' WHERE revision = {revision}");
        let tampered = store.write(crate::store::sqlite::db::Durability::Normal, move |conn| {
            conn.execute_batch("SAVEPOINT x")?;
            conn.execute_batch(&sql)?;
            let report = crate::store::sqlite::verify::verify_all(conn, &[]);
            conn.execute_batch("ROLLBACK TO x; RELEASE x")?;
            report
        });
        let broken = tampered.await.unwrap().broken.unwrap_or_else(|| panic!("not noticed: {revision}"));
        assert_eq!(broken.revision, Some(revision));
    }
    let gone = store.write(crate::store::sqlite::db::Durability::Normal, move |conn| {
        conn.execute_batch("DELETE FROM change_log WHERE revision = 3")?;
        crate::store::sqlite::verify::verify_all(conn, &[])
    });
    assert_eq!(gone.await.unwrap().broken.and_then(|broken| broken.revision), Some(3));
}

#[tokio::test]
async fn what_was_before_a_correction_is_checked_and_erased() {
    let (store, id) = history().await;
    let planned = corrections(&store, id).await;
    store.correct(id, planned.clone(), at(50), &Actor::system()).await.unwrap();
    let again = store.correct(id, planned, at(51), &Actor::system()).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    store.remove_revision(id, 2, at(60), &Actor::system()).await.unwrap();
    assert_eq!(store.verify_chain().await.unwrap().broken, None);
    let tamper = "UPDATE revision_before SET salt = zeroblob(32)";
    let tampered = store.write(crate::store::sqlite::db::Durability::Normal, move |conn| {
        conn.execute_batch("SAVEPOINT x")?;
        conn.execute_batch(tamper)?;
        let report = crate::store::sqlite::verify::verify(conn, &[]);
        conn.execute_batch("ROLLBACK TO x; RELEASE x")?;
        report
    });
    assert_eq!(tampered.await.unwrap().broken.map(|broken| broken.seq), Some(4));
    store.erase(id, false, at(70), &Actor::system()).await.unwrap();
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.revisions, report.corrected, report.broken), (0, 0, None));
    let left: i64 = store
        .read(|conn| Ok(conn.query_row("SELECT count(*) FROM revision_before", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(left, 0);
}

/// The number of the newest revision is not the last one that was given.
#[tokio::test]
async fn the_state_follows_the_newest_revision_that_is_left() {
    let (store, id) = history().await;
    for number in [4, 3] {
        store.remove_revision(id, number, at(40), &Actor::system()).await.unwrap();
    }
    let planned = corrections(&store, id).await;
    store.correct(id, planned, at(50), &Actor::system()).await.unwrap();
    let state = store.profile(&id.into()).await.unwrap().unwrap().state.unwrap();
    assert_eq!(state.bio, Observed::Present("salt & pepper".to_owned()));
    assert_eq!(store.verify_chain().await.unwrap().broken, None);
}
