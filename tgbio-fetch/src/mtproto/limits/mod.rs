//! What may be called when: waits that Telegram asked for, and distances between calls; look-ups of names have more.

mod absent;
mod look_ups;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, params};
use tgbio_core::store::StoreResult;
use tgbio_core::{Clock, Timestamp};

use super::session::Tables;
use super::{Jitter, MethodWait};
use absent::{Absence, Absent};
use look_ups::LookUps;

pub(super) use absent::AbsentSettings;
pub(super) use look_ups::LookUpSettings;

/// The span that the budget of look-ups is counted over.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The first wait where Telegram names none; each one without an answer in between doubles it.
const UNNAMED: Duration = Duration::from_secs(30);
/// The longest wait where Telegram names none.
const UNNAMED_MOST: Duration = Duration::from_secs(3600);
/// A method that a frozen account may not call is tried again after this: the account may have been thawed.
const FROZEN: Duration = DAY;
/// A wait is longer than asked by up to this part, at random, so that not everything starts at once.
const SPREAD: f64 = 0.05;

/// The word for a method that a frozen account may not call.
pub(super) const FROZEN_METHOD: &str = "FROZEN_METHOD_INVALID";

/// A method that limits are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method {
    Resolve,
    FullUser,
    FullChannel,
    Users,
    Channels,
}

impl Method {
    /// The name in Telegram's documentation.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resolve => "contacts.resolveUsername",
            Self::FullUser => "users.getFullUser",
            Self::FullChannel => "channels.getFullChannel",
            Self::Users => "users.getUsers",
            Self::Channels => "channels.getChannels",
        }
    }
}

/// How much may be asked.
#[derive(Debug, Clone)]
pub(super) struct LimitSettings {
    pub(super) look_ups: LookUpSettings,
    pub(super) absent: AbsentSettings,
    pub(super) full_distance: Duration,
    pub(super) glance_distance: Duration,
}

/// Why a method is not called now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Telegram asked for a wait.
    #[error("{method} must wait another {} s: Telegram asked for it ({reason})", left.as_secs_f32().ceil())]
    Wait { method: &'static str, left: Duration, reason: String },
    /// Telegram froze the account.
    #[error("{method} is closed to this account: it is frozen")]
    Frozen { method: &'static str },
    /// The own pace and budget of look-ups.
    #[error("at most {budget} names are looked up in 24 hours and one every {} s, to spare the account: the turn of this one comes in {} s", distance.as_secs_f32(), left.as_secs_f32().ceil())]
    Turn { budget: u32, distance: Duration, left: Duration },
    /// The own budget of look-ups that nobody waits for.
    #[error(
        "a name that nobody waits for is looked up only while fewer than {most} names were in 24 hours, and when nobody else waits for a turn"
    )]
    Unhurried { most: u32 },
    /// The own memory of names that nobody has.
    #[error("nobody had this name when it was looked up last: it is looked up again in {} s", left.as_secs_f32().ceil())]
    Absent { left: Duration, impossible: bool },
}

/// The limits of one account.
#[derive(Debug)]
pub(super) struct Limits {
    settings: LimitSettings,
    tables: Tables,
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    account: i64,
    waits: BTreeMap<String, MethodWait>,
    look_ups: LookUps,
    absent: Absent,
    /// When each method's next turn is.
    turns: BTreeMap<Method, Timestamp>,
    now: Timestamp,
}

