//! What is known of the canaries.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::codec::{damaged, first, from_json, millis, name, to_json};
use crate::canary::CanaryRecord;
use crate::store::StoreResult;
use crate::{Field, Outcome, ProfileKind, Timestamp, Username};

#[derive(Serialize, Deserialize)]
struct Content {
    username: String,
    fetcher: Option<String>,
    #[serde(default)]
    kind: Option<ProfileKind>,
    fields: Vec<Field>,
    outcome: String,
    reason: Option<String>,
    lost: Vec<Field>,
    checked_at: i64,
    good_at: Option<i64>,
    lost_since: Option<i64>,
}

pub(super) fn find(conn: &Connection, username: &Username) -> StoreResult<Option<CanaryRecord>> {
    let sql = "SELECT content FROM canary WHERE name_key = ?1";
    first(conn.prepare_cached(sql)?.query([username.key()])?, |cells| {
        let content: Content = from_json(cells.str()?)?;
        let checked_at = Timestamp::from_millis(content.checked_at);
        let mut record = CanaryRecord::new(name(&content.username)?, checked_at);
        record.outcome =
            Outcome::from_name(&content.outcome).ok_or_else(|| damaged("a stored outcome is unknown"))?;
        record.fetcher = content.fetcher;
        record.kind = content.kind;
        record.fields = content.fields;
        record.reason = content.reason;
        record.lost = content.lost;
        record.good_at = content.good_at.map(Timestamp::from_millis);
        record.lost_since = content.lost_since.map(Timestamp::from_millis);
        Ok(record)
    })
}

pub(super) fn set(conn: &Connection, record: &CanaryRecord) -> StoreResult<()> {
    let content = to_json(&Content {
        username: record.username.as_str().to_owned(),
        fetcher: record.fetcher.clone(),
        kind: record.kind,
        fields: record.fields.clone(),
        outcome: record.outcome.as_str().to_owned(),
        reason: record.reason.clone(),
        lost: record.lost.clone(),
        checked_at: record.checked_at.as_millis(),
        good_at: millis(record.good_at),
        lost_since: millis(record.lost_since),
    })?;
    conn.prepare_cached("INSERT OR REPLACE INTO canary (name_key, content) VALUES (?1, ?2)")?
        .execute([record.username.key(), content])?;
    Ok(())
}
