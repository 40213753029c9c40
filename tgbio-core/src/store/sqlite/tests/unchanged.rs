//! An unchanged check writes bookkeeping only.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::*;
use crate::testing::ScriptedFetcher;
use crate::{ManualClock, Tracker};

/// Every row of every table.
fn tables(path: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let conn = Connection::open(path).unwrap();
    let mut names = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        .unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = |name: &String| {
        let mut statement = conn.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    };
    names.into_iter().map(|name| (name.clone(), rows(&name))).collect()
}

/// A profile with something in every field that a page may change.
fn shown(username: &Username) -> Profile {
    let mut profile = Profile::new(username.clone());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present("Some One".into());
    profile.bio = Observed::Present("a bio".into());
    profile.verified = Observed::Present(true);
    profile
}

#[tokio::test]
async fn an_unchanged_check_writes_when_it_was_and_nothing_else() {
    let (_folder, path) = folder();
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let clock = ManualClock::new(at(0));
    let source = ScriptedFetcher::new(Arc::new(clock.clone()));
    let tracker = Tracker::builder(Arc::new(source.clone()), store).clock(Arc::new(clock.clone())).build();
    let mut ids = Vec::new();
    for name in ["one_of_three", "two_of_three", "three_of_three"] {
        let new = NewProfile::new(Username::parse(name).unwrap());
        source.show(shown(&new.username));
        ids.push(tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
    }
    let mut before = tables(&path);
    for _ in 0..3 {
        clock.advance(2 * LEASE);
        for id in &ids {
            assert!(tracker.check_now(*id).await.unwrap().changed.is_empty());
        }
        let after = tables(&path);
        let differ = |name: &&String| before[*name] != after[*name];
        assert_eq!(after.keys().filter(differ).collect::<Vec<_>>(), ["look", "meta"]);
        assert_eq!(after["look"].len(), before["look"].len());
        let told: Vec<_> = after["meta"].iter().filter(|row| !before["meta"].contains(row)).collect();
        assert!(told.len() == 1 && told[0][0] == Value::Text("told_at".into()), "{told:?}");
        before = after;
    }
}
