//! Whether what is told beside the chain is what the revisions say: the change log, the order by time, and the present
//! state of each profile. One profile's neighbouring revisions are in memory at a time.

use std::collections::HashSet;

use rusqlite::{Connection, Row, Statement, params};

use super::chain::ChainHead;
use super::codec::{in_row, number};
use super::verify::{ChainBreak, Wrong};
use super::{changes, fields, folding, listed, named, names, record, revisions};
use crate::history::changes_between;
use crate::store::{ProfileRecord, Revision, StoreResult};
use crate::{Change, Field, Presence, ProfileId, Timestamp, Username};

const LOG: Wrong = "the change log tells another change than the revision";
const LOG_GONE: Wrong = "the change log does not tell a change of the revision";
const LOG_TWICE: Wrong = "the change log tells a change of the revision twice";
const LOG_STRAY: Wrong = "the change log tells a change that no revision tells";
const LOG_NAME: Wrong = "the change log tells a name that the profile never had";
const LOG_KEPT: Wrong = "the change log still tells what was removed";
const TIME: Wrong = "the revision stands at another time than it tells";
const STATE: Wrong = "the present state of the profile is not that of its newest revision";
const COUNT: Wrong = "the profile tells another number of revisions than it has";
const NAMES: Wrong = "the dated names of the profile are not those that its revisions tell";
const CHANGED: Wrong = "the profile tells another time of its last change than its revisions";

/// A revision with where it stands.
struct Place {
    seq: i64,
    profile: i64,
    id: [u8; 16],
    time_is_right: bool,
    revision: Revision,
    /// How many revisions of the profile there are up to here, and when the newest change of them was first seen.
    revisions: u64,
    changed_at: Option<Timestamp>,
}

impl Place {
    fn broken(&self, what: Wrong) -> ChainBreak {
        ChainBreak {
            seq: number(self.seq),
            profile: Some(ProfileId::from_bytes(self.id)),
            revision: Some(self.revision.number),
            beside: true,
            what,
        }
    }

    /// Counts on from the revision before. The first one is no change, nor is one that a correction left without changes.
    fn after(mut self, older: Option<&Self>) -> Self {
        let Some(older) = older else { return self };
        self.revisions += older.revisions;
        let changed = (!self.revision.changed.is_empty()).then_some(self.revision.first_seen);
        self.changed_at = older.changed_at.max(changed);
        self
    }
}

/// The first thing that differs from what the revisions say.
pub(super) fn differs(conn: &Connection, head: ChainHead) -> StoreResult<Option<ChainBreak>> {
    if let Some(stray) = stray(conn, head)? {
        return Ok(Some(stray));
    }
    let sql = "SELECT r.seq, r.profile, p.id, r.first_seen, r.content FROM revision r \
        JOIN profile p ON p.key = r.profile ORDER BY r.profile, r.number";
    let (mut statement, mut log, mut now) = (conn.prepare(sql)?, Log::prepare(conn)?, Now::prepare(conn)?);
    let mut rows = statement.query([])?;
    let mut before: Option<Place> = None;
    while let Some(row) = rows.next()? {
        let place = place(row)?;
        let older = before.take();
        let same = older.as_ref().is_some_and(|older| older.profile == place.profile);
        if let (Some(newest), false) = (&older, same)
            && let Some(what) = now.wrong(conn, newest)?
        {
            return Ok(Some(newest.broken(what)));
        }
        let older = older.filter(|_| same);
        now.add(older.as_ref(), &place);
        let place = place.after(older.as_ref());
        if let Some(what) = log.wrong(conn, older.as_ref(), &place)? {
            return Ok(Some(place.broken(what)));
        }
        before = Some(place);
    }
    let Some(newest) = before else { return Ok(None) };
    Ok(now.wrong(conn, &newest)?.map(|what| newest.broken(what)))
}

fn place(row: &Row<'_>) -> StoreResult<Place> {
    let content: String = row.get(4)?;
    let (seq, profile, id): (i64, _, _) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let revision = in_row(revisions::parse(&content), revisions::TABLE, seq)?;
    let time_is_right = row.get::<_, i64>(3)? == revision.first_seen.as_millis();
    Ok(Place { seq, profile, id, time_is_right, revision, revisions: 1, changed_at: None })
}

/// Entries of the log of which there is no revision although they are not marked as removed, or which are and say something.
fn stray(conn: &Connection, head: ChainHead) -> StoreResult<Option<ChainBreak>> {
    let sql = "SELECT c.profile_id, c.revision, c.removed FROM change_log c \
        WHERE CASE WHEN c.removed THEN c.before IS NOT NULL OR c.after IS NOT NULL ELSE NOT EXISTS \
        (SELECT 1 FROM revision r WHERE r.profile = c.profile AND r.number = c.revision) END ORDER BY c.seq LIMIT 1";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (id, revision): ([u8; 16], i64) = (row.get(0)?, row.get(1)?);
    let what = if row.get(2)? { LOG_KEPT } else { LOG_STRAY };
    let (profile, revision) = (Some(ProfileId::from_bytes(id)), Some(number(revision)));
    Ok(Some(ChainBreak { seq: head.seq, profile, revision, beside: true, what }))
}

/// Looks entries of the change log up, and the names that profiles had.
struct Log<'c> {
    entries: Statement<'c>,
    names: Statement<'c>,
}

