//! What the connections of one data centre share, and where they begin.

use super::account::AccountId;
use super::answer::Asker;
use super::cloud::{Cloud, Login};
use super::crypt::KeyId;
use super::fault::{About, Fault, On};
use super::limits::Limits;
use super::log::{Call, Log};
use super::request::Hello;
use crate::listening;
use crate::orders::{FaultBook, FaultId};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) faults: FaultBook<On, Fault>,
    pub(super) limits: Limits,
    pub(super) log: Log,
    /// Those that clients may use, the present one first.
    pub(super) salts: Vec<i64>,
}

impl State {
    /// From now on, other salts are right.
    pub(super) fn change_salts(&mut self) -> i64 {
        self.salts = (0..4).map(|_| rand::random()).collect();
        self.salts[0]
    }
}

pub(super) struct Shared {
    pub(super) dc: i32,
    pub(super) cloud: Arc<Cloud>,
    pub(super) check_salts: bool,
    state: Mutex<State>,
    /// Told of every call and of every change of the faults.
    pub(super) noticed: Notify,
    pub(super) open: AtomicUsize,
}

impl Shared {
    pub(super) fn new(dc: i32, cloud: Arc<Cloud>, check_salts: bool) -> Self {
        let mut state = State::default();
        state.change_salts();
        let (noticed, open) = (Notify::new(), AtomicUsize::new(0));
        Self { dc, cloud, check_salts, state: Mutex::new(state), noticed, open }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` sees something in the state.
    pub(super) async fn until<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        listening::until(&self.noticed, || look(&mut self.lock())).await
    }

    /// Who uses this key, and whose it is if nobody is logged in. `None` if it is unknown here.
    pub(super) fn asker(&self, key: KeyId) -> Option<(Asker<'_>, Option<AccountId>)> {
        let inner = self.cloud.lock();
        let known = inner.keys.get(&key).filter(|known| known.dc == self.dc)?;
        let logged_in = match known.login {
            Login::Done(account) => Some(account),
            _ => None,
        };
        let account = logged_in.unwrap_or(known.owner);
        Some((Asker { cloud: &self.cloud, dc: self.dc, key, account }, logged_in))
    }

    /// Counts a connection; its number, and what goes wrong with it.
    pub(super) fn connected(&self) -> (u64, Option<Fault>) {
        let mut state = self.lock();
        state.log.connections += 1;
        let connection = state.log.connections;
        let about = About { method: None, peers: &[], name: None, account: None, connection };
        let fault = state.faults.take(|on| on.fits(&about)).map(|(_, fault)| fault);
        drop(state);
        self.noticed.notify_waiters();
        (connection, fault)
    }

    /// Puts a call into the log; what goes wrong with it.
    pub(super) fn called(&self, mut call: Call, hello: Option<Hello>) -> Option<(FaultId, Fault)> {
        let state = &mut *self.lock();
        let about = About {
            method: Some(call.method),
            peers: &call.peers,
            name: call.name.as_deref(),
            account: call.account,
            connection: call.connection,
        };
        let over = state.limits.take(&about);
        let fault = state.faults.take(|on| on.fits(&about)).or(over);
        let early = state.limits.is_early(&about);
        state.limits.told(&about, fault.as_ref().map(|(_, fault)| fault));
        call.early = early;
        call.fault = fault.as_ref().map(|(_, fault)| fault.clone());
        call.at = Instant::now();
        state.log.keep(call);
        hello.into_iter().for_each(|hello| state.log.keep_hello(hello));
        self.noticed.notify_waiters();
        fault
    }
}

/// Accepts connections until it is told to stop, then closes them all.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let serve = |stream| {
        let open = Open::new(shared.clone());
        async move {
            _ = super::connection::serve(stream, open.0.clone()).await;
            drop(open);
        }
    };
    listening::accept(listener, &connections, &stop, serve).await;
    connections.close();
    connections.wait().await;
}

/// An open connection, counted until it is dropped.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        self.0.noticed.notify_waiters();
    }
}
