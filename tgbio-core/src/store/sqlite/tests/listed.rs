//! What lists and look-ups go by is compared with the chain, and what is damaged is named with its row.

use super::*;
use crate::store::sqlite::ChainBreak;
use crate::store::sqlite::db::Durability;
use crate::store::{Decision, Held, HeldId, HeldStep, HoldReason, ProfilePatch, StoreError};

const NAMES: &str = "the dated names of the profile";
const LISTED: &str = "lists and look-ups go by another";
const TAGS: &str = "other tags than it has";
const SEARCHED: &str = "the search goes by other names";
const UNSEEN: &str = "a profile without revisions";
const UNPLANNED: &str = "no plan of looks";
const NUMBER: &str = "the last number that a revision";
const TOTAL: &str = "a total is not the number";

/// What a look writes that saw the profile like this.
pub(super) fn changed(claim: &Claim, now: Timestamp, change: impl FnOnce(&mut Profile)) -> CheckRecord {
    let before = claim.record.state.clone().unwrap();
    let mut check = saw(claim, "another bio", now);
    let mut profile = before.clone();
    change(&mut profile);
    let revision = &mut check.revisions[0];
    (revision.changes, revision.profile) = (crate::diff(&before, &profile), profile.clone());
    // What becomes known, and another spelling, is no change.
    check.revisions.retain(|revision| !revision.changes.is_empty());
    check.state = Some((profile, "test".into()));
    check
}

pub(super) async fn look(
    store: &SqliteStore,
    id: ProfileId,
    seconds: i64,
    change: impl FnOnce(&mut Profile),
) {
    let claim = store.claim(id, at(seconds), LEASE).await.unwrap().unwrap();
    let check = changed(&claim, at(seconds), change);
    store.commit(&claim, check).await.unwrap();
}

pub(super) fn named(text: &str) -> Username {
    Username::parse(text).unwrap()
}

/// A profile with tags that was renamed, and one that nobody has looked at yet.
async fn renamed() -> (SqliteStore, ProfileId) {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "First_Name").await;
    let tags = ProfilePatch { tags: Some(vec!["one".into(), "two".into()]), ..ProfilePatch::default() };
    store.update(id, &tags, at(0), &Actor::system()).await.unwrap();
    see(&store, id, 1, "a").await;
    look(&store, id, 5, |profile| profile.username = named("Second_Name")).await;
    follow(&store, "unseen").await;
    (store, id)
}

pub(super) async fn broken(store: &SqliteStore) -> Option<ChainBreak> {
    store.verify_chain().await.unwrap().broken
}

pub(super) async fn run(store: &SqliteStore, sql: &'static str) {
    store.write(Durability::Normal, move |conn| Ok(conn.execute_batch(sql)?)).await.unwrap();
}

