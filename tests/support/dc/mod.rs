//! A fake data centre of Telegram on loopback: real TCP, the real transport and encryption, the real types.
//!
//! Clients need no key exchange: they get a key that the data centre already knows, in a Telethon string session
//! ([`Dc::telethon_session`]) or as bytes ([`Dc::key`]). Profiles are scripted in a [`Truth`] that a test holds and
//! changes while the server runs; a simulated t.me can show the same truth. Faults happen on order. Every call is recorded.
//!
//! ```no_run
//! # use tgbio_testkit::dc::*;
//! # async fn example() {
//! let truth = Truth::new();
//! let ann = truth.set(Profile::user("ann_example", "Ann").bio("Hello!").photo(1));
//! let dc = Dc::start(&truth, Options::default()).await;
//! // ... log in with dc.telethon_session(), fetch ann_example ...
//! truth.update(ann, |ann| ann.bio = Some("New".into()));
//! dc.fault("users.getFullUser", Refusal::flood_wait(31), Times::Once);
//! dc.wait_for(|log| log.count("users.getFullUser") >= 2).await;
//! assert_eq!(dc.count("contacts.resolveUsername"), 1);
//! # }
//! ```

mod account;
mod answer;
mod auth;
mod cloud;
mod config;
mod connection;
mod crypt;
mod envelope;
mod fault;
mod full;
mod gzip;
mod limits;
mod log;
mod options;
mod peers;
mod profile;
mod refusal;
mod request;
mod send;
mod server;
mod spoil;
mod srp;
#[cfg(test)]
mod tests;
mod truth;
mod wire;
mod world;

pub use crate::orders::{FaultId, Times};
pub use crate::tme::Kind;
pub use account::{Account, AccountId};
pub use crypt::AuthKey;
pub use fault::{Fault, On};
pub use log::{Call, Log};
pub use options::{Options, Stale};
pub use profile::{Birthday, Photo, Profile};
pub use refusal::Refusal;
pub use request::Hello;
pub use truth::Truth;
pub use world::DcWorld;

