//! The text index. Texts wait in a short queue and are indexed many at a time, because every transaction that touches
//! the index costs as much as several checks. What still waits is searched row by row, so nothing is ever missed.

use rusqlite::{Connection, params};

use super::codec::{all, first, limit};
use super::revisions;
use crate::Field;
use crate::store::{Needle, Revision, StoreResult, fold, texts};

/// So many profiles' names wait at most: whoever looks for a name reads them one by one.
const NAMES: i64 = 128;
/// So many revisions wait, give or take [`EVERY`]. Pieces of the index are merged the less the larger they are.
const REVISIONS: i64 = 1024;
/// The queue of revisions is looked at once in so many links of the chain.
const EVERY: i64 = 64;
/// So many are indexed in one go.
const BATCH: usize = 2048;

/// A phrase for the index; a text is never syntax in it.
pub(super) fn phrase(needle: &Needle) -> String {
    format!("\"{}\"", needle.folded.replace('"', "\"\""))
}

/// The texts that are new in a revision.
pub(super) fn new_texts(revision: &Revision) -> [(Field, Option<&str>); 3] {
    texts(&revision.profile).map(|(field, text)| (field, text.filter(|_| revision.changed.contains(&field))))
}

/// Texts as they stand in the index.
fn indexed(texts: [Option<&str>; 3]) -> Option<[Option<String>; 3]> {
    let texts = texts.map(|text| text.map(|text| fold(text.replace('\0', ""))));
    texts.iter().any(Option::is_some).then_some(texts)
}

