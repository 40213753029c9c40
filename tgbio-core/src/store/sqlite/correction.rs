//! Writing corrections: a new link for each corrected revision, while the old one stays verifiable.

use rusqlite::Connection;

use super::db::Durability::Synced;
use super::sources::Others;
use super::state_json::StateJson;
use super::{SqliteStore, audit, changes, held, record, revisions};
use crate::history::changes_between;
use crate::store::{Actor, Correction, StoreError, StoreResult, correction};
use crate::{Change, ProfileId, Timestamp};

impl SqliteStore {
    /// Corrects revisions of one profile. Each gets a new link in the chain; what it was before stays at the old one. The
    /// change log's entries of these revisions, and what the next ones changed from, are corrected in their places, and no
    /// new one is told.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when one of the revisions is not as it was; nothing is written then.
    pub async fn correct(
        &self,
        id: ProfileId,
        corrections: Vec<Correction>,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        let actor = actor.clone();
        self.write(Synced, move |conn| correct(conn, id, &corrections, now, &actor)).await
    }
}

fn correct(
    conn: &Connection,
    id: ProfileId,
    corrections: &[Correction],
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<()> {
    let row = record::get(conn, id)?;
    let mut next = row.record.clone();
    // Its number is not the last one that was given where the one behind it was removed.
    let newest = revisions::before(conn, row.key, u64::MAX, 1)?.pop().map(|row| row.revision.number);
    for correction in corrections {
        replace(conn, (row.key, id), correction)?;
        correct_log(conn, row.key, correction)?;
        correct_next(conn, row.key, correction)?;
        if Some(correction.new.number) == newest {
            next = correction::record_after(&next, correction);
        }
    }
    next.last_changed_at = revisions::last_change(conn, row.key)?;
    record::update(conn, &row, (&next, &StateJson::new(next.state.as_ref()), Others::All), now)?;
    if next.state != row.record.state {
        for old in held::of(conn, row.key)? {
            match correction::held_after(&old, &next) {
                Some(corrected) if corrected != old => held::rewrite(conn, &corrected)?,
                Some(_) => {}
                None => held::drop_row(conn, old.id)?,
            }
        }
    }
    audit::write(conn, now, actor, "revision.correct", Some(id), Some(&corrections.len().to_string()))
}

/// The old content stays at its link, the new one gets another.
fn replace(conn: &Connection, whose: (i64, ProfileId), correction: &Correction) -> StoreResult<()> {
    let found = revisions::one(conn, whose.0, correction.old.number)?;
    let old = found.filter(|row| row.revision == correction.old).ok_or(StoreError::Conflict)?;
    super::text::forget_revision(conn, &old)?;
    let sql = "INSERT INTO revision_before (seq, profile, number, salt, content) \
        SELECT seq, profile, number, salt, content FROM revision WHERE seq = ?1";
    conn.prepare_cached(sql)?.execute([old.seq])?;
    conn.prepare_cached("DELETE FROM revision WHERE seq = ?1")?.execute([old.seq])?;
    let sealed = revisions::seal(whose.1, &correction.new, &StateJson::new(None))?;
    revisions::insert(conn, whose.0, (&correction.new, &sealed), old.evidence).map(drop)
}

/// What the next revision is told to have changed from is what stands before it now. What was learnt between the two
/// stays: only what was told as the revision had it follows the correction.
fn correct_next(conn: &Connection, key: i64, correction: &Correction) -> StoreResult<()> {
    let (old, new) = (&correction.old, &correction.new);
    let Some(next) = revisions::after(conn, key, new.number, 1)?.pop() else { return Ok(()) };
    let next = next.revision;
    let (was, is) = (changes_between(old, &next), changes_between(new, &next));
    for mut told in changes::of_revision(conn, key, next.number)? {
        let of_it = |change: &&Change| change.field == told.field;
        let Some(right) = is.iter().find(of_it) else { continue };
        let follows = was.iter().find(of_it).is_none_or(|was| was.before == told.before);
        if follows && right.before != told.before {
            told.before.clone_from(&right.before);
            changes::correct(conn, key, &next, &told)?;
        }
    }
    Ok(())
}

/// Entries keep their places; what never changed is taken out of them, and nothing is added.
fn correct_log(conn: &Connection, key: i64, correction: &Correction) -> StoreResult<()> {
    let new = &correction.new;
    let before = revisions::before(conn, key, new.number, 1)?.pop();
    let now_changed = before.map(|before| changes_between(&before.revision, new)).unwrap_or_default();
    for entry in changes::of_revision(conn, key, new.number)? {
        match now_changed.iter().find(|change| change.field == entry.field) {
            Some(change) => changes::correct(conn, key, new, change)?,
            None => changes::remove(conn, key, new.number, Some(entry.field))?,
        }
    }
    Ok(())
}
