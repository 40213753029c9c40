//! Whom an account knows: id and access hash of every profile that was looked up, so that no name is asked for twice.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, params};
use tgbio_core::Target;
use tgbio_core::store::StoreResult;

use super::session::Tables;

/// What a peer is to the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PeerKind {
    /// A person or a bot.
    User,
    /// A channel or a group.
    Channel,
}

impl PeerKind {
    /// Each kind.
    pub(super) const ALL: [Self; 2] = [Self::User, Self::Channel];

    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Channel => "channel",
        }
    }
}

/// How a profile is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) kind: PeerKind,
    pub(super) id: i64,
    pub(super) access_hash: i64,
}

/// What is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Known {
    access_hash: i64,
    /// Active usernames in lower case.
    names: Vec<String>,
    /// Digest of the names, photo and badges as they were seen last.
    face: Option<i64>,
}

type Key = (PeerKind, i64);

/// The peers of one account, in memory and in the tables.
#[derive(Debug)]
pub(super) struct Peers {
    tables: Tables,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    account: i64,
    by_key: HashMap<Key, Known>,
    by_name: HashMap<String, Key>,
}

impl Peers {
    pub(super) fn new(tables: Tables) -> Self {
        Self { tables, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of an account.
    pub(super) async fn load(&self, account: i64) -> StoreResult<()> {
        let rows = self.tables.database().read(move |conn| load(conn, account)).await?;
        let mut state = State { account, ..State::default() };
        for (key, known) in rows {
            state.by_name.extend(known.names.iter().map(|name| (name.clone(), key)));
            state.by_key.insert(key, known);
        }
        *self.state() = state;
        Ok(())
    }

    /// How a target can be asked for without looking its name up. An id goes before the name.
    pub(super) fn find(&self, target: &Target) -> Option<Peer> {
        let state = self.state();
        let named = state.by_name.get(&target.username.key()).copied();
        let key = match target.telegram_id {
            Some(id) => {
                let id = i64::try_from(id).ok()?;
                let keys = [PeerKind::User, PeerKind::Channel].map(|kind| (kind, id));
                named
                    .filter(|key| keys.contains(key))
                    .or_else(|| keys.into_iter().find(|key| state.by_key.contains_key(key)))?
            }
            None => named?,
        };
        let known = state.by_key.get(&key)?;
        Some(Peer { kind: key.0, id: key.1, access_hash: known.access_hash })
    }

    /// Who has a name, as far as is known.
    pub(super) fn owner_of(&self, name: &str) -> Option<u64> {
        self.state().by_name.get(name).and_then(|(_, id)| u64::try_from(*id).ok())
    }

    /// The face that was seen last.
    pub(super) fn face(&self, peer: Peer) -> Option<i64> {
        self.state().by_key.get(&(peer.kind, peer.id))?.face
    }

    /// Notes what an answer said. Writes only what is new.
    pub(super) async fn learn(&self, peer: Peer, names: Vec<String>, face: Option<i64>) {
        let key = (peer.kind, peer.id);
        let (account, changed) = {
            let mut state = self.state();
            (state.account, state.learn(key, Known { access_hash: peer.access_hash, names, face }))
        };
        if changed.is_empty() {
            return;
        }
        let kept = self.tables.write(move |conn| {
            let mut rows = changed.iter();
            rows.try_for_each(|(other, known)| match *other == key {
                true => put(conn, account, key, known),
                false => rename(conn, account, *other, known),
            })
        });
        if let Err(error) = kept.await {
            tracing::warn!(%error, "what the account knows could not be kept");
        }
    }

    /// The access hash is no more good.
    pub(super) async fn forget(&self, peer: Peer) {
        let account = {
            let mut state = self.state();
            let key = (peer.kind, peer.id);
            if let Some(known) = state.by_key.remove(&key) {
                known.names.iter().for_each(|name| state.free(name, key));
            }
            state.account
        };
        let sql = "DELETE FROM mtproto_peer WHERE account = ?1 AND kind = ?2 AND id = ?3";
        let forgotten = self.tables.write(move |conn| {
            conn.execute(sql, params![account, peer.kind.as_str(), peer.id])?;
            Ok(())
        });
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "a stale peer could not be forgotten");
        }
    }

    /// The name belongs to somebody else now, or to nobody.
    pub(super) fn unname(&self, name: &str) {
        self.state().by_name.remove(name);
    }
}

impl State {
    fn free(&mut self, name: &str, key: Key) {
        if self.by_name.get(name) == Some(&key) {
            self.by_name.remove(name);
        }
    }

    /// The peers that are to be written: this one, and those that have lost a name to it.
    fn learn(&mut self, key: Key, mut known: Known) -> Vec<(Key, Known)> {
        let before = self.by_key.get(&key).cloned();
        known.face = known.face.or(before.as_ref().and_then(|before| before.face));
        let named = known.names.iter().all(|name| self.by_name.get(name) == Some(&key));
        if named && before.as_ref() == Some(&known) {
            return Vec::new();
        }
        for name in before.iter().flat_map(|before| &before.names) {
            self.free(name, key);
        }
        let mut changed = Vec::new();
        for name in &known.names {
            let other = self.by_name.insert(name.clone(), key).filter(|other| *other != key);
            if let Some((other, theirs)) = other.and_then(|other| Some((other, self.by_key.get_mut(&other)?)))
            {
                theirs.names.retain(|theirs| theirs != name);
                changed.push((other, theirs.clone()));
            }
        }
        self.by_key.insert(key, known.clone());
        changed.push((key, known));
        changed
    }
}

fn put(conn: &Connection, account: i64, key: Key, known: &Known) -> StoreResult<()> {
    let sql = "INSERT OR REPLACE INTO mtproto_peer (account, kind, id, access_hash, names, face) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (kind, id) = key;
    let values = params![account, kind.as_str(), id, known.access_hash, known.names.join(" "), known.face];
    conn.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Another peer has lost a name. If it was erased meanwhile, it stays so.
fn rename(conn: &Connection, account: i64, (kind, id): Key, known: &Known) -> StoreResult<()> {
    let sql = "UPDATE mtproto_peer SET names = ?4 WHERE account = ?1 AND kind = ?2 AND id = ?3";
    conn.prepare_cached(sql)?.execute(params![account, kind.as_str(), id, known.names.join(" ")])?;
    Ok(())
}

fn load(conn: &Connection, account: i64) -> StoreResult<Vec<(Key, Known)>> {
    let sql = "SELECT kind, id, access_hash, names, face FROM mtproto_peer WHERE account = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([account], |row| {
        let kind = if row.get::<_, String>(0)? == "user" { PeerKind::User } else { PeerKind::Channel };
        let names: String = row.get(3)?;
        let names = names.split_ascii_whitespace().map(str::to_owned).collect();
        Ok(((kind, row.get(1)?), Known { access_hash: row.get(2)?, names, face: row.get(4)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
