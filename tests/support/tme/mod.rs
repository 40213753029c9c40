//! A simulator of t.me on loopback: a real HTTP/1.1 server with every page class, and as nasty as the real one.
//!
//! Pages are drawn from [`Card`]s that may be set, changed, renamed and removed at any time, by hand or by a script.
//! Tokens, photo addresses, counts and generation times change on every fetch, unless the site is made [`Tme::steady`].
//! Faults happen on order. Photos are served from `/file/` of the same address.
//!
//! ```no_run
//! # use tgbio_testkit::tme::*;
//! # async fn example() {
//! let tme = Tme::start().await;
//! tme.set(Card::user("ann_example", "Ann Example").bio("Hello!\nSee @example_news").photo(photo(1)));
//! tme.fault("ann_example", Fault::NotFoundShell, Times::Once);
//! tme.script("ann_example", vec![After::fetches(2).edit(|card| card.bio = Some("New".into()))]);
//! // ... fetch from tme.base_url() ...
//! tme.wait_for(|log| log.count("ann_example") >= 3).await;
//! # }
//! ```

mod answer;
mod budget;
mod card;
mod date;
mod draw;
mod fault;
mod fresh;
mod gzip;
mod http;
mod log;
mod others;
mod paint;
mod photo;
mod route;
mod script;
mod send;
mod serve;
mod server;
mod skeleton;
mod spoil;
mod state;
#[cfg(test)]
mod tests;
mod text;

pub use crate::orders::{FaultId, Times};
pub use card::{Bio, Card, Kind, Layout, Part};
pub use fault::{Cut, Fault, On, RetryAfter};
pub use fresh::Volatile;
pub use log::{Load, Log, Request};
pub use paint::draw_page;
pub use photo::photo;
pub use script::{After, Step};

