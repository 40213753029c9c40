//! Keeps the connection: every call has a time limit, and a pool that hangs, panics or loses its way is thrown away
//! and built anew on the same session, with growing pauses.
//!
//! The library's runner connects inside its request loop, so one silent data centre stalls every call, and a surprise
//! in the protocol makes it panic. Only ending its task and beginning again helps, and that is what happens here.

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use grammers_client::sender::{ConnectionParams, NoRetries, SenderPool, SenderPoolFatHandle};
use grammers_client::session::Session;
use grammers_client::{InvocationError, tl};
use tgbio_core::{Clock, Timestamp, UnreachableReason};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::Jitter;
use super::rpc::{Fault, Harm, fault_of};
use super::session::KeptSession;

/// How the connection is made.
#[derive(Debug, Clone)]
pub(super) struct LinkSettings {
    pub(super) api_id: i32,
    pub(super) device: [String; 3],
    pub(super) timeout: Duration,
    pub(super) backoff: (Duration, Duration),
}

/// The supervised connection of a session.
pub(super) struct Link {
    session: Arc<KeptSession>,
    settings: LinkSettings,
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pool: Option<Pool>,
    built: u64,
    failures: u32,
    not_before: Option<Timestamp>,
    /// What is wrong, and since when.
    trouble: Option<(Fault, Timestamp)>,
}

/// A running pool; its task ends with its last copy.
#[derive(Clone)]
struct Pool {
    number: u64,
    handle: SenderPoolFatHandle,
    runner: Arc<Runner>,
    /// Answers so far: a call that is not answered says nothing of a pool that answers others.
    answers: Arc<AtomicU64>,
}

struct Runner {
    task: AbortHandle,
    panic: Arc<Mutex<Option<String>>>,
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    pub(super) fn new(
        session: Arc<KeptSession>,
        settings: LinkSettings,
        clock: Arc<dyn Clock>,
        jitter: Jitter,
    ) -> Self {
        Self { session, settings, clock, jitter, state: Mutex::default() }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls a method in the home data centre, once.
    pub(super) async fn call<R>(&self, request: &R) -> Result<R::Return, Fault>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        self.call_in(self.session.home_dc_id().unwrap_or_default(), request).await
    }

    /// Calls a method in this data centre, once.
    pub(super) async fn call_in<R>(&self, dc: i32, request: &R) -> Result<R::Return, Fault>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        let deadline = Instant::now() + self.settings.timeout;
        let mut last = None;
        // A pool that another call's trouble has thrown away took this call with it: that one is made again.
        for _ in 0..2 {
            let pool = match self.pool() {
                Ok(pool) => pool,
                Err(fault) => return Err(last.unwrap_or(fault)),
            };
            let (fault, harm) = match self.invoke(&pool, (dc, request), deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let innocent = harm == Harm::Broken && !self.throw_away(&pool, &fault);
            if !innocent || !is_drop(&fault) {
                return Err(fault);
            }
            last = Some(fault);
        }
        Err(last.unwrap_or_else(|| Fault::way(UnreachableReason::Reset, "the call was dropped twice")))
    }

