//! How the backend is set up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::sqlite::db::Database;
use tgbio_core::{Clock, SystemClock};

use super::account::{MtprotoLogin, log_out};
use super::engine::Engine;
use super::limits::{LimitSettings, Limits, LookUpSettings};
use super::peers::Peers;
use super::session::{Dcs, KeptSession, LogIn, MtprotoSession, SessionLock, Standing, pinned};
use super::supervise::{Link, LinkSettings};
use super::{Jitter, MtprotoError, MtprotoFetcher, MtprotoStatus};

/// Sets up a [`MtprotoFetcher`], a [log-in](MtprotoLogin) or a log-out.
#[derive(Clone)]
#[must_use]
pub struct MtprotoBuilder {
    database: Database,
    api_id: i32,
    api_hash: String,
    timeout: Duration,
    backoff: (Duration, Duration),
    limits: LimitSettings,
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    device: [String; 3],
    used_by: String,
    data_centers: Vec<DataCenter>,
}

/// A data centre at an address of one's own: a test server.
#[derive(Clone)]
struct DataCenter {
    id: i32,
    address: SocketAddr,
    key: Option<[u8; 256]>,
}

impl std::fmt::Debug for MtprotoBuilder {
    /// Without the API hash and the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MtprotoBuilder")
            .field("api_id", &self.api_id)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl MtprotoBuilder {
    pub(super) fn new(database: Database, api_id: i32, api_hash: String) -> Self {
        Self {
            database,
            api_id,
            api_hash,
            timeout: Duration::from_secs(20),
            backoff: (Duration::from_secs(1), Duration::from_secs(300)),
            limits: LimitSettings {
                look_ups: LookUpSettings {
                    budget: 150,
                    distance: Duration::from_secs(30),
                    burst: 5,
                    patience: Duration::from_secs(5),
                    unhurried: None,
                },
                absent: (Duration::from_secs(15 * 60), Duration::from_secs(24 * 3600)),
                full_distance: Duration::from_secs(1),
                glance_distance: Duration::from_secs(1),
            },
            clock: Arc::new(SystemClock),
            jitter: Jitter::default(),
            device: [
                "tgbio".to_owned(),
                std::env::consts::OS.to_owned(),
                env!("CARGO_PKG_VERSION").to_owned(),
            ],
            used_by: "tgbio".to_owned(),
            data_centers: Vec::new(),
        }
    }

    /// How long one call may take, making the connection included: 20 s unless told otherwise.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// The pause before the connection is built anew for the second time in a row, and the longest one: 1 s and 5
    /// minutes unless told otherwise. Each failure doubles it, the first one has none; zero for no pauses.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = (first, longest);
        self
    }

    /// How many names may be looked up in 24 hours: 150 unless told otherwise. Telegram is said to allow about 200 per
    /// account, bots included, and to close everything by name for a day afterwards.
    pub fn resolve_budget(mut self, names: u32) -> Self {
        self.limits.look_ups.budget = names;
        self
    }

    /// Distance between two look-ups of names, on average: 30 s unless told otherwise, zero for none. A look-up whose
    /// turn is farther away than 5 s is refused with the time until then, so that it does not hold others up; each
    /// name is told a turn of its own.
    pub fn resolve_distance(mut self, distance: Duration) -> Self {
        self.limits.look_ups.distance = distance;
        self
    }

    /// How many names may be looked up at once, after as many distances without a look-up, be it in another process: 5
    /// unless told otherwise, so that a person's few names need not wait.
    pub fn resolve_burst(mut self, names: u32) -> Self {
        self.limits.look_ups.burst = names;
        self
    }

    /// Names for which nobody waits ([`Target::unhurried`](tgbio_core::Target::unhurried)), like those that followed
    /// profiles have lost, are looked up while fewer than so many names were looked up in 24 hours: half of the
    /// [budget](Self::resolve_budget) unless told otherwise, zero for never. They do not wait for a turn.
    pub fn unhurried_look_ups(mut self, names: u32) -> Self {
        self.limits.look_ups.unhurried = Some(names);
        self
    }

    /// How long a name is left alone that nobody had when it was looked up: 15 minutes the first four times, then twice
    /// as long each time up to a day, unless told otherwise; zero for no time. Until then a fetch is told what
    /// Telegram said, [from memory](tgbio_core::FetchError::not_asked_for), which is kept per account in the database.
    pub fn absent_distance(mut self, first: Duration, longest: Duration) -> Self {
        self.limits.absent = (first, longest);
        self
    }

    /// Distance between two calls for a profile's details, users and channels apart: 1 s unless told otherwise, zero
    /// for none. They wait for their turn.
    pub fn full_distance(mut self, distance: Duration) -> Self {
        self.limits.full_distance = distance;
        self
    }

