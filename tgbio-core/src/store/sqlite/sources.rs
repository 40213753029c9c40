//! What each backend said last. Where that is the state of the profile, it stands there only.

use std::borrow::Cow;

use rusqlite::{Connection, params};

use super::codec::{all, damaged, from_json, to_json};
use super::record::{self, Row};
use super::state_json::StateJson;
use crate::sources::Source;
use crate::store::{ProfileRecord, StoreResult};
use crate::{Profile, ProfileId, Timestamp};

/// Writes what a backend says now. Until when the one before it has said its own is known from the record.
pub(super) fn write(
    conn: &Connection,
    key: i64,
    before: &ProfileRecord,
    source: &Source,
    json: &StateJson<'_>,
) -> StoreResult<()> {
    if let Some((other, until)) = before.said_by_another(&source.fetcher) {
        let sql = "UPDATE source SET observed_at = max(observed_at, ?3) WHERE profile = ?1 AND fetcher = ?2";
        conn.prepare_cached(sql)?.execute(params![key, other, until.as_millis()])?;
    }
    let said = said(&source.profile, json)?;
    let values = params![key, source.fetcher, source.parser, source.observed_at.as_millis(), said];
    let sql =
        "UPDATE source SET parser = ?3, observed_at = ?4, state = ?5 WHERE profile = ?1 AND fetcher = ?2";
    if conn.prepare_cached(sql)?.execute(values)? == 0 {
        let sql =
            "INSERT INTO source (profile, fetcher, parser, observed_at, state) VALUES (?1, ?2, ?3, ?4, ?5)";
        conn.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

/// Whether what a backend says now stands there already: it alone has ever said anything, always what is the state of the
/// profile, and until when is known from the record `next`.
pub(super) fn stands(
    conn: &Connection,
    row: &Row,
    (next, json): (&ProfileRecord, &StateJson<'_>),
    source: &Source,
) -> StoreResult<bool> {
    let goes_on = row.record.seen_by.as_ref() == Some(&source.fetcher)
        && next.seen_by == row.record.seen_by
        && next.last_seen_at == Some(source.observed_at)
        && json.is_of(&source.profile);
    if !goes_on {
        return Ok(false);
    }
    let sql = "SELECT count(*) = 1 AND min(fetcher = ?2 AND parser = ?3 AND observed_at <= ?4 AND state IS NULL) \
        FROM source WHERE profile = ?1";
    let values = params![row.key, source.fetcher, source.parser, source.observed_at.as_millis()];
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// How a state is stored that is the profile's but for the photo's identity, which pages do not tell.
const BUT_PHOTO_ID: &str = "";

/// How what a backend says is stored beside the state of the profile.
fn said(profile: &Profile, state: &StateJson<'_>) -> StoreResult<Option<Cow<'static, str>>> {
    if state.is_of(profile) {
        Ok(None)
    } else if state.is_of_without_photo_id(profile) {
        Ok(Some(Cow::Borrowed(BUT_PHOTO_ID)))
    } else {
        to_json(profile).map(|json| Some(Cow::Owned(json)))
    }
}

/// What is stored like that, beside the state's JSON.
fn profile_of(said: Option<&str>, state: Option<&str>) -> StoreResult<Profile> {
    let state =
        || from_json::<Profile>(state.ok_or_else(|| damaged("a profile that was seen has no state"))?);
    match said {
        None => state(),
        Some(BUT_PHOTO_ID) => Ok(state()?.without_photo_id()),
        Some(own) => from_json(own),
    }
}

/// Whose words are kept apart from a state that is about to change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Others<'a> {
    /// Those of all backends.
    All,
    /// Those of all but this one, which tells the change.
    But(&'a str),
    /// Nobody else has said anything.
    Nobody,
}

/// The state of a profile is about to change: what others have said is kept apart from it.
pub(super) fn keep_apart(conn: &Connection, key: i64, others: Others<'_>) -> StoreResult<()> {
    let by = match others {
        Others::All => None,
        Others::But(by) => Some(by),
        Others::Nobody => return Ok(()),
    };
    let sql = "UPDATE source SET state = (SELECT iif(source.state IS NULL, state, json_remove(state, '$.photo.id')) \
        FROM profile WHERE key = ?1) WHERE profile = ?1 AND fetcher IS NOT ?2 AND coalesce(state, '') = ''";
    conn.prepare_cached(sql)?.execute(params![key, by])?;
    Ok(())
}

pub(super) fn read(conn: &Connection, id: ProfileId) -> StoreResult<Vec<Source>> {
    let Some(row) = record::find(conn, &id.into())? else { return Ok(Vec::new()) };
    let sql = "SELECT s.fetcher, s.parser, s.observed_at, s.state, p.state FROM source s \
        JOIN profile p ON p.key = s.profile WHERE s.profile = ?1 ORDER BY s.fetcher";
    all(conn.prepare_cached(sql)?.query([row.key])?, |cells| {
        let (fetcher, parser) = (cells.text()?, cells.text()?);
        let at = Timestamp::from_millis(cells.int()?);
        let profile = profile_of(cells.maybe_str()?, cells.maybe_str()?)?;
        Ok(row.record.brought_up(Source::new(&fetcher, &parser, at, profile)))
    })
}

/// Forgets what was said: a person removes something of it from the history.
pub(super) fn forget(conn: &Connection, key: i64) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM source WHERE profile = ?1")?.execute([key])?;
    Ok(())
}
