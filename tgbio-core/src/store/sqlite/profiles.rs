//! Following, changing and erasing profiles.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::codec::all;
use super::sources::Others;
use super::state_json::StateJson;
use super::{audit, chain, changes, held, names, record, revisions, text, totals};
use crate::store::{
    Actor, NewProfile, ProfileKey, ProfilePatch, ProfileRecord, StoreError, StoreResult, tidy_tags,
};
use crate::{ProfileId, Timestamp, Username};

pub(super) fn follow(
    conn: &Connection,
    new: &NewProfile,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<ProfileRecord> {
    let username = new.username.clone();
    if let Some(key) = names::holder(conn, &username.key())? {
        let id = record::by_key(conn, key)?.record.id;
        return Err(StoreError::AlreadyFollowed { username, id });
    }
    if opted_out(conn, &username)? {
        return Err(StoreError::OptedOut { username });
    }
    let mut record = ProfileRecord::new(ProfileId::new(), username, now);
    record.note.clone_from(&new.note);
    record.tags = tidy_tags(&new.tags);
    record.interval = new.interval;
    record.priority = new.priority;
    record::insert(conn, &record)?;
    audit::write(conn, now, actor, "profile.follow", Some(record.id), None)?;
    Ok(record)
}

pub(super) fn update(
    conn: &Connection,
    id: ProfileId,
    patch: &ProfilePatch,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<ProfileRecord> {
    let row = record::get(conn, id)?;
    let next = patch.applied_to(&row.record, now);
    record::update(conn, &row, (&next, &StateJson::new(next.state.as_ref()), Others::All), now)?;
    audit::write(conn, now, actor, "profile.update", Some(id), Some(&patch.summary()))?;
    Ok(next)
}

/// What the audit log says of an erasure after which the name is refused.
pub(super) const OPTED_OUT: &str = "opted out";

/// Deletes every trace but places in logs and links of the chain.
pub(super) fn erase(
    conn: &Connection,
    id: ProfileId,
    opt_out: bool,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<()> {
    let row = record::get(conn, id)?;
    if opt_out {
        let sql = "INSERT OR IGNORE INTO opt_out (name_hash, at) VALUES (?1, ?2)";
        let hash = name_hash(&salt(conn)?, &row.record.username);
        conn.prepare_cached(sql)?.execute(params![hash.as_slice(), now.as_millis()])?;
    }
    erase_row(conn, &row, opt_out, now, actor)
}

/// The same, where the name of whoever `opted_out` is refused already.
pub(super) fn erase_row(
    conn: &Connection,
    row: &record::Row,
    opted_out: bool,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<()> {
    for held in held::of(conn, row.key)? {
        held::drop_row(conn, held.id)?;
    }
    erase_revisions(conn, row.key)?;
    erase_photos(conn, row.key)?;
    super::stray::erase(conn, row.key)?;
    text::forget_profile(conn, row.key)?;
    changes::erase(conn, row.key)?;
    totals::moved(conn, Some(&row.record), None)?;
    super::claims::forget(conn, row.key)?;
    conn.prepare_cached("DELETE FROM profile WHERE key = ?1")?.execute([row.key])?;
    let detail = opted_out.then_some(OPTED_OUT);
    audit::write(conn, now, actor, "profile.erase", Some(row.record.id), detail)
}

fn erase_revisions(conn: &Connection, key: i64) -> StoreResult<()> {
    const PAGE: usize = 100;
    loop {
        let rows = revisions::after(conn, key, 0, PAGE)?;
        let mut tombstones = Vec::new();
        for row in &rows {
            revisions::delete(conn, key, row, &mut tombstones)?;
        }
        chain::record_removal(conn, &mut tombstones)?;
        if rows.len() < PAGE {
            return Ok(());
        }
    }
}

fn erase_photos(conn: &Connection, key: i64) -> StoreResult<()> {
    let sql = "DELETE FROM profile_photo WHERE profile = ?1 RETURNING photo";
    let photos = all(conn.prepare_cached(sql)?.query([key])?, |cells| cells.int())?;
    photos.into_iter().try_for_each(|photo| super::photos::drop_unused(conn, photo))
}

/// Only a salted hash of a name is kept.
pub(super) fn name_hash(salt: &[u8], username: &Username) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(username.key()).finalize().into()
}

/// With what the names are hashed that opt out here.
fn salt(conn: &Connection) -> StoreResult<Vec<u8>> {
    let sql = "SELECT value FROM meta WHERE name = 'opt_out_salt'";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// This one, and those of other databases whose opted-out names are refused here as well.
pub(super) fn salts(conn: &Connection) -> StoreResult<Vec<Vec<u8>>> {
    let sql = "SELECT value FROM meta WHERE name GLOB 'opt_out_salt*'";
    all(conn.prepare_cached(sql)?.query([])?, |cells| cells.blob().map(<[u8]>::to_vec))
}

pub(super) fn add_salt(conn: &Connection, salt: &[u8]) -> StoreResult<()> {
    let sql = "INSERT INTO meta (name, value) SELECT 'opt_out_salt_' || lower(hex(?1)), ?1 \
        WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name GLOB 'opt_out_salt*' AND value = ?1)";
    conn.prepare_cached(sql)?.execute([salt])?;
    Ok(())
}

pub(super) fn opted_out(conn: &Connection, username: &Username) -> StoreResult<bool> {
    let mut refused = conn.prepare_cached("SELECT 1 FROM opt_out WHERE name_hash = ?1")?;
    for salt in salts(conn)? {
        if refused.exists([name_hash(&salt, username).as_slice()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The row number of a profile, for the tables that belong to it.
pub(super) fn key_of(conn: &Connection, id: ProfileId) -> StoreResult<Option<i64>> {
    let sql = "SELECT key FROM profile WHERE id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([id.as_bytes().as_slice()], |row| row.get(0)).optional()?)
}

pub(super) fn find(conn: &Connection, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>> {
    Ok(record::find(conn, key)?.map(|row| row.record))
}