    /// Distance between two [glances](MtprotoFetcher::glance) at up to a hundred profiles: 1 s unless told otherwise,
    /// zero for none.
    pub fn glance_distance(mut self, distance: Duration) -> Self {
        self.limits.glance_distance = distance;
        self
    }

    /// Where the time comes from. Time limits of calls do not depend on it.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where chance comes from, as numbers in `0.0..1.0`: it makes waits up to a twentieth longer and pauses up to a
    /// half shorter.
    pub fn jitter(mut self, draw: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Jitter::new(draw);
        self
    }

    /// What Telegram shows in the account's list of devices: device, system and version.
    pub fn device(
        mut self,
        device: impl Into<String>,
        system: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        self.device = [device.into(), system.into(), version.into()];
        self
    }

    /// What the session is used for, like `serve`: another process that wants it is told so.
    pub fn used_by(mut self, words: impl Into<String>) -> Self {
        self.used_by = words.into();
        self
    }

    /// A data centre at an address of one's own, like a test server, for a [log-in](Self::login); with a key, no new
    /// one is agreed on. The first one is where the log-in begins.
    pub fn data_center(mut self, id: i32, address: SocketAddr, key: Option<[u8; 256]>) -> Self {
        self.data_centers.push(DataCenter { id, address, key });
        self
    }

    /// The fetcher over the kept session. Nothing is asked of Telegram before the first fetch. Where nobody is signed
    /// in it answers [`Denied`](tgbio_core::FetchErrorKind::Denied), and notices a log-in that another process makes.
    ///
    /// # Errors
    /// [`MtprotoError::InUse`] names the process that uses the session already.
    pub async fn open(self) -> Result<MtprotoFetcher, MtprotoError> {
        let session = self.session().await?;
        let lock = if session.is_signed_in() { Some(session.lock(&self.used_by)?) } else { None };
        let engine = self.engine(session.kept, lock);
        engine.load().await?;
        Ok(MtprotoFetcher::new(engine))
    }

    /// A new log-in. The session is this process' own until it is dropped.
    ///
    /// # Errors
    /// [`MtprotoError::AlreadySignedIn`], [`MtprotoError::InUse`].
    pub async fn login(self) -> Result<MtprotoLogin, MtprotoError> {
        let session = self.session().await?;
        let lock = session.lock(&self.used_by)?;
        session.refuse_signed_in().await?;
        let home = self.data_centers.first();
        let log_in = LogIn {
            generation: session.kept.log_in().generation + 1,
            home_dc: home.map_or(2, |dc| dc.id),
            ipv6: home.is_some_and(|dc| dc.address.is_ipv6()),
            account: None,
            standing: Standing::None,
            since: self.clock.now(),
        };
        let dcs: Dcs = self.data_centers.iter().map(|dc| (dc.id, pinned(dc.address, dc.key))).collect();
        session.kept.replace(log_in, dcs).await?;
        let (api_id, api_hash) = (self.api_id, self.api_hash.clone());
        Ok(MtprotoLogin::new(self.engine(session.kept, Some(lock)), api_id, api_hash))
    }

    /// Signs out: tells Telegram, where that can be reached, and forgets the session in any case. Says whether
    /// Telegram was told; if not, end the session in an official app, under Devices.
    ///
    /// # Errors
    /// [`MtprotoError::InUse`].
    pub async fn logout(self) -> Result<bool, MtprotoError> {
        let session = self.session().await?;
        let lock = session.lock(&self.used_by)?;
        log_out(&self.engine(session.kept, Some(lock))).await
    }

    /// How the kept session stands, without using it: safe beside a process that does. What only that process knows,
    /// like a broken connection, does not show.
    ///
    /// # Errors
    /// [`MtprotoError::Store`].
    pub async fn status(self) -> Result<MtprotoStatus, MtprotoError> {
        let session = self.session().await?;
        let engine = self.engine(session.kept, None);
        engine.load().await?;
        Ok(engine.status())
    }

    async fn session(&self) -> Result<MtprotoSession, MtprotoError> {
        if self.api_id <= 0 {
            return Err(MtprotoError::ApiId(self.api_id));
        }
        MtprotoSession::open(&self.database).await
    }

    fn engine(self, session: KeptSession, lock: Option<SessionLock>) -> Arc<Engine> {
        let tables = session.tables().clone();
        let session = Arc::new(session);
        let settings = LinkSettings {
            api_id: self.api_id,
            device: self.device,
            timeout: self.timeout,
            backoff: self.backoff,
        };
        let link = Link::new(session.clone(), settings, self.clock.clone(), self.jitter.clone());
        let limits = Limits::new(self.limits, tables.clone(), self.clock.clone(), self.jitter);
        Arc::new(Engine::new(session, link, limits, Peers::new(tables), self.clock, lock, self.used_by))
    }
}
