//! What fetching, glancing and signing in share: session, connection, limits, and whom the account knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use grammers_client::session::Session;
use grammers_client::tl;
use tgbio_core::store::StoreResult;
use tgbio_core::{
    Cause, Clock, DeniedReason, FetchErrorKind, RateLimitReason, Timestamp, UnreachableReason,
    UnrecognisedReason, Username,
};
use tokio::sync::Mutex as AsyncMutex;

use super::limits::{FROZEN_METHOD, Limits, Method, Refusal};
use super::peers::Peers;
use super::rpc::{Fault, Meaning, meaning};
use super::session::{KeptSession, SessionLock, Standing};
use super::supervise::Link;
use super::{MtprotoAccount, MtprotoState, MtprotoStatus};

/// Without a log-in, the tables are looked at so often for a new one.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// What is kept before it is known whose session it is, is kept under this number.
const UNKNOWN_ACCOUNT: i64 = 0;

/// Why there is no answer, for whoever fetched.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) kind: FetchErrorKind,
    /// Id and access hash are no more good: the name may tell others.
    pub(super) stale: bool,
    /// The account that was asked for is deleted: the name may be somebody else's.
    pub(super) deleted: bool,
    /// This is from memory: nobody was asked, nor will be for so long.
    pub(super) not_asked_for: Option<Duration>,
    pub(super) cause: Option<Cause>,
}

impl Failure {
    pub(super) fn new(kind: FetchErrorKind) -> Self {
        Self { kind, stale: false, deleted: false, not_asked_for: None, cause: None }
    }

    pub(super) fn unrecognised(reason: UnrecognisedReason) -> Self {
        Self::new(FetchErrorKind::Unrecognised(reason))
    }

    fn because(kind: FetchErrorKind, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..Self::new(kind) }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Frozen { .. } => FetchErrorKind::Denied(DeniedReason::Frozen),
            Refusal::Wait { left, .. } => limited(*left, RateLimitReason::FloodWait),
            Refusal::Turn { left, .. } => limited(*left, RateLimitReason::OwnLimit),
            Refusal::Unhurried { .. } => {
                FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::OwnLimit }
            }
            Refusal::Absent { impossible: true, .. } => FetchErrorKind::InvalidName,
            Refusal::Absent { impossible: false, .. } => FetchErrorKind::NotFound,
        };
        let not_asked_for = match &refusal {
            Refusal::Absent { left, .. } => Some(*left),
            _ => None,
        };
        Self { not_asked_for, ..Self::because(kind, refusal) }
    }
}

fn limited(left: Duration, reason: RateLimitReason) -> FetchErrorKind {
    FetchErrorKind::RateLimited { retry_after: Some(left), reason }
}

/// The log-in is gone, in Telegram's own word.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", match .0 {
    Standing::Ended(word) => format!("Telegram ended the session ({word})"),
    _ => "nobody is signed in".to_owned(),
})]
struct NoLogIn(Standing);

fn denied(standing: &Standing) -> DeniedReason {
    match standing {
        Standing::Ended(word) if word.starts_with("USER_DEACTIVATED") => DeniedReason::Banned,
        _ => DeniedReason::SignedOut,
    }
}

fn nobody(standing: &Standing) -> Failure {
    Failure::because(FetchErrorKind::Denied(denied(standing)), NoLogIn(standing.clone()))
}

/// What is kept of the account cannot be read or written.
fn unkept(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::because(FetchErrorKind::Unreachable(UnreachableReason::Connect), error)
}

/// The backend without its face.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) session: Arc<KeptSession>,
    pub(super) link: Link,
    pub(super) limits: Limits,
    pub(super) peers: Peers,
    pub(super) clock: Arc<dyn Clock>,
    lock: Mutex<Option<SessionLock>>,
    used_by: String,
    /// When the tables were looked at for a new log-in; held while somebody looks.
    looked: AsyncMutex<Option<Timestamp>>,
    /// The account whose waits and peers are in memory. Nobody begins to ask with another one: what it taught would be
    /// noted under the wrong account, and forgotten when its own is read.
    loaded: Mutex<Option<i64>>,
    /// Held while somebody asks whose session it is, or reads what is kept of its account.
    asking: AsyncMutex<()>,
    /// How often that was asked, and what came of the last time if it failed: those who waited need not ask again.
    asked: Mutex<(u64, Option<Failure>)>,
    /// Names that are being looked up.
    names: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