/// Up to which place of the chain revisions are in the index.
pub(super) fn indexed_to(conn: &Connection) -> StoreResult<i64> {
    let sql = "SELECT value FROM meta WHERE name = 'indexed_to'";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// So many links of the chain were written, up to `newest`; a long queue is indexed.
pub(super) fn revisions_added(conn: &Connection, newest: i64, count: usize) -> StoreResult<()> {
    if newest / EVERY == newest.saturating_sub(limit(count)) / EVERY {
        return Ok(());
    }
    let done = indexed_to(conn)?;
    if newest - done >= REVISIONS { index_revisions(conn, done) } else { Ok(()) }
}

fn index_revisions(conn: &Connection, done: i64) -> StoreResult<()> {
    let sql = "INSERT INTO revision_text (rowid, username, title, bio) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = conn.prepare_cached(sql)?;
    let mut last = done;
    revisions::each_text_after(conn, done, BATCH, |seq, texts| {
        if let Some([username, title, bio]) = indexed(texts.new_ones()) {
            insert.execute(params![seq, username, title, bio])?;
        }
        last = seq;
        Ok(())
    })?;
    conn.prepare_cached("UPDATE meta SET value = ?1 WHERE name = 'indexed_to'")?.execute([last])?;
    Ok(())
}

/// Takes a revision out of the index.
pub(super) fn forget_revision(conn: &Connection, row: &revisions::Row) -> StoreResult<()> {
    if row.seq > indexed_to(conn)? {
        return Ok(());
    }
    let texts = new_texts(&row.revision).map(|(_, text)| text);
    let Some([username, title, bio]) = indexed(texts) else { return Ok(()) };
    let sql = "INSERT INTO revision_text (revision_text, rowid, username, title, bio) \
        VALUES ('delete', ?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![row.seq, username, title, bio])?;
    Ok(())
}

/// The current names of a profile are new.
pub(super) fn profile_changed(conn: &Connection, key: i64) -> StoreResult<()> {
    conn.prepare_cached("INSERT OR IGNORE INTO profile_text_todo (profile) VALUES (?1)")?.execute([key])?;
    let waiting: i64 =
        conn.prepare_cached("SELECT count(*) FROM profile_text_todo")?.query_row([], |row| row.get(0))?;
    if waiting >= NAMES { index_profiles(conn) } else { Ok(()) }
}

fn index_profiles(conn: &Connection) -> StoreResult<()> {
    let sql = "SELECT t.profile, p.name_key, p.title_key FROM profile_text_todo t \
        JOIN profile p ON p.key = t.profile LIMIT ?1";
    let waiting = all(conn.prepare_cached(sql)?.query([limit(BATCH)])?, |cells| {
        Ok((cells.int()?, [cells.maybe_text()?, cells.maybe_text()?]))
    })?;
    for (key, names) in waiting {
        index_profile(conn, key, &names)?;
    }
    Ok(())
}

/// The username and the display name of a profile.
type Names = [Option<String>; 2];

/// Brings the index from what it has of a profile to its names of now, touching only what differs.
fn index_profile(conn: &Connection, key: i64, names: &Names) -> StoreResult<()> {
    let sql = "SELECT username, title FROM profile_text_row WHERE profile = ?1";
    let old: Names = first(conn.prepare_cached(sql)?.query([key])?, |cells| {
        Ok([cells.maybe_text()?, cells.maybe_text()?])
    })?
    .unwrap_or_default();
    for ((row, old), new) in (2 * key..).zip(&old).zip(names) {
        if old == new {
            continue;
        }
        if let Some(old) = old {
            let sql = "INSERT INTO profile_text (profile_text, rowid, text) VALUES ('delete', ?1, ?2)";
            conn.prepare_cached(sql)?.execute(params![row, old])?;
        }
        if let Some(new) = new {
            let sql = "INSERT INTO profile_text (rowid, text) VALUES (?1, ?2)";
            conn.prepare_cached(sql)?.execute(params![row, new])?;
        }
    }
    let sql = "INSERT OR REPLACE INTO profile_text_row (profile, username, title) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![key, names[0], names[1]])?;
    conn.prepare_cached("DELETE FROM profile_text_todo WHERE profile = ?1")?.execute([key])?;
    Ok(())
}

/// Takes the current names of a profile out of the index and its queue.
pub(super) fn forget_profile(conn: &Connection, key: i64) -> StoreResult<()> {
    index_profile(conn, key, &Names::default())?;
    conn.prepare_cached("DELETE FROM profile_text_row WHERE profile = ?1")?.execute([key])?;
    Ok(())
}

/// Profiles whose current names hold the text, and those whose names wait for the index; `None` when there are more
/// than `most`.
pub(super) fn profiles_with(
    conn: &Connection,
    needle: &Needle,
    most: usize,
) -> StoreResult<Option<Vec<i64>>> {
    let sql = "SELECT rowid / 2 FROM profile_text WHERE profile_text MATCH ?1 LIMIT ?2";
    let mut keys =
        all(conn.prepare_cached(sql)?.query(params![phrase(needle), limit(most + 1)])?, |cells| cells.int())?;
    if keys.len() > most {
        return Ok(None);
    }
    let waiting = "SELECT profile FROM profile_text_todo";
    keys.extend(all(conn.prepare_cached(waiting)?.query([])?, |cells| cells.int())?);
    Ok(Some(keys))
}

/// A revision that a search looks at.
pub(super) struct Candidate {
    pub profile_id: crate::ProfileId,
    pub username: crate::Username,
    pub revision: Revision,
}

/// Walks the revisions that may hold the text, newest first, until `enough` says so.
pub(super) fn walk_revisions(
    conn: &Connection,
    needle: &Needle,
    mut enough: impl FnMut(Candidate) -> bool,
) -> StoreResult<()> {
    let mut waiting = Vec::new();
    revisions::each_text_after(conn, indexed_to(conn)?, usize::MAX, |seq, texts| {
        if texts.new_ones().into_iter().flatten().any(|text| needle.is_in(text)) {
            waiting.push(seq);
        }
        Ok(())
    })?;
    for seq in waiting.into_iter().rev() {
        if candidate(conn, seq)?.is_some_and(&mut enough) {
            return Ok(());
        }
    }
    let sql = "SELECT rowid FROM revision_text WHERE revision_text MATCH ?1 ORDER BY rowid DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([phrase(needle)])?;
    while let Some(row) = rows.next()? {
        if candidate(conn, row.get(0)?)?.is_some_and(&mut enough) {
            return Ok(());
        }
    }
    Ok(())
}

fn candidate(conn: &Connection, seq: i64) -> StoreResult<Option<Candidate>> {
    let sql = "SELECT p.id, p.username FROM revision r JOIN profile p ON p.key = r.profile WHERE r.seq = ?1";
    let whose = first(conn.prepare_cached(sql)?.query([seq])?, |cells| {
        Ok((crate::ProfileId::from_bytes(cells.bytes()?), super::codec::name(cells.str()?)?))
    })?;
    let Some((profile_id, username)) = whose else { return Ok(None) };
    let row = revisions::at(conn, seq)?;
    Ok(row.map(|row| Candidate { profile_id, username, revision: row.revision }))
}

/// A list of keys for `json_each`.
pub(super) fn keys_json(keys: &[i64]) -> StoreResult<String> {
    super::codec::to_json(keys)
}