impl Limits {
    pub(super) fn new(
        settings: LimitSettings,
        tables: Tables,
        clock: Arc<dyn Clock>,
        jitter: Jitter,
    ) -> Self {
        Self { settings, tables, clock, jitter, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of an account.
    pub(super) async fn load(&self, account: i64) -> StoreResult<()> {
        let (now, settings) = (self.clock.now(), &self.settings.look_ups);
        let (waits, made, absent) = self.tables.write(move |conn| load(conn, account, now)).await?;
        let waits = waits.into_iter().map(|wait| (wait.method.clone(), wait)).collect();
        let look_ups = LookUps::kept(made, now, settings);
        *self.state() = State { account, waits, look_ups, absent, ..State::default() };
        Ok(())
    }

    /// Waits for the method's turn, or says at once why it may not be called.
    pub(super) async fn enter(&self, method: Method) -> Result<(), Refusal> {
        self.check(method)?;
        self.wait_for(method, self.turn(method)).await
    }

    /// The same for a look-up of a name, in lower case. It does not queue for long: its callers hold up others. It is
    /// paid for before it is made, since Telegram counts attempts.
    pub(super) async fn enter_look_up(&self, name: &str, unhurried: bool) -> Result<(), Refusal> {
        self.check(Method::Resolve)?;
        let (account, turn) = self.look_up_turn(name, unhurried)?;
        let spent = self.tables.write(move |conn| spend(conn, account, turn)).await;
        if let Err(error) = spent {
            tracing::warn!(%error, "a look-up could not be noted");
        }
        self.wait_for(Method::Resolve, turn).await
    }

    async fn wait_for(&self, method: Method, turn: Timestamp) -> Result<(), Refusal> {
        if turn > self.clock.now() {
            self.clock.sleep_until(turn).await;
            self.check(method)?;
        }
        Ok(())
    }

    fn check(&self, method: Method) -> Result<(), Refusal> {
        let now = self.clock.now();
        let state = self.state();
        let Some(wait) = state.waits.get(method.name()).filter(|wait| wait.not_before > now) else {
            return Ok(());
        };
        let method = method.name();
        Err(if wait.reason == FROZEN_METHOD {
            Refusal::Frozen { method }
        } else {
            Refusal::Wait { method, left: wait.not_before.since(now), reason: wait.reason.clone() }
        })
    }

    /// The next place in the row of a method's calls.
    fn turn(&self, method: Method) -> Timestamp {
        let distance = match method {
            Method::FullUser | Method::FullChannel => self.settings.full_distance,
            Method::Users | Method::Channels => self.settings.glance_distance,
            Method::Resolve => Duration::ZERO,
        };
        let now = self.clock.now();
        if distance.is_zero() {
            return now;
        }
        let mut state = self.state();
        if now < state.now {
            // The clock was set back: who waits for it to come back would wait too long.
            state.turns.clear();
        }
        state.now = now;
        let turn = state.turns.get(&method).copied().unwrap_or(now).max(now);
        let next = turn.after(distance.mul_f64(self.longer()));
        state.turns.insert(method, next);
        turn
    }

    fn look_up_turn(&self, name: &str, unhurried: bool) -> Result<(i64, Timestamp), Refusal> {
        let (now, settings) = (self.clock.now(), &self.settings.look_ups);
        let mut state = self.state();
        if let Some(absence) = state.absent.get(name)
            && let Some(left) = absence.left(now)
        {
            return Err(Refusal::Absent { left, impossible: absence.impossible });
        }
        if unhurried {
            let taken = state.look_ups.take_unhurried(now, self.longer(), settings);
            let most = settings.for_unhurried();
            return if taken { Ok((state.account, now)) } else { Err(Refusal::Unhurried { most }) };
        }
        let refused = |left| Refusal::Turn { budget: settings.budget, distance: settings.distance, left };
        let turn = state.look_ups.take(name, now, self.longer(), settings).map_err(refused)?;
        Ok((state.account, turn))
    }

    /// By what a span is multiplied, so that not everything starts at once.
    fn longer(&self) -> f64 {
        1.0 + self.jitter.draw() * SPREAD
    }

    /// Nobody has the name, or can have it.
    pub(super) async fn missed(&self, name: &str, impossible: bool) {
        if self.settings.absent.0.is_zero() {
            return;
        }
        let (account, absence) = {
            let mut state = self.state();
            let before = state.absent.get(name).copied();
            let absence = Absence::after(before, impossible, self.clock.now(), self.settings.absent);
            state.absent.insert(name.to_owned(), absence);
            (state.account, absence)
        };
        let name = name.to_owned();
        if let Err(error) = self.tables.write(move |conn| absent::keep(conn, account, &name, absence)).await {
            tracing::warn!(%error, "a name that nobody has could not be noted");
        }
    }

    /// Somebody has the name.
    pub(super) async fn found(&self, name: &str) {
        let account = {
            let mut state = self.state();
            if state.absent.remove(name).is_none() {
                return;
            }
            state.account
        };
        let name = name.to_owned();
        if let Err(error) = self.tables.write(move |conn| absent::forget(conn, account, &name)).await {
            tracing::warn!(%error, "a name that somebody has again could not be noted");
        }
    }

    /// The method answered: its strikes are over. An answer to a call that was made before a refusal ends no wait.
    pub(super) async fn answered(&self, method: Method) {
        let account = {
            let (mut state, now) = (self.state(), self.clock.now());
            if state.waits.get(method.name()).is_none_or(|wait| wait.not_before > now) {
                return;
            }
            state.waits.remove(method.name());
            state.account
        };
        let sql = "DELETE FROM mtproto_wait WHERE account = ?1 AND method = ?2";
        let cleared = self.tables.write(move |conn| {
            conn.execute(sql, params![account, method.name()])?;
            Ok(())
        });
        if let Err(error) = cleared.await {
            tracing::warn!(%error, "the end of a wait could not be noted");
        }
    }

    /// Telegram asked for a wait. Gives how long it is. Refusals of calls that were on their way together are one
    /// strike, and none of them shortens the wait of another.
    pub(super) async fn hold_off(&self, method: Method, asked: Option<Duration>, reason: &str) -> Duration {
        let now = self.clock.now();
        let (account, wait, left) = {
            let mut state = self.state();
            let before = state.waits.get(method.name());
            let in_force = before.filter(|wait| wait.not_before > now);
            let strikes = in_force
                .map_or_else(|| before.map_or(0, |wait| wait.strikes).saturating_add(1), |wait| wait.strikes);
            let span = asked.unwrap_or_else(|| unnamed(strikes));
            let left = span.mul_f64(self.longer()).max(Duration::from_secs(1));
            if let Some(longer) = in_force.filter(|wait| wait.not_before >= now.after(left)) {
                return longer.not_before.since(now);
            }
            let wait = MethodWait {
                method: method.name().to_owned(),
                not_before: now.after(left),
                reason: reason.to_owned(),
                strikes,
            };
            state.waits.insert(wait.method.clone(), wait.clone());
            (state.account, wait, left)
        };
        tracing::warn!(method = method.name(), until = %wait.not_before, "Telegram asked to wait ({reason})");
        if let Err(error) = self.tables.write(move |conn| hold_off(conn, account, &wait)).await {
            tracing::warn!(%error, "a wait could not be kept");
        }
        left
    }

    /// The account is frozen for this method.
    pub(super) async fn freeze(&self, method: Method) {
        self.hold_off(method, Some(FROZEN), FROZEN_METHOD).await;
    }

    /// The waits that are in force, the look-ups of the last day, and when the next one may be made if none may now.
    pub(super) fn now(&self) -> (Vec<MethodWait>, u32, Option<Timestamp>) {
        let now = self.clock.now();
        let mut state = self.state();
        let waits = state.waits.values().filter(|wait| wait.not_before > now).cloned().collect();
        let (used, next) = state.look_ups.used(now, self.settings.look_ups.budget);
        (waits, used, next)
    }

    pub(super) fn budget(&self) -> u32 {
        self.settings.look_ups.budget
    }
}

fn unnamed(strikes: u32) -> Duration {
    let doublings = strikes.saturating_sub(1).min(16);
    UNNAMED.saturating_mul(1 << doublings).min(UNNAMED_MOST)
}

type Kept = (Vec<MethodWait>, VecDeque<Timestamp>, Absent);

fn load(conn: &Connection, account: i64, now: Timestamp) -> StoreResult<Kept> {
    conn.execute("DELETE FROM mtproto_resolve WHERE at <= ?1", [now.before(DAY).as_millis()])?;
    let sql = "SELECT method, not_before, reason, strikes FROM mtproto_wait WHERE account = ?1";
    let mut waits = conn.prepare(sql)?;
    let waits = waits.query_map([account], |row| {
        Ok(MethodWait {
            method: row.get(0)?,
            not_before: Timestamp::from_millis(row.get(1)?),
            reason: row.get(2)?,
            strikes: row.get(3)?,
        })
    })?;
    let mut made = conn.prepare("SELECT at FROM mtproto_resolve WHERE account = ?1 ORDER BY at")?;
    let made = made.query_map([account], |row| Ok(Timestamp::from_millis(row.get(0)?)))?;
    let (waits, made) = (waits.collect::<Result<_, _>>()?, made.collect::<Result<_, _>>()?);
    Ok((waits, made, absent::load(conn, account, now)?))
}

fn spend(conn: &Connection, account: i64, now: Timestamp) -> StoreResult<()> {
    conn.execute("DELETE FROM mtproto_resolve WHERE at <= ?1", [now.before(DAY).as_millis()])?;
    let sql = "INSERT INTO mtproto_resolve (account, at) VALUES (?1, ?2)";
    conn.execute(sql, params![account, now.as_millis()])?;
    Ok(())
}

fn hold_off(conn: &Connection, account: i64, wait: &MethodWait) -> StoreResult<()> {
    let sql = "INSERT OR REPLACE INTO mtproto_wait (account, method, not_before, reason, strikes) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let at = wait.not_before.as_millis();
    conn.execute(sql, params![account, wait.method, at, wait.reason, wait.strikes])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tgbio_core::ManualClock;
    use tgbio_core::store::sqlite::SqliteStore;

    use super::*;

    async fn limits(clock: &Arc<ManualClock>) -> Limits {
        let tables = Tables::open(SqliteStore::in_memory().unwrap().database().clone()).await.unwrap();
        let none = Duration::ZERO;
        let look_ups =
            LookUpSettings { budget: 9, distance: none, burst: 1, patience: none, unhurried: None };
        let settings =
            LimitSettings { look_ups, absent: (none, none), full_distance: none, glance_distance: none };
        Limits::new(settings, tables, clock.clone(), Jitter::new(|| 0.0))
    }

    #[tokio::test]
    async fn calls_that_are_on_their_way_together_do_not_end_or_shorten_a_wait() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_000_000)));
        let (limits, seconds) = (limits(&clock).await, Duration::from_secs);
        let method = Method::FullUser;
        assert_eq!(limits.hold_off(method, Some(seconds(300)), "FLOOD_WAIT").await, seconds(300));
        assert_eq!(limits.hold_off(method, Some(seconds(5)), "FLOOD_WAIT").await, seconds(300));
        assert_eq!(limits.hold_off(method, None, "FLOOD_WAIT").await, seconds(300));
        limits.answered(method).await;
        let (waits, ..) = limits.now();
        assert_eq!((waits.len(), waits[0].strikes), (1, 1));
        assert!(
            matches!(limits.enter(method).await, Err(Refusal::Wait { left, .. }) if left == seconds(300))
        );
        assert_eq!(limits.hold_off(method, Some(seconds(900)), "FLOOD_WAIT").await, seconds(900));

        clock.advance(seconds(900));
        assert_eq!(limits.enter(method).await, Ok(()));
        // A refusal after the wait is the next strike, and an answer then ends them.
        assert_eq!(limits.hold_off(method, None, "FLOOD_WAIT").await, seconds(60));
        clock.advance(seconds(60));
        limits.answered(method).await;
        assert_eq!(limits.hold_off(method, None, "FLOOD_WAIT").await, seconds(30));
    }
}
