//! The session that the library works with: our tables behind its trait, with what is asked on every call in memory.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::sync::{Mutex, MutexGuard, PoisonError};

use grammers_client::session::types::{ChannelState, DcOption, PeerId, PeerInfo, UpdateState, UpdatesState};
use grammers_client::session::{BoxFuture, Session, SessionData};
use tgbio_core::Timestamp;
use tgbio_core::store::StoreError;

use super::super::{MtprotoAccount, MtprotoError};
use super::rights;
use super::tables::{Dc, Dcs, LogIn, Standing, Tables};

/// Why the session refused what the library asked.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum SessionError {
    /// The data centre does not know the key, and the library has made another one, which nobody is signed in with.
    #[error("the data centre does not know the session's key, which is kept")]
    KeyRefused,
    /// The tables cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be kept from others.
    #[error(transparent)]
    Rights(MtprotoError),
}

/// A session in our tables.
pub(in super::super) struct KeptSession {
    tables: Tables,
    cache: Mutex<Cache>,
}

struct Cache {
    log_in: LogIn,
    dcs: Dcs,
    /// Only the log-in asks for them; those that are followed are kept elsewhere.
    peers: HashMap<PeerId, PeerInfo>,
    channels: Vec<ChannelState>,
}

impl KeptSession {
    pub(in super::super) async fn load(tables: Tables) -> Result<Self, StoreError> {
        let (log_in, dcs) = tables.load().await?;
        let cache = Cache { log_in, dcs, peers: HashMap::new(), channels: Vec::new() };
        Ok(Self { tables, cache: Mutex::new(cache) })
    }

    pub(in super::super) fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(in super::super) fn log_in(&self) -> LogIn {
        self.cache().log_in.clone()
    }

    /// Whether somebody is signed in.
    pub(in super::super) fn is_open(&self) -> bool {
        self.cache().log_in.standing == Standing::Open
    }

    /// Whose session it is or was, where that is known.
    pub(in super::super) fn account_id(&self) -> Option<i64> {
        self.cache().log_in.account.as_ref().map(|account| account.id.cast_signed())
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the tables again: another process may have signed in. Says whether there is another log-in now. One that has
    /// ended does not begin again, even if its end could not be written yet.
    pub(in super::super) async fn reload(&self) -> Result<bool, StoreError> {
        let (log_in, dcs) = self.tables.load().await?;
        let mut cache = self.cache();
        let other = log_in.generation != cache.log_in.generation;
        if !other && matches!(cache.log_in.standing, Standing::Ended(_)) {
            return Ok(false);
        }
        (cache.log_in, cache.dcs) = (log_in, dcs);
        Ok(other)
    }

    /// Changes what is known of the log-in.
    pub(in super::super) async fn settle(
        &self,
        change: impl FnOnce(&mut LogIn) + Send,
    ) -> Result<(), StoreError> {
        let log_in = {
            let mut cache = self.cache();
            change(&mut cache.log_in);
            cache.log_in.clone()
        };
        self.tables.save_log_in(log_in).await
    }

    /// Goes on as if the log-in stood so, without writing it: it is another process' own.
    pub(in super::super) fn settle_in_memory(&self, standing: Standing) {
        let mut cache = self.cache();
        cache.log_in.standing = standing;
        cache.log_in.generation -= 1;
    }

    /// From now on this account is signed in.
    pub(in super::super) async fn signed_in(
        &self,
        account: MtprotoAccount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.settle(|log_in| {
            if log_in.standing != Standing::Open {
                log_in.generation += 1;
                log_in.since = now;
            }
            log_in.standing = Standing::Open;
            log_in.account = Some(account);
        })
        .await
    }

    /// Puts another log-in into the place of this one. The file is its owner's alone before a key stands in it.
    pub(in super::super) async fn replace(&self, log_in: LogIn, dcs: Dcs) -> Result<(), MtprotoError> {
        rights::narrow(self.tables.database().path())?;
        self.tables.replace(log_in.clone(), dcs.clone()).await?;
        let mut cache = self.cache();
        (cache.log_in, cache.dcs) = (log_in, dcs);
        Ok(())
    }

    pub(in super::super) async fn forget(&self) -> Result<(), StoreError> {
        self.tables.forget().await?;
        self.reload().await?;
        Ok(())
    }

    /// Whether a key is kept for the home data centre.
    pub(in super::super) fn has_key(&self) -> bool {
        let home = self.cache().log_in.home_dc;
        self.has_key_of(home)
    }

    /// Whether a key is kept for this data centre.
    pub(in super::super) fn has_key_of(&self, dc: i32) -> bool {
        self.cache().dcs.get(&dc).is_some_and(|dc| dc.key.is_some())
    }

    /// What is to be kept when the library gives a new option; an error when it would replace a key.
    fn merged(&self, option: &DcOption) -> Result<Dc, SessionError> {
        let cache = self.cache();
        let known = cache.dcs.get(&option.id);
        let key = match (known.and_then(|dc| dc.key), option.auth_key) {
            (Some(kept), Some(new)) if kept != new => return Err(SessionError::KeyRefused),
            (kept, new) => kept.or(new),
        };
        Ok(match known.filter(|dc| dc.pinned) {
            Some(dc) => Dc { key, ..dc.clone() },
            None => Dc { ipv4: option.ipv4, ipv6: option.ipv6, key, pinned: false },
        })
    }

    async fn keep(&self, option: DcOption) -> Result<(), SessionError> {
        let dc = self.merged(&option)?;
        if self.cache().dcs.get(&option.id) == Some(&dc) {
            return Ok(());
        }
        if dc.key.is_some() {
            rights::narrow(self.tables.database().path()).map_err(SessionError::Rights)?;
        }
        self.tables.save_dc(option.id, dc.clone()).await?;
        self.cache().dcs.insert(option.id, dc);
        Ok(())
    }
}

/// A data centre at an address that a person gave.
pub(in super::super) fn pinned(address: SocketAddr, key: Option<[u8; 256]>) -> Dc {
    let (ipv4, ipv6) = match address {
        SocketAddr::V4(ipv4) => (ipv4, SocketAddrV6::new(ipv4.ip().to_ipv6_mapped(), ipv4.port(), 0, 0)),
        SocketAddr::V6(ipv6) => (SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0), ipv6),
    };
    Dc { ipv4, ipv6, key, pinned: true }
}

