//! Who has opted out of a database that a backup replaces stays out of the one that takes its place.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::codec::Cells;
use super::{profiles, record, schema};
use crate::store::{Actor, StoreResult};
use crate::{ProfileId, Timestamp, Username};

/// What of the replaced database was heeded, so that nobody who had opted out came back with a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CarriedOver {
    /// Names that have opted out since the backup, and are refused from now on as well.
    pub opted_out: u64,
    /// Profiles that were erased from the backup's copy for that.
    pub erased: u64,
    /// Profiles that came back although somebody had erased them since the backup, without having them refused.
    pub back: u64,
    /// Parts of the list of refused names could not be read: who stands only there has come back.
    pub names_lost: bool,
    /// Parts of the record of erasures could not be read: who was erased, or had another name when opting out, may have come
    /// back.
    pub erased_lost: bool,
}

/// What a database knows of those who are not in it any more, as far as it can be read.
#[derive(Debug)]
pub(super) struct Forgotten {
    /// With what the names were hashed.
    salts: Vec<Vec<u8>>,
    /// Hashes of the names that have opted out, and when.
    names: Found<([u8; 32], i64)>,
    /// Profiles that were erased, and whether their name was refused from then on.
    erased: Found<([u8; 16], bool)>,
    /// Profiles that are followed: a name of theirs that was refused was another one's. Where that cannot be read, a refused
    /// name counts: who has opted out stays out.
    followed: HashSet<[u8; 16]>,
}

/// Rows of a table that may be damaged.
#[derive(Debug)]
struct Found<T> {
    rows: Vec<T>,
    /// Whether these are all of them.
    whole: bool,
}

impl<T> Found<T> {
    /// Reads as many rows as there are before the first damage, and where there is one, as many as there are after the last.
    fn read(
        conn: &Connection,
        (select, by): (&str, &str),
        mut row: impl FnMut(&mut Cells<'_, '_>) -> StoreResult<T>,
    ) -> Self {
        let mut found = Self { rows: Vec::new(), whole: true };
        for order in ["ASC", "DESC"] {
            let sql = format!("{select} ORDER BY {by} {order}");
            match each(conn, &sql, |cells| row(cells).map(|row| found.rows.push(row))) {
                Ok(()) => break,
                Err(error) => {
                    tracing::debug!(%error, "the replaced database cannot be read whole");
                    found.whole = false;
                }
            }
        }
        found
    }

    fn is_lost(&self) -> bool {
        self.rows.is_empty() && !self.whole
    }
}

/// Shows rows until one cannot be read.
fn each(
    conn: &Connection,
    sql: &str,
    mut show: impl FnMut(&mut Cells<'_, '_>) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        show(&mut Cells::new(row))?;
    }
    Ok(())
}

impl Forgotten {
    /// Reads it; `None` where there is nothing at all, as in a file that was emptied.
    pub(super) fn read(conn: &Connection) -> StoreResult<Option<Self>> {
        if schema::of(conn)? == 0 {
            return Ok(None);
        }
        let names = ("SELECT name_hash, at FROM opt_out", "name_hash");
        let mut names = Found::read(conn, names, |cells| Ok((cells.bytes()?, cells.int()?)));
        let erased = format!(
            "SELECT profile_id, detail IS '{}' FROM audit_log WHERE action = 'profile.erase' AND profile_id IS NOT NULL",
            profiles::OPTED_OUT
        );
        let erased = Found::read(conn, (&erased, "seq"), |cells| Ok((cells.bytes()?, cells.flag()?)));
        if [names.is_lost(), erased.is_lost()] == [true; 2] {
            return Ok(None);
        }
        let followed = Found::read(conn, ("SELECT id FROM profile", "key"), |cells| cells.bytes());
        let salts = profiles::salts(conn);
        names.whole &= salts.is_ok();
        let (salts, followed) = (salts.unwrap_or_default(), followed.rows.into_iter().collect());
        Ok(Some(Self { salts, names, erased, followed }))
    }

    /// What is known before a copy was looked at.
    pub(super) fn carried(&self) -> CarriedOver {
        let (names_lost, erased_lost) = (!self.names.whole, !self.erased.whole);
        CarriedOver { names_lost, erased_lost, ..CarriedOver::default() }
    }

    /// Whether a copy could hold anybody of these.
    pub(super) fn is_empty(&self) -> bool {
        self.names.rows.is_empty() && self.erased.rows.is_empty()
    }

    /// Refuses in a copy who has opted out since it was made, and erases them from it.
    pub(super) fn keep_out(&self, copy: &Connection, now: Timestamp) -> StoreResult<CarriedOver> {
        let step = copy.unchecked_transaction()?;
        let refused = self.refuse(copy)?;
        let mut carried = CarriedOver { opted_out: refused.len() as u64, ..self.carried() };
        for id in self.who_opted_out(copy, &refused)? {
            profiles::erase_row(copy, &record::get(copy, id)?, true, now, &Actor::system())?;
            carried.erased += 1;
        }
        let back: HashSet<_> = self.erased.rows.iter().filter(|(_, opted_out)| !opted_out).collect();
        for (id, _) in back {
            let there = profiles::key_of(copy, ProfileId::from_bytes(*id))?.is_some();
            carried.back += u64::from(there);
        }
        step.commit()?;
        Ok(carried)
    }

    /// Writes down who is not refused in the copy yet, and gives their hashes.
    fn refuse(&self, copy: &Connection) -> StoreResult<HashSet<[u8; 32]>> {
        let mut refused = HashSet::new();
        for (hash, at) in &self.names.rows {
            let sql = "INSERT OR IGNORE INTO opt_out (name_hash, at) VALUES (?1, ?2)";
            if copy.prepare_cached(sql)?.execute(params![hash.as_slice(), at])? > 0 {
                refused.insert(*hash);
            }
        }
        if !refused.is_empty() {
            self.salts.iter().try_for_each(|salt| profiles::add_salt(copy, salt))?;
        }
        Ok(refused)
    }

    /// Those of a copy who were refused by their id, or whose name is.
    fn who_opted_out(&self, copy: &Connection, refused: &HashSet<[u8; 32]>) -> StoreResult<Vec<ProfileId>> {
        let mut found = Vec::new();
        let mut salts = profiles::salts(copy)?;
        salts.extend_from_slice(&self.salts);
        let by_id: HashSet<[u8; 16]> =
            self.erased.rows.iter().filter(|(_, opted_out)| *opted_out).map(|(id, _)| *id).collect();
        let mut statement = copy.prepare("SELECT id, username FROM profile")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, name): ([u8; 16], String) = (row.get(0)?, row.get(1)?);
            let by_name =
                || !refused.is_empty() && !self.followed.contains(&id) && is_refused(&name, &salts, refused);
            if by_id.contains(&id) || by_name() {
                found.push(ProfileId::from_bytes(id));
            }
        }
        Ok(found)
    }
}

fn is_refused(name: &str, salts: &[Vec<u8>], refused: &HashSet<[u8; 32]>) -> bool {
    let Ok(name) = Username::parse(name) else { return false };
    salts.iter().any(|salt| refused.contains(&profiles::name_hash(salt, &name)))
}
