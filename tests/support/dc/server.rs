//! What the connections of one data centre share, and the loop that accepts them.

use super::account::AccountId;
use super::answer::Asker;
use super::cloud::{Cloud, Login};
use super::crypt::KeyId;
use super::fault::{About, Fault, FaultBook, FaultId};
use super::limits::Limits;
use super::log::{Call, Log};
use super::request::Hello;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) faults: FaultBook,
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
        loop {
            let mut noticed = pin!(self.noticed.notified());
            noticed.as_mut().enable();
            if let Some(seen) = look(&mut self.lock()) {
                return seen;
            }
            noticed.await;
        }
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
        let fault = state.faults.take(&about).map(|(_, fault)| fault);
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
        let fault = state.faults.take(&about).or(over);
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
    let connections = tokio_util::task::TaskTracker::new();
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, shared.clone(), stop.clone()));
                }
                // Too many open files: others must close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    _ = stop.run_until_cancelled(accepting).await;
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, stop: CancellationToken) {
    shared.open.fetch_add(1, Ordering::SeqCst);
    _ = stop.run_until_cancelled(super::connection::serve(stream, shared.clone())).await;
    shared.open.fetch_sub(1, Ordering::SeqCst);
    shared.noticed.notify_waiters();
}
