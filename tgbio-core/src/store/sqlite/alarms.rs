//! Alarms that go on.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::codec::{all, damaged, from_json, number, to_json};
use crate::Timestamp;
use crate::alarm::{Acceptance, Alarm};
use crate::store::StoreResult;

#[derive(Serialize, Deserialize)]
struct Content {
    since: i64,
    from: i64,
    seen_at: i64,
    profiles: i64,
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted: Option<Word>,
}

#[derive(Serialize, Deserialize)]
struct Word {
    at: i64,
    grounds: Option<Vec<String>>,
}

fn acceptance(word: Word) -> Acceptance {
    Acceptance { grounds: word.grounds, ..Acceptance::new(Timestamp::from_millis(word.at)) }
}

fn word(acceptance: &Acceptance) -> Word {
    Word { at: acceptance.at.as_millis(), grounds: acceptance.grounds.clone() }
}

pub(super) fn list(conn: &Connection) -> StoreResult<Vec<Alarm>> {
    let sql = "SELECT key, content FROM alarm ORDER BY key";
    all(conn.prepare_cached(sql)?.query([])?, |cells| {
        let cause = Alarm::cause_of(cells.str()?).ok_or_else(|| damaged("a stored alarm is unknown"))?;
        let content: Content = from_json(cells.str()?)?;
        let mut alarm = Alarm::new(cause, Timestamp::from_millis(content.since), content.detail);
        alarm.from = Timestamp::from_millis(content.from);
        alarm.seen_at = Timestamp::from_millis(content.seen_at);
        alarm.profiles = number(content.profiles);
        alarm.accepted = content.accepted.map(acceptance);
        Ok(alarm)
    })
}

pub(super) fn set(conn: &Connection, alarm: &Alarm) -> StoreResult<()> {
    let content = to_json(&Content {
        since: alarm.since.as_millis(),
        from: alarm.from.as_millis(),
        seen_at: alarm.seen_at.as_millis(),
        profiles: super::codec::int(alarm.profiles),
        detail: alarm.detail.clone(),
        accepted: alarm.accepted.as_ref().map(word),
    })?;
    conn.prepare_cached("INSERT OR REPLACE INTO alarm (key, content) VALUES (?1, ?2)")?
        .execute([alarm.key(), content])?;
    Ok(())
}

pub(super) fn end(conn: &Connection, key: &str) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM alarm WHERE key = ?1")?.execute([key])?;
    Ok(())
}