use cloud::{Cloud, Login};
use crypt::key_id;
use server::{Shared, accept};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tgbio_core::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Longest time that [`Dc::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listener at work.
struct Listening {
    stop: DropGuard,
    task: JoinHandle<()>,
}

/// A running data centre; it stops when it is dropped.
pub struct Dc {
    address: SocketAddrV4,
    shared: Arc<Shared>,
    listening: Mutex<Option<Listening>>,
    /// Ends the thread of its own that it may have.
    _thread: Option<DropGuard>,
}

impl fmt::Debug for Dc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dc").field("id", &self.id()).field("address", &self.address).finish_non_exhaustive()
    }
}

/// Starting and stopping.
impl Dc {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// When loopback cannot be listened on.
    pub async fn start(truth: &Truth, options: Options) -> Self {
        let cloud = Arc::new(Cloud::new(truth.clone(), options.api, options.stale));
        cloud.join(options.account, options.dc);
        Self::open(options.dc, cloud, options.check_salts).await
    }

    /// Starts on a thread and runtime of its own with this many workers, so that a bench can tell its cost apart.
    pub fn start_apart(truth: &Truth, options: Options, workers: usize) -> io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
        let (started, starting) = std::sync::mpsc::channel();
        let (truth, stop) = (truth.clone(), CancellationToken::new());
        let stopped = stop.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                _ = started.send(Self::start(&truth, options).await);
                stopped.cancelled().await;
            });
        });
        let dc = starting.recv().map_err(|_| io::Error::other("the data centre's thread ended"))?;
        Ok(Self { _thread: Some(stop.drop_guard()), ..dc })
    }

    /// Starts another data centre of the same Telegram: same truth and accounts, other keys, faults and log.
    /// Clients learn of it when they connect, so start it first.
    ///
    /// # Panics
    /// When loopback cannot be listened on.
    pub async fn sibling(&self, id: i32) -> Self {
        Self::open(id, self.shared.cloud.clone(), self.shared.check_salts).await
    }

    async fn open(id: i32, cloud: Arc<Cloud>, check_salts: bool) -> Self {
        let free = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let shared = Arc::new(Shared::new(id, cloud, check_salts));
        let mut dc = Self { address: free, shared, listening: Mutex::default(), _thread: None };
        match dc.listen().await {
            Ok(SocketAddr::V4(address)) => dc.address = address,
            other => panic!("cannot listen on loopback: {other:?}"),
        }
        dc.shared.cloud.lock().addresses.insert(id, dc.address.into());
        dc
    }

    async fn listen(&self) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, self.shared.clone(), stop.clone()));
        *self.lock_listening() = Some(Listening { stop: stop.drop_guard(), task });
        Ok(address)
    }

    fn lock_listening(&self) -> std::sync::MutexGuard<'_, Option<Listening>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes every connection and the port: clients are refused until [`Dc::resume`].
    pub async fn pause(&self) {
        let listening = self.lock_listening().take();
        if let Some(Listening { stop, task }) = listening {
            drop(stop);
            _ = task.await;
        }
    }

    /// Listens on the same address again.
    pub async fn resume(&self) -> io::Result<()> {
        self.pause().await;
        self.listen().await.map(drop)
    }
}

/// What a client must know.
impl Dc {
    /// 1 to 5.
    pub fn id(&self) -> i32 {
        self.shared.dc
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// The key of the first account.
    pub fn key(&self) -> AuthKey {
        self.key_of(AccountId::FIRST)
    }

    /// The key of this account at this data centre.
    pub fn key_of(&self, account: AccountId) -> AuthKey {
        account::auth_key(self.shared.cloud.seed, account, self.id())
    }

    /// What the program's setting `TGBIO_MTPROTO_DC` must be for a log-in with the first account here.
    pub fn setting(&self) -> String {
        format!("{}@{}/{}", self.id(), self.address, hex::encode(self.key()))
    }

    /// The first account's session, as Telethon writes it down.
    pub fn telethon_session(&self) -> String {
        self.telethon_session_of(AccountId::FIRST)
    }

    /// This account's session, as Telethon writes it down: version, then data centre, address, port and key in base64url.
    pub fn telethon_session_of(&self, account: AccountId) -> String {
        let mut bytes = vec![self.id() as u8];
        bytes.extend(self.address.ip().octets());
        bytes.extend(self.address.port().to_be_bytes());
        bytes.extend(self.key_of(account));
        options::telethon(&bytes)
    }
}

/// The accounts.
impl Dc {
    /// Adds an account, with its own keys and access hashes, known at all data centres.
    pub fn join(&self, account: Account) -> AccountId {
        self.shared.cloud.join(account, self.id())
    }

    /// Whether somebody is logged in with this account's key here.
    pub fn logged_in(&self, account: AccountId) -> bool {
        let id = key_id(&self.key_of(account));
        self.shared.cloud.lock().keys.get(&id).is_some_and(|key| matches!(key.login, Login::Done(_)))
    }

    /// Ends the log-in at this data centre; later calls get 401 with this name, `SESSION_REVOKED` for instance.
    pub fn end_session(&self, account: AccountId, name: &'static str) {
        let id = key_id(&self.key_of(account));
        if let Some(key) = self.shared.cloud.lock().keys.get_mut(&id) {
            key.login = Login::Ended(name);
        }
    }

    /// Forgets the account's key at this data centre: packets made with it get the transport error 404.
    pub fn forget_key(&self, account: AccountId) {
        self.shared.cloud.lock().keys.remove(&key_id(&self.key_of(account)));
    }

    /// Makes the access hashes of this peer stale, for all accounts.
    pub fn change_access_hash(&self, peer: i64) {
        self.shared.cloud.age(peer);
    }

    /// Makes the salts that clients hold wrong; they are told the new one when they use an old one.
    pub fn change_salts(&self) {
        self.shared.lock().change_salts();
    }
}

/// What goes wrong.
impl Dc {
    /// Orders a fault for a method (`"users.getUsers"`) or whatever [`On`] says. The oldest order that fits happens.
    pub fn fault(&self, on: impl Into<On>, fault: impl Into<Fault>, times: Times) -> FaultId {
        self.shared.lock().faults.order(on.into(), fault.into(), times)
    }

    /// Ends one order, and lets the answers go that it holds.
    pub fn release(&self, id: FaultId) {
        self.shared.lock().faults.release(id);
        self.shared.noticed.notify_waiters();
    }

    /// From now on, more than so many calls within this time get a flood wait, until enough of them are that
    /// old. Refused calls count too.
    pub fn limit(&self, on: impl Into<On>, calls: usize, within: Duration) {
        self.shared.lock().limits.add(on.into(), calls, within);
    }

    /// Ends every order and limit.
    pub fn clear_faults(&self) {
        let mut state = self.shared.lock();
        state.faults.clear();
        state.limits.clear();
        drop(state);
        self.shared.noticed.notify_waiters();
    }
}

/// What was asked for.
impl Dc {
    /// The calls so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().log.calls().to_vec()
    }

    /// How often this method was called.
    pub fn count(&self, method: &str) -> u64 {
        self.shared.lock().log.count(method)
    }

    /// From now on the waits that clients are told pass by this clock, and not by the machine's.
    pub fn measure_waits_by(&self, clock: Arc<dyn Clock>) {
        self.shared.lock().limits.clock = clock;
    }

    /// How many calls came before the end of a wait that their account was told for the method. Those that were already
    /// under way count too.
    pub fn early_calls(&self) -> u64 {
        self.shared.lock().log.early()
    }

    /// Connections so far.
    pub fn connections(&self) -> u64 {
        self.shared.lock().log.connections()
    }

    /// Connections open now.
    pub fn open_connections(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// What clients said of themselves, oldest first.
    pub fn hellos(&self) -> Vec<Hello> {
        self.shared.lock().log.hellos().to_vec()
    }

    /// Whether calls are only counted and not kept, which is quicker and takes no memory.
    pub fn count_only(&self, counting_only: bool) {
        self.shared.lock().log.counting_only = counting_only;
    }

    /// Forgets the calls so far.
    pub fn clear_log(&self) {
        self.shared.lock().log.clear();
    }

    /// Waits until the log satisfies `done`, woken by each call and connection.
    ///
    /// # Panics
    /// After thirty seconds, with the calls so far.
    pub async fn wait_for(&self, mut done: impl FnMut(&Log) -> bool) {
        let waiting = self.shared.until(|state| done(&state.log).then_some(()));
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let seen: Vec<_> = self.calls().iter().rev().take(20).map(|call| call.method).collect();
            panic!(
                "the expected calls did not come within {PATIENCE:?}; the last ones, newest first: {seen:?}"
            );
        }
    }
}