use budget::Budget;
use script::Running;
use server::{Shared, accept};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Longest time that [`Tme::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running simulator; it stops when it is dropped.
pub struct Tme {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl fmt::Debug for Tme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tme").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Starting and stopping.
impl Tme {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// When loopback cannot be listened on.
    pub async fn start() -> Self {
        match Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await {
            Ok(tme) => tme,
            Err(error) => panic!("cannot listen on loopback: {error}"),
        }
    }

    /// Starts on this address, for instance that of a simulator that was stopped.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(address));
        shared.tasks.spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared })
    }

    /// Starts on a thread and runtime of its own with this many workers, so that a bench can tell its cost apart.
    pub fn start_apart(workers: usize) -> io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
        let (started, starting) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            runtime.block_on(async {
                let tme = Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
                let shared = tme.as_ref().ok().map(|tme| tme.shared.clone());
                _ = started.send(tme);
                if let Some(shared) = shared {
                    shared.stop.cancelled().await;
                    shared.tasks.wait().await;
                }
            });
        });
        starting.recv().unwrap_or_else(|_| Err(io::Error::other("the simulator's thread ended")))
    }

    /// Stops listening and closes every connection.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// `http://127.0.0.1:PORT`, to be used in place of `https://t.me`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`, the photo host among others.
    pub fn host_port(&self) -> String {
        self.address.to_string()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Tme {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
    }
}

/// The site's content. All changes are seen by the next request.
impl Tme {
    /// Puts this profile in place, and ends a script that its name had.
    pub fn set(&self, card: Card) {
        self.shared.lock().set(card);
    }

    /// Takes the profile away: its name gets the not-found shell. False if there is none.
    pub fn remove(&self, name: &str) -> bool {
        self.shared.lock().remove(name)
    }

    /// Changes the profile; a changed username is a rename. `edit` must not call the simulator. False if there is none.
    pub fn update(&self, name: &str, edit: impl FnOnce(&mut Card)) -> bool {
        self.shared.lock().update(name, edit)
    }

    /// The profile as it is now, after the steps of its script that are due; `None` if it is not to be seen.
    pub fn card(&self, name: &str) -> Option<Card> {
        self.shared.lock().card(name).map(|card| (*card).clone())
    }

    /// Gives the profile these steps, in place of those that it had. False if there is none.
    pub fn script(&self, name: &str, steps: Vec<Step>) -> bool {
        self.shared.lock().script(name, Running::new(steps, false))
    }

    /// As [`Tme::script`], from the start again after the last step, without end.
    pub fn script_for_ever(&self, name: &str, steps: Vec<Step>) -> bool {
        self.shared.lock().script(name, Running::new(steps, true))
    }

    /// Makes `/+CODE` and `/joinchat/CODE` lead to this channel or group; other codes have expired.
    pub fn set_invite(&self, code: &str, card: Card) {
        self.shared.lock().set_invite(code, card);
    }

    /// Lets photo addresses begin with this instead of [`Tme::base_url`], for instance with a host that must not be asked.
    pub fn set_photo_base(&self, base: &str) {
        self.shared.lock().set_photo_base(base.trim_end_matches('/').into());
    }

    /// Chooses what changes from fetch to fetch.
    pub fn set_volatile(&self, volatile: Volatile) {
        self.shared.lock().set_volatile(volatile);
    }

    /// Nothing changes from fetch to fetch: pages are kept ready, and counts are exact.
    pub fn steady(&self) {
        self.set_volatile(Volatile::NONE);
    }
}

/// What goes wrong.
impl Tme {
    /// Orders a fault for a name (`"ann"`), for [`On::Everyone`] or [`On::Photos`]. Orders happen oldest first.
    pub fn fault(&self, on: impl Into<On>, fault: Fault, times: Times) -> FaultId {
        self.shared.lock().faults.order(on.into().normal(), fault, times)
    }

    /// Ends one order, and lets the answers go that it holds.
    pub fn release(&self, id: FaultId) {
        self.shared.lock().faults.release(id);
        self.shared.noticed.notify_waiters();
    }

    /// Ends every order and the budget.
    pub fn clear_faults(&self) {
        let mut state = self.shared.lock();
        state.faults.clear();
        state.budget = None;
        drop(state);
        self.shared.noticed.notify_waiters();
    }

    /// From now on, more than `limit` pages within this time get `over`: a site that throttles.
    pub fn set_budget(&self, limit: usize, within: Duration, over: Fault) {
        self.shared.lock().budget = Some(Budget::new(limit, within, over));
    }
}

/// What was asked for.
impl Tme {
    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.requests().cloned().collect()
    }

    /// How often the card of `name` was asked for, in any spelling.
    pub fn count(&self, name: &str) -> u64 {
        self.shared.lock().log.count(name)
    }

    /// How many requests came in all, photos among them.
    pub fn total(&self) -> u64 {
        self.shared.lock().log.total()
    }

    /// Forgets the requests and the highest load so far.
    pub fn clear_log(&self) {
        self.shared.lock().log.clear();
        self.shared.connections.restart();
        self.shared.requests.restart();
    }

    /// Whether requests are only counted and not kept, which is quicker.
    pub fn count_only(&self, counting_only: bool) {
        self.shared.lock().log.counting_only = counting_only;
    }

    /// Connections and requests now, and the most there were at once.
    pub fn load(&self) -> Load {
        let Shared { connections, requests, .. } = &*self.shared;
        Load {
            connections: connections.now(),
            most_connections: connections.most(),
            requests: requests.now(),
            most_requests: requests.most(),
        }
    }

    /// Waits until the log satisfies `done`, woken by each request.
    ///
    /// # Panics
    /// After thirty seconds, with the requests so far.
    pub async fn wait_for(&self, mut done: impl FnMut(&Log) -> bool) {
        let waiting = self.shared.until(|state| done(&state.log).then_some(()));
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let seen: Vec<String> = self.requests().into_iter().rev().take(20).map(|r| r.path).collect();
            panic!(
                "the expected requests did not come within {PATIENCE:?}; the last ones, newest first: {seen:?}"
            );
        }
    }
}