    async fn invoke<R>(
        &self,
        pool: &Pool,
        (dc, request): (i32, &R),
        deadline: Instant,
    ) -> Result<R::Return, (Fault, Harm)>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        let before = pool.answers.load(Ordering::Relaxed);
        let has_key = self.session.has_key_of(dc);
        match timeout_at(deadline, pool.handle.invoke_in_dc(dc, request)).await {
            Ok(Ok(answer)) => {
                self.answered(pool);
                Ok(answer)
            }
            Ok(Err(error)) => {
                let dropped = matches!(error, InvocationError::Dropped(_));
                let (fault, harm) = fault_of(error, has_key);
                if harm == Harm::None {
                    self.answered(pool);
                }
                Err((if dropped { pool.why_dropped().unwrap_or(fault) } else { fault }, harm))
            }
            Err(_) => {
                let stalled = pool.answers.load(Ordering::Relaxed) == before;
                let why = format!("no answer within {} s", self.settings.timeout.as_secs_f32());
                let fault = Fault::way(UnreachableReason::Timeout, why);
                Err((fault, if stalled { Harm::Broken } else { Harm::None }))
            }
        }
    }

    fn answered(&self, pool: &Pool) {
        pool.answers.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if state.failures > 0 {
            (state.failures, state.not_before, state.trouble) = (0, None, None);
        }
    }

    /// The pool, or a new one when it is time for that.
    fn pool(&self) -> Result<Pool, Fault> {
        let mut state = self.state();
        if let Some(pool) = &state.pool {
            return Ok(pool.clone());
        }
        if state.not_before.is_some_and(|until| until > self.clock.now())
            && let Some((trouble, _)) = &state.trouble
        {
            return Err(trouble.clone());
        }
        state.built += 1;
        let pool = self.build(state.built);
        state.pool = Some(pool.clone());
        Ok(pool)
    }

    fn build(&self, number: u64) -> Pool {
        let [device_model, system_version, app_version] = self.settings.device.clone();
        let params = ConnectionParams {
            device_model,
            system_version,
            app_version,
            use_ipv6: self.session.log_in().ipv6,
            retry_policy: Box::new(NoRetries),
            updates_channel_capacity: NonZeroUsize::MIN,
            ..ConnectionParams::default()
        };
        let pool = SenderPool::with_configuration(self.session.clone(), self.settings.api_id, params);
        drop(pool.updates);
        let panic: Arc<Mutex<Option<String>>> = Arc::default();
        let noted = panic.clone();
        let run = AssertUnwindSafe(pool.runner.run()).catch_unwind();
        let task = tokio::spawn(async move {
            if let Err(payload) = run.await {
                let words = payload.downcast_ref::<String>().map(String::as_str);
                let words = words.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.to_owned());
            }
        });
        let runner = Arc::new(Runner { task: task.abort_handle(), panic });
        Pool { number, handle: pool.handle, runner, answers: Arc::default() }
    }

    /// Ends the pool, and says whether that was for this call to do: not if somebody else has done so before.
    fn throw_away(&self, pool: &Pool, fault: &Fault) -> bool {
        let mut state = self.state();
        let current = state.pool.as_ref().is_some_and(|current| current.number == pool.number);
        if current {
            tracing::warn!(failures = state.failures, "the connection to Telegram is built anew: {fault}");
            // Others may still hold a copy: its task ends now.
            pool.runner.task.abort();
            state.pool = None;
            state.failures = state.failures.saturating_add(1);
            let pause = self.pause(state.failures);
            let now = self.clock.now();
            state.not_before = Some(now.after(pause));
            let since = state.trouble.as_ref().map_or(now, |(_, since)| *since);
            state.trouble = Some((fault.clone(), since));
        }
        current
    }

    /// None after the first failure, then growing ones, shorter by up to a half.
    fn pause(&self, failures: u32) -> Duration {
        let (first, longest) = self.settings.backoff;
        match failures.checked_sub(2) {
            None => Duration::ZERO,
            Some(doublings) => {
                let whole =
                    first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(longest);
                whole.mul_f64(self.jitter.draw().mul_add(-0.5, 1.0))
            }
        }
    }

    /// Lets go of the connection.
    pub(super) fn close(&self) {
        let mut state = self.state();
        *state = State { built: state.built, ..State::default() };
    }

    /// What is wrong with the connection, if anything is, and since when.
    pub(super) fn trouble(&self) -> Option<(Fault, Timestamp)> {
        self.state().trouble.clone()
    }

    /// The library's own client over the pool, for the one thing that is left to it.
    pub(super) fn client(&self) -> Result<grammers_client::Client, Fault> {
        self.pool().map(|pool| grammers_client::Client::new(pool.handle))
    }
}

impl Pool {
    /// What made the runner panic, where it did.
    fn why_dropped(&self) -> Option<Fault> {
        let panic = self.runner.panic.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let why = format!("the answer was none that the protocol allows: {panic}");
        Some(Fault::way(UnreachableReason::Reset, why))
    }
}

fn is_drop(fault: &Fault) -> bool {
    matches!(fault, Fault::Way { reason: UnreachableReason::Reset, why } if why.starts_with("the call was dropped"))
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("settings", &self.settings).finish_non_exhaustive()
    }
}