impl Engine {
    pub(super) fn new(
        session: Arc<KeptSession>,
        link: Link,
        limits: Limits,
        peers: Peers,
        clock: Arc<dyn Clock>,
        lock: Option<SessionLock>,
        used_by: String,
    ) -> Self {
        let (lock, looked, names) = (Mutex::new(lock), AsyncMutex::default(), Mutex::default());
        let (asking, asked, loaded) = (AsyncMutex::default(), Mutex::default(), Mutex::default());
        Self { session, link, limits, peers, clock, lock, used_by, looked, loaded, asking, asked, names }
    }

    fn held(&self) -> MutexGuard<'_, Option<SessionLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of the account. Of an imported session that was not used yet these are its waits.
    pub(super) async fn load(&self) -> StoreResult<()> {
        let id = self.session.account_id().unwrap_or(UNKNOWN_ACCOUNT);
        self.limits.load(id).await?;
        self.peers.load(id).await?;
        *self.loaded() = Some(id);
        Ok(())
    }

    fn loaded(&self) -> MutexGuard<'_, Option<i64>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is signed in and known, and what is kept of the account is in memory.
    fn is_ready(&self) -> bool {
        let known = self.session.is_open().then(|| self.session.account_id()).flatten();
        known.is_some() && known == *self.loaded()
    }

    pub(super) async fn signed_in(&self, account: MtprotoAccount) -> Result<(), super::MtprotoError> {
        self.session.signed_in(account, self.clock.now()).await?;
        Ok(self.load().await?)
    }

    /// Makes sure that somebody is signed in and known.
    pub(super) async fn ready(&self) -> Result<(), Failure> {
        if self.is_ready() {
            return Ok(());
        }
        if !self.session.is_open() {
            self.look_again().await;
        }
        match self.session.log_in().standing {
            Standing::Open => self.identify().await,
            standing => Err(nobody(&standing)),
        }
    }

    /// Somebody has signed in since.
    pub(super) async fn look_at_once(&self) {
        *self.looked.lock().await = None;
        self.look_again().await;
    }

    /// Another process may have signed in since.
    async fn look_again(&self) {
        let mut looked = self.looked.lock().await;
        let now = self.clock.now();
        let recently = looked.is_some_and(|at| at <= now && now.since(at) < LOOK_AGAIN);
        if recently || self.session.is_open() {
            return;
        }
        *looked = Some(now);
        let _alone = self.asking.lock().await;
        *self.loaded() = None;
        let found = self.session.reload().await.unwrap_or(false);
        if !found || !self.session.is_open() {
            return;
        }
        match SessionLock::take(self.session.tables().database().path(), &self.used_by) {
            Ok(lock) => *self.held() = Some(lock),
            Err(error) => {
                tracing::warn!(%error, "there is a new log-in to Telegram, which cannot be used yet");
                self.session.settle_in_memory(Standing::None);
                return;
            }
        }
        if let Err(error) = self.load().await {
            tracing::warn!(%error, "what the account knows could not be read");
        }
    }

    /// Learns whose session it is, and reads what is kept of the account. Whoever waits for somebody else's question gets
    /// its answer.
    async fn identify(&self) -> Result<(), Failure> {
        let before = self.asked().0;
        let _alone = self.asking.lock().await;
        if self.is_ready() {
            return Ok(());
        }
        let standing = self.session.log_in().standing;
        if standing != Standing::Open {
            return Err(nobody(&standing));
        }
        let (times, failure) = self.asked().clone();
        if let Some(failure) = failure.filter(|_| times > before) {
            return Err(failure);
        }
        let answer = match self.session.account_id() {
            Some(_) => self.load().await.map_err(unkept),
            None => self.ask_whose().await,
        };
        *self.asked() = (times + 1, answer.clone().err());
        answer
    }