impl<'c> Log<'c> {
    fn prepare(conn: &'c Connection) -> StoreResult<Self> {
        Ok(Self { entries: conn.prepare(changes::OF_REVISION)?, names: conn.prepare(names::WAS_OF)? })
    }

    fn wrong(
        &mut self,
        conn: &Connection,
        older: Option<&Place>,
        place: &Place,
    ) -> StoreResult<Option<Wrong>> {
        if !place.time_is_right {
            return Ok(Some(TIME));
        }
        let (revision, older) = (&place.revision, older.map(|older| &older.revision));
        let entries = changes::entries(&mut self.entries, place.profile, revision.number)?;
        let unsure = match older {
            Some(older) if !entries.is_empty() => unsure(conn, place.profile, (older, revision.number))?,
            _ => Vec::new(),
        };
        let expected = older.map(|older| changes_between(older, revision)).unwrap_or_default();
        for entry in &entries {
            let times = (entry.last_seen_before, entry.first_seen);
            let right = older.is_some_and(|older| fields::says(&entry.change, (older, &unsure), revision))
                && entry.profile_id.as_bytes() == &place.id
                && times == (revision.last_seen_before, revision.first_seen)
                && revision.changed.contains(&entry.change.field);
            if !right {
                return Ok(Some(LOG));
            }
            if !self.is_named_rightly(entry.username.as_deref(), place)? {
                return Ok(Some(LOG_NAME));
            }
        }
        if told_twice(&entries) {
            return Ok(Some(LOG_TWICE));
        }
        // What a newer reader corrected is told to nobody.
        let corrected = revision.corrected_at.is_some();
        let told = |change: &&Change| entries.iter().any(|entry| entry.change.field == change.field);
        let mut to_tell = expected.iter().filter(|change| revision.changed.contains(&change.field));
        Ok((!corrected && to_tell.any(|change| !told(&change))).then_some(LOG_GONE))
    }

    /// An entry has the name that the profile had when it was written: mostly that of its revision.
    fn is_named_rightly(&mut self, told: Option<&str>, place: &Place) -> StoreResult<bool> {
        let Some(told) = told else { return Ok(false) };
        if told.eq_ignore_ascii_case(place.revision.profile.username.as_str()) {
            return Ok(true);
        }
        let Ok(told) = Username::parse(told) else { return Ok(false) };
        Ok(self.names.exists(params![place.profile, told.key()])?)
    }
}

/// Of what a revision says, what the one with this number need not have changed from.
fn unsure(conn: &Connection, profile: i64, (older, newer): (&Revision, u64)) -> StoreResult<Vec<Field>> {
    let was = match older.corrected_at {
        Some(_) => revisions::before_corrections(conn, profile, older.number)?,
        None => Vec::new(),
    };
    Ok(fields::unsure(older, newer.saturating_sub(1), &was))
}

fn told_twice(entries: &[changes::Entry]) -> bool {
    let fields: HashSet<Field> = entries.iter().map(|entry| entry.change.field).collect();
    fields.len() < entries.len()
}

/// Compares each profile with its revisions.
struct Now<'c> {
    told: named::Told,
    names: Statement<'c>,
    listed: Statement<'c>,
    folded: bool,
}

impl<'c> Now<'c> {
    fn prepare(conn: &'c Connection) -> StoreResult<Self> {
        let (names, listed) = (conn.prepare(named::OF_PROFILE)?, conn.prepare(listed::OF_PROFILE)?);
        Ok(Self { told: named::Told::default(), names, listed, folded: folding::is_ours(conn)? })
    }

    /// One more revision of a profile, or the first one of the next.
    fn add(&mut self, older: Option<&Place>, place: &Place) {
        if older.is_none() {
            self.told = named::Told::default();
        }
        self.told.add(older.map(|older| &older.revision), &place.revision);
    }

    /// What a profile says otherwise than its revisions: its state, how many they are, since when nothing has changed, its
    /// names, and what lists go by.
    fn wrong(&mut self, conn: &Connection, newest: &Place) -> StoreResult<Option<Wrong>> {
        let record = record::by_key(conn, newest.profile)?.record;
        let was = revisions::before_corrections(conn, newest.profile, newest.revision.number)?;
        if !is_state(&record, newest, &fields::unsure(&newest.revision, record.last_number, &was)) {
            return Ok(Some(STATE));
        }
        if record.revisions != newest.revisions || record.last_number < newest.revision.number {
            return Ok(Some(COUNT));
        }
        if record.last_changed_at != newest.changed_at {
            return Ok(Some(CHANGED));
        }
        let whose = (newest.profile, &record);
        if self.told.wrong(&mut self.names, whose)? {
            return Ok(Some(NAMES));
        }
        Ok(listed::wrong(&mut self.listed, whose, self.folded)?.then_some(listed::LISTED))
    }
}

fn is_state(record: &ProfileRecord, newest: &Place, unsure: &[Field]) -> bool {
    let presence = match record.presence {
        Presence::SuspectedMissing => Presence::Present,
        presence => presence,
    };
    let (Some(state), told) = (&record.state, &newest.revision) else { return false };
    record.username == told.profile.username
        && presence == told.presence
        && fields::goes_on(&told.profile, state, unsure)
}
