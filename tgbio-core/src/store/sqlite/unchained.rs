//! What no link of the chain commits to, as far as it says by itself whether it is whole: photos by their hash, the pages of
//! what waits, spans of observation that exclude each other, and logs whose entries are counted.

use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::codec::damaged;
use super::evidence;
use super::verify::{ChainBreak, ChainReport, Wrong};
use crate::store::StoreResult;
use crate::{PhotoId, ProfileId};

const PHOTO: Wrong = "a photo is not the one whose hash it is kept by";
const PAGE: Wrong =
    "the raw page of a waiting change, or one that could not be judged, is not the one that came";
const SPAN: Wrong = "the times in which the profile was observed contradict each other";
const CHANGES: Wrong = "an entry of the change log is gone";
const AUDIT: Wrong = "an entry of the audit log is gone";
const CHECKPOINT: Wrong = "a kept checkpoint is gone";
/// What runs with every write, or stands in the place of a table, is no history.
pub(super) const FOREIGN: Wrong = "the database has a trigger or a view that this program has not made";

type Found = Option<(Option<ProfileId>, Wrong)>;

/// The first thing that is wrong; photos are counted in the report.
pub(super) fn differs(conn: &Connection, report: &mut ChainReport) -> StoreResult<Option<ChainBreak>> {
    let seq = report.head.seq;
    let broken = |(profile, what)| ChainBreak { seq, profile, revision: None, beside: true, what };
    if let Some(found) = photos(conn, &mut report.photos)? {
        return Ok(Some(broken(found)));
    }
    for look in [foreign, pages, spans, places] {
        if let Some(found) = look(conn)? {
            return Ok(Some(broken(found)));
        }
    }
    Ok(None)
}

fn foreign(conn: &Connection) -> StoreResult<Found> {
    Ok(is_foreign(conn)?.then_some((None, FOREIGN)))
}

/// What an account of Telegram's protocol knows of a profile goes with the profile when that is erased, whichever program does
/// so: the one trigger that this program makes, beside the tables of the account, as SQLite keeps its text.
pub const ERASES_ACCOUNTS_KNOWLEDGE: &str = "CREATE TRIGGER mtproto_erased BEFORE DELETE ON profile BEGIN \
    DELETE FROM mtproto_absent WHERE name IN (SELECT name_key FROM profile_name WHERE profile = OLD.key); \
    DELETE FROM mtproto_peer WHERE id = json_extract(OLD.state, '$.telegram_id') \
        OR instr(' ' || names || ' ', ' ' || OLD.name_key || ' ') > 0; \
    END";

/// Whether there is anything that this program does not make and that acts by itself.
pub(super) fn is_foreign(conn: &Connection) -> StoreResult<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view') AND sql IS NOT ?1)";
    Ok(conn.query_row(sql, [ERASES_ACCOUNTS_KNOWLEDGE], |row| row.get(0))?)
}

fn owner(row: &Row<'_>) -> rusqlite::Result<ProfileId> {
    row.get(0).map(ProfileId::from_bytes)
}

fn photos(conn: &Connection, counted: &mut u64) -> StoreResult<Found> {
    let mut statement = conn.prepare("SELECT key, id, body FROM photo")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hash = Sha256::digest(row.get_ref(2)?.as_bytes().map_err(damaged)?);
        if row.get_ref(1)?.as_str().map_err(damaged)? != PhotoId::sha256(&hash.into()).as_str() {
            let sql =
                "SELECT p.id FROM profile_photo s JOIN profile p ON p.key = s.profile WHERE s.photo = ?1";
            let shown_by = conn.query_row(sql, [row.get::<_, i64>(0)?], owner).optional()?;
            return Ok(Some((shown_by, PHOTO)));
        }
        *counted += 1;
    }
    Ok(None)
}

/// Pages of revisions are compared with what was committed to.
fn pages(conn: &Connection) -> StoreResult<Found> {
    let sql = "SELECT p.id, w.evidence FROM (SELECT profile, evidence FROM held WHERE evidence IS NOT NULL \
        UNION ALL SELECT profile, evidence FROM stray_page) w JOIN profile p ON p.key = w.profile";
    let (mut statement, mut pages) = (conn.prepare(sql)?, evidence::Verifier::prepare(conn)?);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !pages.is_whole(row.get(1)?)? {
            return Ok(Some((Some(owner(row)?), PAGE)));
        }
    }
    Ok(None)
}

/// Each span ends after it began and before the next one begins, the open one last.
fn spans(conn: &Connection) -> StoreResult<Found> {
    for sql in [CLOSED_SPANS, OPEN_SPANS] {
        if let Some(whose) = conn.query_row(sql, [], owner).optional()? {
            return Ok(Some((Some(whose), SPAN)));
        }
    }
    Ok(None)
}

const CLOSED_SPANS: &str = "SELECT p.id FROM coverage c JOIN look l ON l.profile = c.profile \
    JOIN profile p ON p.key = c.profile WHERE c.until_at < c.from_at OR c.until_at > l.span_from OR c.until_at > \
    (SELECT min(n.from_at) FROM coverage n WHERE n.profile = c.profile AND n.from_at > c.from_at) LIMIT 1";
const OPEN_SPANS: &str = "SELECT p.id FROM look l JOIN profile p ON p.key = l.profile \
    WHERE l.last_checked_at - l.span_ago < l.span_from LIMIT 1";

/// Nothing is ever deleted from these, so there are as many entries as numbers were given.
fn places(conn: &Connection) -> StoreResult<Found> {
    for (table, what) in [("change_log", CHANGES), ("audit_log", AUDIT), ("checkpoint", CHECKPOINT)] {
        let given = format!("SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0)");
        let sql = format!("{given} = (SELECT count(*) FROM {table})");
        if !conn.query_row(&sql, [], |row| row.get(0))? {
            return Ok(Some((None, what)));
        }
    }
    Ok(None)
}
