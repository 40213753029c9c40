//! Who has opted out of a database that a backup replaces stays out of the one that takes its place.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::codec::all;
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
}

/// What a database knows of those who are not in it any more.
#[derive(Debug)]
pub(super) struct Forgotten {
    /// With what the names were hashed.
    salts: Vec<Vec<u8>>,
    /// Hashes of the names that have opted out, and when.
    names: Vec<([u8; 32], i64)>,
    /// Profiles that were erased, and whether their name was refused from then on.
    erased: Vec<([u8; 16], bool)>,
    /// Profiles that are followed: a name of theirs that was refused was another one's.
    followed: HashSet<[u8; 16]>,
}

impl Forgotten {
    /// Reads it; `None` where there is nothing at all, as in a file that was emptied.
    pub(super) fn read(conn: &Connection) -> StoreResult<Option<Self>> {
        if schema::of(conn)? == 0 {
            return Ok(None);
        }
        let names = "SELECT name_hash, at FROM opt_out";
        let names = all(conn.prepare(names)?.query([])?, |cells| Ok((cells.bytes()?, cells.int()?)))?;
        let erased = "SELECT profile_id, detail IS ?1 FROM audit_log \
            WHERE action = 'profile.erase' AND profile_id IS NOT NULL";
        let erased = all(conn.prepare(erased)?.query([profiles::OPTED_OUT])?, |cells| {
            Ok((cells.bytes()?, cells.flag()?))
        })?;
        let followed = if names.is_empty() { HashSet::new() } else { followed(conn)? };
        Ok(Some(Self { salts: profiles::salts(conn)?, names, erased, followed }))
    }

    /// Whether a copy could hold anybody of these.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.erased.is_empty()
    }

    /// Refuses in a copy who has opted out since it was made, and erases them from it.
    pub(super) fn keep_out(&self, copy: &Connection, now: Timestamp) -> StoreResult<CarriedOver> {
        let step = copy.unchecked_transaction()?;
        let refused = self.refuse(copy)?;
        let mut carried = CarriedOver { opted_out: refused.len() as u64, ..CarriedOver::default() };
        for id in self.who_opted_out(copy, &refused)? {
            profiles::erase_row(copy, &record::get(copy, id)?, true, now, &Actor::system())?;
            carried.erased += 1;
        }
        let back = self.erased.iter().filter(|(_, opted_out)| !opted_out);
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
        for (hash, at) in &self.names {
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
        let by_id: HashSet<[u8; 16]> =
            self.erased.iter().filter(|(_, opted_out)| *opted_out).map(|(id, _)| *id).collect();
        let mut statement = copy.prepare("SELECT id, username FROM profile")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, name): ([u8; 16], String) = (row.get(0)?, row.get(1)?);
            let by_name =
                || !refused.is_empty() && !self.followed.contains(&id) && self.refuses(&name, refused);
            if by_id.contains(&id) || by_name() {
                found.push(ProfileId::from_bytes(id));
            }
        }
        Ok(found)
    }

    fn refuses(&self, name: &str, refused: &HashSet<[u8; 32]>) -> bool {
        let Ok(name) = Username::parse(name) else { return false };
        self.salts.iter().any(|salt| refused.contains(&profiles::name_hash(salt, &name)))
    }
}

fn followed(conn: &Connection) -> StoreResult<HashSet<[u8; 16]>> {
    let ids = all(conn.prepare("SELECT id FROM profile")?.query([])?, |cells| cells.bytes())?;
    Ok(ids.into_iter().collect())
}
