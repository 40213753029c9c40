//! A Bot API server on loopback: bots poll it over real HTTP, people write and press buttons, faults are switched on.
//!
//! It keeps Telegram's rules where bots feel them: limits of texts and buttons, edits that change nothing, presses that
//! must be answered, updates that come again until they are confirmed.

mod fault;
mod http;
mod methods;
mod multipart;
mod person;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use fault::Fault;
pub use person::Person;
pub use state::{Call, Message};

use state::{State, Wanted};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Shared {
    state: Mutex<State>,
    noticed: Notify,
    stop: CancellationToken,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` sees something; `None` when it does not in time.
    pub(crate) async fn until<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let looking = async {
            loop {
                let mut noticed = std::pin::pin!(self.noticed.notified());
                noticed.as_mut().enable();
                if let Some(seen) = look(&mut self.lock()) {
                    return seen;
                }
                noticed.await;
            }
        };
        tokio::time::timeout(within, looking).await.ok()
    }

    pub(crate) fn notice(&self) {
        self.noticed.notify_waiters();
    }
}

/// The server. Dropping it ends it.
#[derive(Clone)]
pub struct BotApi {
    shared: Arc<Shared>,
    address: String,
    _guard: Arc<tokio_util::sync::DropGuard>,
}

impl std::fmt::Debug for BotApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BotApi").field("address", &self.address).finish_non_exhaustive()
    }
}

impl BotApi {
    /// Starts a server without bots.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(error) => panic!("no port for the Bot API server: {error}"),
        };
        let address = match listener.local_addr() {
            Ok(address) => format!("http://{address}"),
            Err(error) => panic!("no address of the Bot API server: {error}"),
        };
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            noticed: Notify::new(),
            stop: stop.clone(),
        });
        tokio::spawn(http::accept(listener, Arc::clone(&shared)));
        Self { shared, address, _guard: Arc::new(stop.drop_guard()) }
    }

    /// Where it listens.
    pub fn base_url(&self) -> &str {
        &self.address
    }

    /// Makes a bot known.
    pub fn bot(&self, token: &str, username: &str) {
        self.shared.lock().add_bot(token, username);
    }

    /// A person who speaks with a bot.
    pub fn person(&self, token: &str, id: i64, first_name: &str) -> Person {
        Person::new(Arc::clone(&self.shared), token, id, first_name)
    }

    /// Switches a fault on for the next so many calls of a method (`*` for all).
    pub fn fault(&self, method: &str, fault: Fault, times: usize) {
        self.switch_on(method, "", fault, times);
    }

    /// Switches a fault on for the next call of a method whose text holds this.
    pub fn fault_saying(&self, method: &str, saying: &str, fault: Fault) {
        self.switch_on(method, saying, fault, 1);
    }

    fn switch_on(&self, method: &str, saying: &str, fault: Fault, times: usize) {
        let (method, saying) = (method.to_owned(), saying.to_owned());
        self.shared.lock().faults.push(Wanted { method, saying, fault, times });
        self.shared.notice();
    }

    /// Ends all faults, and lets held calls go.
    pub fn mend(&self) {
        self.shared.lock().faults.clear();
        self.shared.notice();
    }

    /// Puts an update of any form into a bot's queue; it gets its number if it is an object.
    pub fn inject(&self, token: &str, update: Value) -> i64 {
        let id = self.shared.lock().push(token, update);
        self.shared.notice();
        id
    }

    /// Sends updates again from this number on, as if they had not been confirmed.
    pub fn redeliver(&self, token: &str, from: i64) {
        self.shared.lock().redeliver(token, from);
        self.shared.notice();
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    fn last_calls(&self, most: usize) -> Vec<Call> {
        let mut calls = self.calls();
        calls.split_off(calls.len().saturating_sub(most))
    }

    /// How many calls of a method there were.
    pub fn count(&self, method: &str) -> usize {
        self.shared.lock().calls.iter().filter(|call| call.method == method).count()
    }

    /// Presses that nobody has answered.
    pub fn unanswered(&self) -> usize {
        self.shared.lock().presses.iter().filter(|(_, answer)| answer.is_none()).count()
    }

    /// Waits until the calls show something.
    ///
    /// # Panics
    /// When they do not in good time.
    pub async fn wait_for_calls(&self, what: &str, mut shows: impl FnMut(&[Call]) -> bool) {
        let seen = self.shared.until(PATIENCE, |state| shows(&state.calls).then_some(())).await;
        assert!(seen.is_some(), "the bot never {what}; its calls end with {:#?}", self.last_calls(6));
    }

    /// Waits until each fault has had its calls.
    ///
    /// # Panics
    /// When one has not in good time.
    pub async fn wait_for_faults(&self) {
        let had = |state: &mut State| state.faults.iter().all(|wanted| wanted.times == 0).then_some(());
        let seen = self.shared.until(PATIENCE, had).await;
        assert!(seen.is_some(), "a fault had no call; the calls end with {:#?}", self.last_calls(6));
    }

    /// Waits until every press was answered.
    ///
    /// # Panics
    /// When one is not in good time.
    pub async fn wait_for_answers(&self) {
        let done = |state: &mut State| state.presses.iter().all(|(_, answer)| answer.is_some()).then_some(());
        assert!(
            self.shared.until(PATIENCE, done).await.is_some(),
            "{} presses without answer",
            self.unanswered()
        );
    }

    /// Waits until a bot has confirmed all its updates.
    ///
    /// # Panics
    /// When it does not in good time.
    pub async fn wait_until_confirmed(&self, token: &str) {
        let done = |state: &mut State| state.bots.get(token)?.queue.is_empty().then_some(());
        assert!(self.shared.until(PATIENCE, done).await.is_some(), "updates were not confirmed");
    }

    /// How a bot has presented itself: method and language to text.
    pub fn presented(&self, token: &str) -> std::collections::BTreeMap<String, String> {
        self.shared.lock().bots.get(token).map(|bot| bot.presented.clone()).unwrap_or_default()
    }
}
