//! Photos, kept by their identity and shared by the profiles that show them.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{all, first, limit};
use super::{commit, evidence, record};
use crate::store::{Committed, PhotoReading, StoreResult, photo};
use crate::{PhotoBytes, PhotoId, ProfileId, Timestamp};

pub(super) fn record(conn: &Connection, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
    let row = record::get(conn, id)?;
    let check = photo::read(&row.record, reading);
    let done = commit::apply(conn, &row, &check, &evidence::Packed::None)?;
    let shown = check.applied_to(&row.record).state.is_some_and(|state| state.photo_id().is_some());
    if let (Some(bytes), true) = (&reading.bytes, shown) {
        keep(conn, row.key, bytes, reading.at)?;
    }
    Ok(done)
}

fn keep(conn: &Connection, profile: i64, bytes: &PhotoBytes, at: Timestamp) -> StoreResult<()> {
    let id = photo::id_of(bytes);
    let sql = "INSERT OR IGNORE INTO photo (id, media_type, body) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![id.as_str(), bytes.media_type, &bytes.body[..]])?;
    let sql = "INSERT OR REPLACE INTO profile_photo (profile, photo, read_at) \
        SELECT ?1, key, ?3 FROM photo WHERE id = ?2";
    conn.prepare_cached(sql)?.execute(params![profile, id.as_str(), at.as_millis()])?;
    let sql = "DELETE FROM profile_photo WHERE profile = ?1 AND photo NOT IN (SELECT photo FROM profile_photo \
        WHERE profile = ?1 ORDER BY read_at DESC, photo DESC LIMIT ?2) RETURNING photo";
    let old = all(conn.prepare_cached(sql)?.query([profile, limit(photo::KEPT)])?, |cells| cells.int())?;
    old.into_iter().try_for_each(|photo| drop_unused(conn, photo))
}

/// Deletes a picture that no profile shows any more.
pub(super) fn drop_unused(conn: &Connection, photo: i64) -> StoreResult<()> {
    let sql = "SELECT 1 FROM profile_photo WHERE photo = ?1 LIMIT 1";
    let used: Option<i64> = conn.prepare_cached(sql)?.query_row([photo], |row| row.get(0)).optional()?;
    if used.is_none() {
        conn.prepare_cached("DELETE FROM photo WHERE key = ?1")?.execute([photo])?;
    }
    Ok(())
}

pub(super) fn find(conn: &Connection, profile: i64, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>> {
    let sql = "SELECT b.media_type, b.body FROM photo b JOIN profile_photo p ON p.photo = b.key \
        WHERE b.id = ?1 AND p.profile = ?2";
    first(conn.prepare_cached(sql)?.query(params![photo.as_str(), profile])?, |cells| {
        let media_type = media_type(cells.str()?);
        Ok(PhotoBytes::new(Bytes::copy_from_slice(cells.blob()?), media_type))
    })
}

/// Only pictures were ever stored; anything else is given out as bytes that no browser shows.
fn media_type(stored: &str) -> &'static str {
    let known = ["image/jpeg", "image/png", "image/webp"].into_iter().find(|known| *known == stored);
    known.unwrap_or("application/octet-stream")
}
