//! Whatever is asked often walks along an index.

use super::*;
use crate::store::{Order, ProfileQuery};

/// How SQLite means to answer.
async fn plan(store: &SqliteStore, sql: String) -> String {
    let plan = store.read(move |conn| {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let count = statement.parameter_count();
        let rows =
            statement.query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get::<_, String>(3))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
    });
    plan.await.unwrap()
}

#[tokio::test]
async fn no_common_question_scans_or_sorts() {
    let store = SqliteStore::in_memory().unwrap();
    let mut asked: Vec<(String, &str)> = vec![
        (crate::store::sqlite::claims::due_sql(), "by_look_due"),
        (crate::store::sqlite::claims::RANKED.into(), "by_look_due"),
        (crate::store::sqlite::claims::NEXT.into(), "by_look_due"),
        ("SELECT * FROM change_log WHERE seq > ?1 ORDER BY seq LIMIT 9".into(), "PRIMARY KEY"),
        ("SELECT * FROM revision WHERE profile = ?1 AND number > ?2 ORDER BY number LIMIT 9".into(), "INDEX"),
        ("SELECT * FROM revision WHERE profile = ?1 AND number < ?2 ORDER BY number DESC LIMIT 9".into(), "INDEX"),
        ("SELECT * FROM held WHERE rejected = 0 AND id > ?1 ORDER BY id LIMIT 9".into(), "by_held_waiting"),
        ("SELECT profile FROM profile_name WHERE name_key = ?1 AND until_at IS NULL ORDER BY from_at DESC LIMIT 1".into(), "COVERING INDEX by_profile_name_current"),
        ("SELECT p.id, l.version FROM profile_name n JOIN profile p ON p.key = n.profile JOIN look l ON l.profile = p.key WHERE n.name_key = ?1 AND n.until_at IS NULL ORDER BY n.from_at DESC LIMIT 1".into(), "COVERING INDEX by_profile_name_current"),
        ("SELECT at FROM count_point WHERE profile = ?1 AND at >= ?2 AND at <= ?3 ORDER BY at DESC LIMIT 9".into(), "PRIMARY KEY"),
    ];
    let filters = [
        ProfileQuery::default(),
        ProfileQuery { kind: Some(ProfileKind::Bot), ..ProfileQuery::default() },
        ProfileQuery { presence: Some(Presence::Missing), ..ProfileQuery::default() },
        ProfileQuery { monitored: Some(false), ..ProfileQuery::default() },
        ProfileQuery { failing: true, ..ProfileQuery::default() },
    ];
    for filter in filters {
        for order in [Order::Followed, Order::Username] {
            let query = ProfileQuery { order, ..filter.clone() };
            asked.push((
                store.read(move |conn| crate::store::sqlite::list::sql_of(conn, &query)).await.unwrap(),
                "",
            ));
        }
    }
    let changed = ProfileQuery { order: Order::LastChanged, ..ProfileQuery::default() };
    let sql = store.read(move |conn| crate::store::sqlite::list::sql_of(conn, &changed)).await.unwrap();
    asked.push((sql, "by_profile_changed"));
    for (sql, index) in asked {
        let plan = plan(&store, sql.clone()).await;
        let walks =
            plan.contains("SCAN p USING INDEX") || plan.starts_with("SCAN p;") || plan.contains("SEARCH");
        assert!(walks && plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

/// What somebody has is few, what is followed may be much.
#[tokio::test]
async fn what_is_given_back_is_found_from_the_leases() {
    let store = SqliteStore::in_memory().unwrap();
    let plan = plan(&store, crate::store::sqlite::claims::GIVEN_BACK.into()).await;
    assert!(plan.ends_with("SEARCH l USING INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
}