    fn asked(&self) -> MutexGuard<'_, (u64, Option<Failure>)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An imported session does not say whose it is.
    async fn ask_whose(&self) -> Result<(), Failure> {
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        let users = self.ask(Method::Users, &request).await?;
        let account = users.iter().find_map(account_of);
        let account = account.ok_or_else(|| Failure::unrecognised(UnrecognisedReason::Layout))?;
        self.signed_in(account).await.map_err(unkept)
    }

    /// Calls a method within its limits, and learns from a refusal.
    pub(super) async fn ask<R>(&self, method: Method, request: &R) -> Result<R::Return, Failure>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        self.limits.enter(method).await?;
        self.invoke(method, request).await
    }

    /// Looks a name up within its limits, and remembers that nobody has it.
    pub(super) async fn look_up(
        &self,
        name: &Username,
        unhurried: bool,
    ) -> Result<tl::types::contacts::ResolvedPeer, Failure> {
        let request =
            tl::functions::contacts::ResolveUsername { username: name.as_str().to_owned(), referer: None };
        self.limits.enter_look_up(&name.key(), unhurried).await?;
        match self.invoke(Method::Resolve, &request).await {
            Ok(tl::enums::contacts::ResolvedPeer::Peer(answer)) => {
                self.limits.found(&name.key()).await;
                Ok(answer)
            }
            Err(failure) => {
                let impossible = failure.kind == FetchErrorKind::InvalidName;
                if impossible || failure.kind == FetchErrorKind::NotFound {
                    self.limits.missed(&name.key(), impossible).await;
                }
                Err(failure)
            }
        }
    }

    async fn invoke<R>(&self, method: Method, request: &R) -> Result<R::Return, Failure>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        // The session may have ended while this call waited for its turn.
        let standing = self.session.log_in().standing.clone();
        if standing != Standing::Open {
            return Err(nobody(&standing));
        }
        match self.call(request).await {
            Ok(answer) => {
                self.limits.answered(method).await;
                Ok(answer)
            }
            Err(fault) => Err(self.failure(method, fault).await),
        }
    }

    /// Calls; and once more in another data centre if Telegram says that the account lives there, as long as the session
    /// has a key for it: without one nobody is signed in there.
    async fn call<R>(&self, request: &R) -> Result<R::Return, Fault>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        let fault = match self.link.call(request).await {
            Err(fault) => fault,
            answer => return answer,
        };
        let Some(dc) = elsewhere(&fault) else { return Err(fault) };
        if !self.session.has_key_of(dc) {
            tracing::warn!(dc, "the account lives in a data centre that the session has no key for");
            return Err(fault);
        }
        match self.link.call_in(dc, request).await {
            Ok(answer) => {
                self.move_home(dc).await;
                Ok(answer)
            }
            // The log-in at home does not end with what another data centre says of it.
            Err(Fault::Rpc(error)) if error.code == 401 => Err(fault),
            Err(Fault::KeyUnknown) => Err(fault),
            Err(other) => Err(other),
        }
    }

    async fn move_home(&self, dc: i32) {
        tracing::info!(dc, "the account lives in another data centre, which is asked from now on");
        if let Err(error) = self.session.set_home_dc_id(dc).await {
            tracing::warn!(%error, "the account's data centre could not be noted");
        }
    }

    async fn failure(&self, method: Method, fault: Fault) -> Failure {
        let kind = match &fault {
            Fault::Way { reason, .. } => FetchErrorKind::Unreachable(*reason),
            Fault::KeyUnknown => FetchErrorKind::Denied(DeniedReason::SignedOut),
            Fault::Unreadable(_) => FetchErrorKind::Unrecognised(UnrecognisedReason::Layout),
            Fault::Rpc(error) => {
                let meaning = meaning(error);
                let kind = self.kind(method, &meaning, &error.name).await;
                let (stale, deleted) = (meaning == Meaning::Stale, meaning == Meaning::Deleted);
                return Failure { stale, deleted, ..Failure::because(kind, fault) };
            }
        };
        Failure::because(kind, fault)
    }

    async fn kind(&self, method: Method, meaning: &Meaning, word: &str) -> FetchErrorKind {
        match meaning {
            Meaning::Wait(asked) => {
                limited(self.limits.hold_off(method, *asked, word).await, RateLimitReason::FloodWait)
            }
            Meaning::Frozen => {
                self.limits.freeze(method).await;
                FetchErrorKind::Denied(DeniedReason::Frozen)
            }
            Meaning::Ended | Meaning::Banned => {
                self.end(word).await;
                FetchErrorKind::Denied(denied(&Standing::Ended(word.to_owned())))
            }
            Meaning::Elsewhere(_) => FetchErrorKind::Unreachable(UnreachableReason::Connect),
            Meaning::NotFound | Meaning::Deleted => FetchErrorKind::NotFound,
            Meaning::InvalidName => FetchErrorKind::InvalidName,
            Meaning::ServerFailed => FetchErrorKind::Unreachable(UnreachableReason::Http5xx),
            Meaning::Stale | Meaning::Unknown => FetchErrorKind::Unrecognised(UnrecognisedReason::Layout),
        }
    }

    /// Telegram has ended the session: nothing is asked with it any more, and another process may sign in.
    async fn end(&self, word: &str) {
        if self.session.log_in().standing != Standing::Open {
            return;
        }
        tracing::error!(word, "Telegram has ended the session: sign in again");
        let now = self.clock.now();
        let ended = self.session.settle(|log_in| {
            log_in.standing = Standing::Ended(word.to_owned());
            log_in.since = now;
        });
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the end of the session could not be noted");
        }
        self.link.close();
        *self.held() = None;
    }

    /// One look-up of a name at a time.
    pub(super) fn name_lock(&self, name: &Username) -> Arc<AsyncMutex<()>> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = names.get(&name.key()).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(AsyncMutex::new(()));
        names.insert(name.key(), Arc::downgrade(&lock));
        lock
    }

    pub(super) fn status(&self) -> MtprotoStatus {
        let log_in = self.session.log_in();
        let (waits, resolves, next_resolve) = self.limits.now();
        let frozen = waits.iter().any(|wait| wait.reason == FROZEN_METHOD);
        let trouble = self.link.trouble();
        let (state, since, detail) = match (&log_in.standing, trouble) {
            (Standing::None, _) => (MtprotoState::SignedOut, log_in.since, None),
            (Standing::Ended(word), _) => {
                let banned = denied(&log_in.standing) == DeniedReason::Banned;
                let state = if banned { MtprotoState::Banned } else { MtprotoState::Ended };
                (state, log_in.since, Some(word.clone()))
            }
            (Standing::Open, Some((Fault::KeyUnknown, since))) => (MtprotoState::KeyUnknown, since, None),
            (Standing::Open, Some((fault, since))) => {
                (MtprotoState::Unreachable, since, Some(fault.to_string()))
            }
            (Standing::Open, None) if frozen => {
                (MtprotoState::Frozen, log_in.since, Some(FROZEN_METHOD.to_owned()))
            }
            (Standing::Open, None) => (MtprotoState::Ready, log_in.since, None),
        };
        let resolve_budget = self.limits.budget();
        let account = log_in.account;
        MtprotoStatus { account, state, since, detail, waits, resolves, resolve_budget, next_resolve }
    }
}

/// The data centre that the account lives in, where Telegram says that it is another one.
fn elsewhere(fault: &Fault) -> Option<i32> {
    match fault {
        Fault::Rpc(error) => match meaning(error) {
            Meaning::Elsewhere(dc) => dc,
            _ => None,
        },
        _ => None,
    }
}

/// Who a user of an answer is, as an account.
pub(super) fn account_of(user: &tl::enums::User) -> Option<MtprotoAccount> {
    let tl::enums::User::User(user) = user else { return None };
    let listed = user.usernames.iter().flatten().map(|tl::enums::Username::Username(name)| name);
    let listed = listed.filter(|name| name.active).map(|name| name.username.as_str()).next();
    let name = listed.or(user.username.as_deref());
    Some(MtprotoAccount {
        id: u64::try_from(user.id).ok()?,
        bot: user.bot,
        username: name.and_then(|name| Username::parse(name).ok()),
    })
}