impl Session for KeptSession {
    type Error = SessionError;

    fn home_dc_id(&self) -> Result<i32, SessionError> {
        Ok(self.cache().log_in.home_dc)
    }

    fn set_home_dc_id(&self, dc_id: i32) -> BoxFuture<'_, Result<(), SessionError>> {
        self.cache().log_in.home_dc = dc_id;
        Box::pin(async move { Ok(self.tables.save_home(dc_id).await?) })
    }

    fn dc_option(&self, dc_id: i32) -> Result<Option<DcOption>, SessionError> {
        let known = self.cache().dcs.get(&dc_id).cloned();
        Ok(match known {
            Some(dc) => Some(DcOption { id: dc_id, ipv4: dc.ipv4, ipv6: dc.ipv6, auth_key: dc.key }),
            None => SessionData::default().dc_options.remove(&dc_id),
        })
    }

    fn set_dc_option(&self, dc_option: &DcOption) -> BoxFuture<'_, Result<(), SessionError>> {
        let option = dc_option.clone();
        Box::pin(self.keep(option))
    }

    fn peer(&self, peer: PeerId) -> BoxFuture<'_, Result<Option<PeerInfo>, SessionError>> {
        let is_self = |info: &&PeerInfo| matches!(info, PeerInfo::User { is_self: Some(true), .. });
        let cache = self.cache();
        let found = if peer == PeerId::self_user() {
            cache.peers.values().find(is_self)
        } else {
            cache.peers.get(&peer)
        };
        let found = found.cloned();
        Box::pin(async move { Ok(found) })
    }

    fn cache_peer(&self, peer: PeerInfo) -> BoxFuture<'_, Result<(), SessionError>> {
        let mut cache = self.cache();
        cache.peers.entry(peer.id()).or_insert_with(|| peer.clone()).extend_info(&peer);
        Box::pin(async { Ok(()) })
    }

    fn updates_state(&self) -> BoxFuture<'_, Result<UpdatesState, SessionError>> {
        let channels = self.cache().channels.clone();
        Box::pin(async move {
            let [pts, qts, date, seq] = self.tables.updates().await?;
            Ok(UpdatesState { pts, qts, date, seq, channels })
        })
    }

    fn set_update_state(&self, update: UpdateState) -> BoxFuture<'_, Result<(), SessionError>> {
        Box::pin(async move {
            let [mut pts, mut qts, mut date, mut seq] = self.tables.updates().await?;
            match update {
                UpdateState::All(all) => {
                    (pts, qts, date, seq) = (all.pts, all.qts, all.date, all.seq);
                    self.cache().channels = all.channels;
                }
                UpdateState::Primary { pts: p, date: d, seq: s } => (pts, date, seq) = (p, d, s),
                UpdateState::Secondary { qts: q } => qts = q,
                UpdateState::Channel { id, pts } => {
                    let mut cache = self.cache();
                    cache.channels.retain(|channel| channel.id != id);
                    cache.channels.push(ChannelState { id, pts });
                }
            }
            Ok(self.tables.save_updates([pts, qts, date, seq]).await?)
        })
    }
}

impl std::fmt::Debug for KeptSession {
    /// Without the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptSession").field("log_in", &self.log_in()).finish_non_exhaustive()
    }
}