#[tokio::test]
async fn tampering_with_what_lists_and_look_ups_go_by_is_named() {
    for (sql, what) in [
        ("UPDATE profile SET kind = 'bot' WHERE revisions > 0", LISTED),
        ("UPDATE profile SET kind = NULL WHERE revisions > 0", LISTED),
        ("UPDATE profile SET title_key = 'somebody' WHERE revisions > 0", LISTED),
        ("UPDATE profile SET title_key = NULL WHERE revisions > 0", LISTED),
        ("UPDATE profile SET name_key = 'somebody' WHERE revisions > 0", LISTED),
        ("UPDATE profile_name SET name_key = 'x', spelling = 'x' WHERE spelling = 'First_Name'", NAMES),
        ("UPDATE profile_name SET name_key = 'x', spelling = 'x' WHERE spelling = 'Second_Name'", NAMES),
        ("UPDATE profile_name SET spelling = 'x' WHERE spelling = 'First_Name'", NAMES),
        ("UPDATE profile_name SET from_at = from_at + 1 WHERE spelling = 'Second_Name'", NAMES),
        ("UPDATE profile_name SET from_at = from_at - 1 WHERE spelling = 'First_Name'", NAMES),
        ("UPDATE profile_name SET until_at = until_at + 1 WHERE spelling = 'First_Name'", NAMES),
        ("UPDATE profile_name SET until_at = NULL WHERE spelling = 'First_Name'", NAMES),
        ("UPDATE profile_name SET until_at = from_at WHERE spelling = 'Second_Name'", NAMES),
        ("DELETE FROM profile_name WHERE spelling = 'First_Name'", NAMES),
        ("DELETE FROM profile_name WHERE spelling = 'Second_Name'", NAMES),
        (
            "INSERT INTO profile_name SELECT profile, from_at + 2, from_at + 3, 'x', 'x' FROM profile_name \
            WHERE spelling = 'First_Name'",
            NAMES,
        ),
        ("DELETE FROM profile_tag WHERE tag = 'two'", TAGS),
        ("UPDATE profile_tag SET tag = 'three' WHERE tag = 'two'", TAGS),
        ("INSERT INTO profile_tag (tag, profile) SELECT 'three', key FROM profile", TAGS),
        ("UPDATE profile SET tags = '[\"one\"]' WHERE tags IS NOT NULL", TAGS),
        ("DELETE FROM profile_text_todo", SEARCHED),
        ("UPDATE profile SET kind = 'user' WHERE revisions = 0", UNSEEN),
        ("UPDATE profile SET last_changed_at = 7 WHERE revisions = 0", UNSEEN),
        ("UPDATE profile SET name_key = 'somebody' WHERE revisions = 0", UNSEEN),
        ("DELETE FROM profile_name WHERE spelling = 'unseen'", UNSEEN),
        ("UPDATE profile_name SET name_key = 'somebody' WHERE spelling = 'unseen'", UNSEEN),
        ("UPDATE profile SET presence = 'present' WHERE revisions = 0", UNSEEN),
        (
            "INSERT INTO profile_name SELECT profile, from_at + 1, from_at + 2, 'x', 'x' FROM profile_name \
            WHERE spelling = 'unseen'",
            UNSEEN,
        ),
        ("UPDATE profile_name SET from_at = from_at - 1 WHERE spelling = 'unseen'", UNSEEN),
        ("UPDATE profile_name SET spelling = 'x' WHERE spelling = 'unseen'", UNSEEN),
        ("UPDATE profile SET last_number = last_number + 1 WHERE revisions > 0", NUMBER),
        ("UPDATE profile SET last_number = 1 WHERE revisions = 0", NUMBER),
        ("UPDATE look SET next_check_at = NULL WHERE profile = 1", UNPLANNED),
        ("DELETE FROM look WHERE profile IN (SELECT key FROM profile WHERE revisions = 0)", UNPLANNED),
        ("DELETE FROM totals WHERE name = 'profiles'", TOTAL),
        ("UPDATE totals SET value = value + 1 WHERE name = 'profiles'", TOTAL),
        ("UPDATE totals SET value = value - 1 WHERE name = 'revisions'", TOTAL),
        ("UPDATE totals SET value = 0 WHERE name = 'monitored'", TOTAL),
        ("UPDATE totals SET value = 1 WHERE name = 'held'", TOTAL),
    ] {
        let (store, _) = renamed().await;
        assert_eq!(broken(&store).await, None);
        run(&store, sql).await;
        let found = broken(&store).await.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(found.beside && found.what.contains(what), "{sql}: {found:?}");
    }
}

/// A number that was given is known by what the removal left of it.
#[tokio::test]
async fn the_last_number_is_known_after_removals() {
    let (store, id) = renamed().await;
    see(&store, id, 7, "b").await;
    for number in [3, 2, 1] {
        store.remove_revision(id, number, at(40), &Actor::system()).await.unwrap();
        assert_eq!(broken(&store).await, None, "{number} was removed");
    }
    for number in [2, 4] {
        let sql = format!("UPDATE profile SET last_number = {number} WHERE key = 1");
        store.write(Durability::Normal, move |conn| Ok(conn.execute_batch(&sql)?)).await.unwrap();
        assert!(broken(&store).await.unwrap().what.contains(NUMBER), "{number}");
    }
}

#[tokio::test]
async fn rows_of_nobody_are_noticed() {
    for sql in [
        "INSERT INTO look (profile) VALUES (9)",
        "INSERT INTO profile_name (profile, from_at, name_key, spelling) VALUES (9, 1, 'x', 'x')",
        "INSERT INTO profile_tag (tag, profile) VALUES ('x', 9)",
        "INSERT INTO coverage (profile, from_at, until_at) VALUES (9, 1, 2)",
        "INSERT INTO count_point (profile, at, counts) VALUES (9, 1, '{}')",
        "INSERT INTO profile_text_row (profile, username) VALUES (9, 'x')",
        "INSERT INTO profile_text_todo (profile) VALUES (9)",
    ] {
        let (_folder, path) = folder();
        let store = SqliteStore::open(&path).unwrap();
        follow(&store, "someone").await;
        assert_eq!(broken(&store).await, None);
        let sql = format!("PRAGMA foreign_keys = OFF; {sql}");
        rusqlite::Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        let found = broken(&store).await.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(found.beside && found.what.contains("not there"), "{sql}: {found:?}");
    }
}

