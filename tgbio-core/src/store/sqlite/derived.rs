//! Whether what is told beside the chain is what the revisions say: the change log, the order by time, and the present
//! state of each profile. One profile's neighbouring revisions are in memory at a time.

use rusqlite::{Connection, Statement};

use super::changes;
use super::codec::number;
use super::record;
use super::revisions;
use super::verify::{ChainBreak, Wrong};
use crate::history::changes_between;
use crate::store::{Revision, StoreResult};
use crate::{Change, Field, Observed, Presence, ProfileId};

const LOG: Wrong = "the change log tells another change than the revision";
const LOG_GONE: Wrong = "the change log does not tell a change of the revision";
const LOG_STRAY: Wrong = "the change log tells a change that no revision tells";
const TIME: Wrong = "the revision stands at another time than it tells";
const STATE: Wrong = "the present state of the profile is not that of its newest revision";

/// Fields whose values are the same in a revision, in the state that follows it and in the change log: others may become
/// better known between two revisions.
const PLAIN: [Field; 8] = [
    Field::Presence,
    Field::Kind,
    Field::DisplayName,
    Field::Bio,
    Field::Verified,
    Field::Scam,
    Field::Fake,
    Field::Premium,
];

/// A revision with where it stands.
struct Place {
    seq: i64,
    profile: i64,
    id: [u8; 16],
    time_is_right: bool,
    revision: Revision,
}

impl Place {
    fn broken(&self, what: Wrong) -> ChainBreak {
        ChainBreak {
            seq: number(self.seq),
            profile: Some(ProfileId::from_bytes(self.id)),
            revision: Some(self.revision.number),
            what,
        }
    }
}

/// The first thing that differs from what the revisions say.
pub(super) fn differs(conn: &Connection) -> StoreResult<Option<ChainBreak>> {
    if let Some(stray) = stray(conn)? {
        return Ok(Some(stray));
    }
    let sql = "SELECT r.seq, r.profile, p.id, r.first_seen, r.content FROM revision r \
        JOIN profile p ON p.key = r.profile ORDER BY r.profile, r.number";
    let (mut statement, mut log) = (conn.prepare(sql)?, conn.prepare(changes::OF_REVISION)?);
    let mut rows = statement.query([])?;
    let mut before: Option<Place> = None;
    while let Some(row) = rows.next()? {
        let content: String = row.get(4)?;
        let revision = revisions::parse(&content)?;
        let time_is_right = row.get::<_, i64>(3)? == revision.first_seen.as_millis();
        let place =
            Place { seq: row.get(0)?, profile: row.get(1)?, id: row.get(2)?, time_is_right, revision };
        let older = before.take();
        let same = older.as_ref().is_some_and(|older| older.profile == place.profile);
        if let (Some(newest), false) = (&older, same)
            && !is_present_state(conn, newest)?
        {
            return Ok(Some(newest.broken(STATE)));
        }
        let older = older.filter(|_| same);
        if let Some(what) = wrong(&mut log, older.as_ref(), &place)? {
            return Ok(Some(place.broken(what)));
        }
        before = Some(place);
    }
    match &before {
        Some(newest) if !is_present_state(conn, newest)? => Ok(Some(newest.broken(STATE))),
        _ => Ok(None),
    }
}

/// Entries of the log of which there is no revision, and which are not marked as removed.
fn stray(conn: &Connection) -> StoreResult<Option<ChainBreak>> {
    let sql = "SELECT c.profile_id, c.revision FROM change_log c WHERE c.removed = 0 AND NOT EXISTS \
        (SELECT 1 FROM revision r WHERE r.profile = c.profile AND r.number = c.revision) ORDER BY c.seq LIMIT 1";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (id, revision): ([u8; 16], i64) = (row.get(0)?, row.get(1)?);
    let last: i64 = conn.query_row("SELECT ifnull(max(seq), 0) FROM chain_link", [], |row| row.get(0))?;
    let profile = Some(ProfileId::from_bytes(id));
    Ok(Some(ChainBreak { seq: number(last) + 1, profile, revision: Some(number(revision)), what: LOG_STRAY }))
}

fn wrong(log: &mut Statement<'_>, older: Option<&Place>, place: &Place) -> StoreResult<Option<Wrong>> {
    if !place.time_is_right {
        return Ok(Some(TIME));
    }
    let (revision, older) = (&place.revision, older.map(|older| &older.revision));
    let entries = changes::entries(log, place.profile, revision.number)?;
    // What a newer reader corrected is told to nobody, and what stood before it may have been corrected alone.
    let corrected = [Some(revision), older].into_iter().flatten().any(|one| one.corrected_at.is_some());
    let expected = older.map(|older| changes_between(older, revision)).unwrap_or_default();
    for entry in &entries {
        let times = (entry.last_seen_before, entry.first_seen);
        let right = older.is_some()
            && entry.profile_id.as_bytes() == &place.id
            && times == (revision.last_seen_before, revision.first_seen)
            && revision.changed.contains(&entry.change.field)
            && says(&entry.change, older.filter(|_| !corrected), revision);
        if !right {
            return Ok(Some(LOG));
        }
    }
    let told = |change: &&Change| entries.iter().any(|entry| entry.change.field == change.field);
    let mut to_tell = expected.iter().filter(|change| revision.changed.contains(&change.field));
    Ok((!corrected && to_tell.any(|change| !told(&change))).then_some(LOG_GONE))
}

/// Whether both sides of a plain change are those of the revisions, as far as these know them.
fn says(change: &Change, older: Option<&Revision>, newer: &Revision) -> bool {
    let side = |revision: &Revision| match change.field {
        Field::Presence => Observed::Present(revision.presence.as_str().into()),
        field => revision.profile.value(field),
    };
    let same = |revision: &Revision, told: &Option<_>| match side(revision) {
        Observed::Present(value) => told.as_ref() == Some(&value),
        Observed::Absent => told.is_none(),
        Observed::Hidden => true,
    };
    !PLAIN.contains(&change.field)
        || (same(newer, &change.after) && older.is_none_or(|older| same(older, &change.before)))
}

/// Whether a profile is still what its newest revision says: in plain fields that both know.
fn is_present_state(conn: &Connection, newest: &Place) -> StoreResult<bool> {
    let record = record::by_key(conn, newest.profile)?.record;
    let presence = match record.presence {
        Presence::SuspectedMissing => Presence::Present,
        presence => presence,
    };
    let Some(state) = &record.state else { return Ok(false) };
    let changes = crate::diff(&newest.revision.profile, state);
    Ok(presence == newest.revision.presence && changes.iter().all(|change| !PLAIN.contains(&change.field)))
}
