//! What fetching, glancing and signing in share: session, connection, limits, and whom the account knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

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

/// Why there is no answer, for whoever fetched.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) kind: FetchErrorKind,
    /// Id and access hash are no more good: the name may tell others.
    pub(super) stale: bool,
    pub(super) cause: Option<Cause>,
}

impl Failure {
    pub(super) fn new(kind: FetchErrorKind) -> Self {
        Self { kind, stale: false, cause: None }
    }

    pub(super) fn unrecognised(reason: UnrecognisedReason) -> Self {
        Self::new(FetchErrorKind::Unrecognised(reason))
    }

    fn because(kind: FetchErrorKind, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { kind, stale: false, cause: Some(Arc::new(cause)) }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Frozen { .. } => FetchErrorKind::Denied(DeniedReason::Frozen),
            Refusal::Wait { left, .. } | Refusal::Budget { left, .. } | Refusal::Pace { left, .. } => {
                limited(Some(*left))
            }
        };
        Self::because(kind, refusal)
    }
}

fn limited(retry_after: Option<Duration>) -> FetchErrorKind {
    FetchErrorKind::RateLimited { retry_after, reason: RateLimitReason::FloodWait }
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
        Self { session, link, limits, peers, clock, lock, used_by, looked, names }
    }

    fn held(&self) -> MutexGuard<'_, Option<SessionLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of the account, where it is known.
    pub(super) async fn load(&self) -> StoreResult<()> {
        if let Some(account) = self.session.log_in().account {
            let id = account.id.cast_signed();
            self.limits.load(id).await?;
            self.peers.load(id).await?;
        }
        Ok(())
    }

    pub(super) async fn signed_in(&self, account: MtprotoAccount) -> Result<(), super::MtprotoError> {
        self.session.signed_in(account, self.clock.now()).await?;
        Ok(self.load().await?)
    }

    /// Makes sure that somebody is signed in and known.
    pub(super) async fn ready(&self) -> Result<(), Failure> {
        if self.session.is_known() {
            return Ok(());
        }
        let mut looked = self.looked.lock().await;
        let log_in = self.session.log_in();
        if log_in.standing != Standing::Open {
            self.look_again(&mut looked).await;
        }
        let log_in = self.session.log_in();
        match (&log_in.standing, &log_in.account) {
            (Standing::Open, Some(_)) => Ok(()),
            (Standing::Open, None) => self.identify().await,
            (standing, _) => Err(nobody(standing)),
        }
    }

    /// Another process may have signed in since.
    async fn look_again(&self, looked: &mut Option<Timestamp>) {
        let now = self.clock.now();
        if looked.is_some_and(|at| at <= now && now.since(at) < LOOK_AGAIN) {
            return;
        }
        *looked = Some(now);
        let found = self.session.reload().await.unwrap_or(false);
        if !found || self.session.log_in().standing != Standing::Open {
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

    /// Asks whose session it is: an imported one does not say.
    async fn identify(&self) -> Result<(), Failure> {
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        let users = match self.link.call(&request).await {
            Ok(users) => users,
            Err(fault) => return Err(self.failure(Method::Users, fault).await),
        };
        let account = users.iter().find_map(account_of);
        let account = account.ok_or_else(|| Failure::unrecognised(UnrecognisedReason::Layout))?;
        self.signed_in(account)
            .await
            .map_err(|error| Failure::because(FetchErrorKind::Unreachable(UnreachableReason::Connect), error))
    }

    /// Calls a method within its limits, and learns from a refusal.
    pub(super) async fn ask<R>(&self, method: Method, request: &R) -> Result<R::Return, Failure>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        self.limits.enter(method).await?;
        // The session may have ended while this call waited for its turn.
        let standing = self.session.log_in().standing.clone();
        if standing != Standing::Open {
            return Err(nobody(&standing));
        }
        match self.link.call(request).await {
            Ok(answer) => {
                self.limits.answered(method).await;
                Ok(answer)
            }
            Err(fault) => Err(self.failure(method, fault).await),
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
                let stale = meaning == Meaning::Stale;
                return Failure { stale, ..Failure::because(kind, fault) };
            }
        };
        Failure::because(kind, fault)
    }

    async fn kind(&self, method: Method, meaning: &Meaning, word: &str) -> FetchErrorKind {
        match meaning {
            Meaning::Wait(asked) => limited(Some(self.limits.hold_off(method, *asked, word).await)),
            Meaning::Frozen => {
                self.limits.freeze(method).await;
                FetchErrorKind::Denied(DeniedReason::Frozen)
            }
            Meaning::Ended | Meaning::Banned => {
                self.end(word).await;
                FetchErrorKind::Denied(denied(&Standing::Ended(word.to_owned())))
            }
            Meaning::Elsewhere => FetchErrorKind::Denied(DeniedReason::SignedOut),
            Meaning::NotFound => FetchErrorKind::NotFound,
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