/// Whatever becomes of names, they fit together afterwards.
#[tokio::test]
async fn names_that_come_and_go_fit_the_revisions() {
    let (store, id) = renamed().await;
    look(&store, id, 7, |profile| profile.username = named("SECOND_name")).await;
    look(&store, id, 9, |profile| profile.username = named("First_Name")).await;
    let known = |profile: &mut Profile| {
        (profile.telegram_id, profile.username_owner) = (Observed::Present(7), Observed::Present(7));
    };
    look(&store, id, 11, known).await;
    look(&store, id, 13, |profile| profile.username_owner = Observed::Present(8)).await;
    assert_eq!(broken(&store).await, None, "it was lost");
    look(&store, id, 15, |profile| profile.username_owner = Observed::Present(7)).await;
    assert_eq!(broken(&store).await, None, "it is back");
    hold_another_name(&store, id, 17).await;
    let held = store.held(None, 0, 9).await.unwrap().remove(0);
    store.settle(held.id, Decision::Accept, at(30), &Actor::system()).await.unwrap();
    assert_eq!(store.profile(&named("third_name").into()).await.unwrap().unwrap().id, id);
    assert_eq!(broken(&store).await, None, "a person has accepted it");
    let dated = "UPDATE profile_name SET until_at = 1700000017000 WHERE until_at = 1700000030000; \
        UPDATE profile_name SET from_at = 1700000017000 WHERE from_at = 1700000030000";
    run(&store, dated).await;
    assert_eq!(broken(&store).await, None, "versions of before dated it by the last look");
    let last = store.profile(&id.into()).await.unwrap().unwrap().last_number;
    for number in (2..=last).rev() {
        store.remove_revision(id, number, at(40), &Actor::system()).await.unwrap();
        assert_eq!(broken(&store).await, None, "{number} was removed");
    }
}

async fn hold_another_name(store: &SqliteStore, id: ProfileId, seconds: i64) {
    let claim = store.claim(id, at(seconds), LEASE).await.unwrap().unwrap();
    let mut check = changed(&claim, at(seconds), |profile| profile.username = named("third_name"));
    let revision = check.revisions.remove(0);
    check.state = None;
    check.held.push(HeldStep::New(Box::new(Held {
        id: HeldId(0),
        profile_id: id,
        username: claim.record.username.clone(),
        reason: HoldReason::Surge,
        changes: revision.changes,
        after: Some(revision.profile),
        counts: Counts::default(),
        last_seen_before: claim.record.last_seen_at,
        first_seen: at(seconds),
        confirmations: 0,
        counted_at: at(seconds),
        fetcher: "test".into(),
        parser: "test/1".into(),
        rejected: false,
    })));
    store.commit(&claim, check).await.unwrap();
}

/// Whoever is told that a row is damaged has to find it.
#[tokio::test]
async fn what_is_damaged_is_named_with_its_row() {
    let (store, id) = renamed().await;
    hold_another_name(&store, id, 9).await;
    let said = |error: StoreError| match error {
        StoreError::Damaged { why, .. } => why,
        other => panic!("{other}"),
    };
    run(&store, "UPDATE change_log SET after = '{'").await;
    for error in [
        store.changes(0, 9).await.unwrap_err(),
        store.changes_of(id, 2).await.unwrap_err(),
        store.verify_chain().await.unwrap_err(),
    ] {
        let why = said(error);
        assert!(why.starts_with("row 1 of change_log: "), "{why}");
    }
    run(&store, "UPDATE held SET content = '{'").await;
    let why = said(store.held(None, 0, 9).await.unwrap_err());
    assert!(why.starts_with("row 1 of held: "), "{why}");
    run(&store, "UPDATE revision SET content = '{' WHERE number = 2").await;
    let why = said(store.revisions(id, 0, 9).await.unwrap_err());
    assert!(why.starts_with("row 2 of revision: "), "{why}");
    run(&store, "DELETE FROM held; UPDATE profile SET state = '{' WHERE key = 1").await;
    let why = said(store.profile(&id.into()).await.unwrap_err());
    assert!(why.starts_with("row 1 of profile: "), "{why}");
    let claimed = said(store.claim_due(at(9_000), 9, LEASE).await.unwrap_err());
    assert!(claimed.starts_with("row 1 of profile: "), "{claimed}");
}

/// Another version of Unicode knows other letters: what it has written is no break, and is written anew.
#[tokio::test]
async fn names_that_another_version_has_folded_are_no_break() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "a").await;
    look(&store, id, 3, |profile| profile.display_name = Observed::Present("École".into())).await;
    let before = "UPDATE profile SET title_key = 'École'; UPDATE meta SET value = 'unicode 1.0.0' WHERE name = 'folded_by'";
    run(&store, before).await;
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.other_case, report.broken), (true, None));
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.other_case, report.broken), (false, None));
    assert_eq!(store.search("éc", 9).await.unwrap().len(), 1);
}
