//! Watches over what all looks together tell of the source: surges and drift.
//!
//! What goes on stands in the store as alarms, so that it lasts over restarts and every process sees it. How often what is
//! read by is found on pages is kept in the store as well; how many profiles change is counted by each process for itself,
//! and begins anew with the held changes of the last window.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::alarm::{Alarm, AlarmCause};
use crate::canary::CanaryRecord;
use crate::drift::{self, SelectorRate};
use crate::store::{CheckRecord, ProfileRecord, ProfileStore, StoreResult};
use crate::surge::{self, Counts, SurgeKind};
use crate::track::breakers;
use crate::track::tally::Tally;
use crate::{Field, Observation, ProfileId, Rules, Timestamp};

/// Held changes that are read at a start.
const READ_AT_START: usize = 10_000;
/// What other processes raise and end is read so often.
const REREAD_EVERY: Duration = Duration::from_secs(5);
/// Of two pages that are not judged, only one is kept within this time; and of two of one profile within the longer one.
const STRAY_EVERY: Duration = Duration::from_secs(1);
const STRAY_OF_ONE_EVERY: Duration = Duration::from_secs(3600);
/// Profiles that are remembered for that.
const STRAYED: usize = 4_096;

/// What goes on, as every look sees it.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub alarms: Vec<Alarm>,
    pub surges: Vec<SurgeKind>,
}

impl Standing {
    fn of(alarms: Vec<Alarm>) -> Self {
        let surges = alarms.iter().filter_map(Alarm::surge).collect();
        Self { alarms, surges }
    }

    /// What of a backend is not judged: the fields, and whether it is all.
    pub fn broken(&self, fetcher: &str) -> (Vec<Field>, bool) {
        let drifts =
            self.alarms.iter().filter(|alarm| alarm.is_open()).filter_map(|alarm| match &alarm.cause {
                AlarmCause::Drift { fetcher: of, field } if of == fetcher => Some(*field),
                _ => None,
            });
        let drifts: Vec<Option<Field>> = drifts.collect();
        (drifts.iter().flatten().copied().collect(), drifts.contains(&None))
    }
}

/// When pages that were not judged were kept last: any, and of each profile.
#[derive(Debug, Default)]
struct Strays {
    last: Option<Timestamp>,
    of: HashMap<ProfileId, Timestamp>,
}

/// The watch of one tracker.
#[derive(Debug, Default)]
pub(super) struct Watch {
    standing: RwLock<Arc<Standing>>,
    counts: Mutex<Counts>,
    /// One raises or ends alarms at a time; whether the stored ones were read.
    turn: tokio::sync::Mutex<bool>,
    turned_at: Mutex<Option<Timestamp>>,
    read_at: Mutex<Option<Timestamp>>,
    /// Looks at the canaries that were taken into account.
    canaries_seen: AtomicU64,
    strays: Mutex<Strays>,
    pub tally: Tally,
    /// An alarm was raised, or the source is doubted.
    pub raised: Notify,
    /// Nobody gets an answer from the source.
    pub doubted: AtomicBool,
    /// When the source was well again after its last outage, on a clock that nobody sets.
    recovered_at: Mutex<Option<Duration>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    pub fn standing(&self) -> Arc<Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stand(&self, alarms: Vec<Alarm>) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Standing::of(alarms));
    }

    /// The source is well again after an outage.
    pub fn recovered(&self, steady: Duration) {
        *locked(&self.recovered_at) = Some(steady);
    }

    /// When that was, if it was so since this process began.
    pub fn recovered_at(&self) -> Option<Duration> {
        *locked(&self.recovered_at)
    }

    /// Reads what stands in the store: once all of it, and then the alarms every few seconds, since other processes raise
    /// and end them as well.
    pub async fn ready(&self, store: &dyn ProfileStore, rules: &Rules, now: Timestamp) -> StoreResult<()> {
        if locked(&self.turned_at).is_some() {
            return self.reread(store, now).await;
        }
        let mut read = self.turn.lock().await;
        if !*read {
            let held = store.held(None, 0, READ_AT_START).await?;
            {
                let mut counts = locked(&self.counts);
                for row in held.iter().filter(|row| now.since(row.first_seen) < rules.surge_window) {
                    if let Some(kind) = surge::counted_kind(row) {
                        counts.changed(kind, row.profile_id, row.first_seen);
                    }
                }
            }
            self.stand(store.alarms().await?);
            *locked(&self.read_at) = Some(now);
            *locked(&self.turned_at) = Some(now);
            *read = true;
        }
        Ok(())
    }

    async fn reread(&self, store: &dyn ProfileStore, now: Timestamp) -> StoreResult<()> {
        let fresh = |read: Timestamp| read <= now && now.since(read) < REREAD_EVERY;
        if locked(&self.read_at).is_some_and(fresh) {
            return Ok(());
        }
        // Whoever raises or ends alarms now reads them as well.
        let Ok(_turn) = self.turn.try_lock() else { return Ok(()) };
        let alarms = store.alarms().await?;
        *locked(&self.read_at) = Some(now);
        self.forget_settled(&alarms);
        let known = self.standing();
        if alarms.iter().any(|alarm| !known.alarms.iter().any(|known| known.cause == alarm.cause)) {
            self.raised.notify_one();
        }
        if alarms != known.alarms {
            self.stand(alarms);
        }
        Ok(())
    }

    /// A look at a profile ended; `seen` is what it showed of that profile.
    pub fn looked(
        &self,
        record: &ProfileRecord,
        seen: Option<&Observation>,
        (rules, now): (&Rules, Timestamp),
    ) {
        // What was never seen cannot be gone, so it says nothing of how many are.
        if record.state.is_some() || seen.is_some() {
            locked(&self.counts).looked(record.id, now, rules);
        }
        if let Some(seen) = seen {
            self.tally.look(record, seen);
        }
    }

    /// Learns what a look has changed, which was judged by what `stood`; true when a surge of that stands now and did not
    /// then, so that the look is judged again.
    pub async fn learn(
        &self,
        store: &dyn ProfileStore,
        record: &ProfileRecord,
        (check, stood): (&CheckRecord, &Standing),
        (rules, now): (&Rules, Timestamp),
    ) -> StoreResult<bool> {
        if rules.surge_profiles == 0 {
            return Ok(false);
        }
        let (mut raised, mut meanwhile) = (Vec::new(), false);
        for kind in surge::kinds_of(check) {
            let mut counts = locked(&self.counts);
            // What has left the window by now does not count for a profile that changes again.
            counts.rate(kind, now, rules);
            counts.changed(kind, record.id, now);
            let rate = counts.rate(kind, now, rules);
            if self.standing().surges.contains(&kind) {
                meanwhile |= !stood.surges.contains(&kind);
            } else if rate.is_surge(rules) {
                let detail = format!("{} of {} profiles", rate.changed, rate.looked);
                let mut alarm = Alarm::new(AlarmCause::Surge(kind), now, detail);
                alarm.from = now.before(rules.surge_window);
                alarm.profiles = rate.changed;
                raised.push(alarm);
            }
        }
        if raised.is_empty() {
            return Ok(meanwhile);
        }
        let _turn = self.turn.lock().await;
        // Another look, or another process, may have raised it meanwhile: this look is judged again all the same.
        let mut alarms = store.alarms().await?;
        self.forget_settled(&alarms);
        for alarm in raised {
            if alarms.iter().all(|known| known.cause != alarm.cause) {
                raise(store, &alarm).await?;
                alarms.push(alarm);
                alarms.sort_by_cached_key(Alarm::key);
                self.raised.notify_one();
            }
        }
        self.stand(alarms);
        Ok(true)
    }

    /// Whether there is something to take into account: a look at the canaries, or time that passed under an alarm.
    pub fn is_due(&self, canary_looks: u64, now: Timestamp, rules: &Rules) -> bool {
        let often = (rules.surge_window / 10).min(Duration::from_secs(60));
        let waited =
            || locked(&self.turned_at).is_none_or(|turned| now.since(turned) >= often || turned > now);
        self.canaries_seen.load(Ordering::Relaxed) != canary_looks
            || self.tally.is_alarming()
            || (!self.standing().alarms.is_empty() && waited())
    }

    /// Raises and ends alarms by what the canaries and the selectors tell now; `told` is what the backend has counted
    /// since it began.
    pub async fn turn(
        &self,
        store: &dyn ProfileStore,
        (mut canaries, looks): (Vec<CanaryRecord>, u64),
        told: &[SelectorRate],
        (rules, now, good): (&Rules, Timestamp, bool),
    ) -> StoreResult<()> {
        let _turn = self.turn.lock().await;
        self.canaries_seen.store(looks, Ordering::Relaxed);
        *locked(&self.turned_at) = Some(now);
        self.tally.canaries(&canaries);
        let selectors = self.tally.keep(store, told).await?;
        let alarms =
            breakers::hear(store, store.alarms().await?, || drift::breaches(&canaries, &selectors, now))
                .await?;
        believe(store, &mut canaries, (&selectors, &alarms), now).await?;
        self.forget_settled(&alarms);
        let breaches = drift::lasting(&alarms, &canaries, &selectors, now);
        let (mut changed, raised) = breakers::follow(store, &alarms, &breaches, now).await?;
        for alarm in &alarms {
            let Some(kind) = alarm.surge() else { continue };
            let readable = !breakers::open(&alarms, &breaches).any(|breach| breach.field == Some(kind.field));
            changed |= self.follow(store, alarm, kind, (rules, now, good && readable)).await?;
        }
        if raised {
            self.raised.notify_one();
        }
        changed |= raised;
        self.stand(if changed { store.alarms().await? } else { alarms });
        Ok(())
    }

    /// Surges about which a person has decided begin anew.
    fn forget_settled(&self, alarms: &[Alarm]) {
        let settled = |kind: &&SurgeKind| !alarms.iter().any(|alarm| alarm.surge() == Some(**kind));
        for kind in self.standing().surges.iter().filter(settled) {
            tracing::info!(surge = kind.code(), "a surge was ended from outside: its kind is counted anew");
            locked(&self.counts).forget(*kind);
        }
    }

    /// Keeps a surge up to date, or ends it. True when something was written.
    async fn follow(
        &self,
        store: &dyn ProfileStore,
        alarm: &Alarm,
        kind: SurgeKind,
        (rules, now, good): (&Rules, Timestamp, bool),
    ) -> StoreResult<bool> {
        let rate = locked(&self.counts).rate(kind, now, rules);
        let ahead = alarm.seen_at > now;
        if !rate.is_surge(rules) && !ahead {
            let over = good && now.since(alarm.seen_at) >= rules.surge_window;
            if over {
                end(store, alarm).await?;
            }
            return Ok(over);
        }
        let mut next = alarm.clone();
        if rate.changed > next.profiles {
            next.profiles = rate.changed;
            next.detail = format!("{} of {} profiles", rate.changed, rate.looked);
        }
        next.seen_at = now;
        store.set_alarm(&next).await?;
        Ok(true)
    }

    /// Whether a page of this profile that is not judged is kept now.
    pub fn keeps_stray(&self, id: ProfileId, now: Timestamp) -> bool {
        let mut strays = locked(&self.strays);
        let within = |last: Timestamp, time| last <= now && now.since(last) < time;
        if strays.last.is_some_and(|last| within(last, STRAY_EVERY))
            || strays.of.get(&id).is_some_and(|last| within(*last, STRAY_OF_ONE_EVERY))
        {
            return false;
        }
        if strays.of.len() >= STRAYED {
            strays.of.retain(|_, last| within(*last, STRAY_OF_ONE_EVERY));
        }
        strays.last = Some(now);
        strays.of.insert(id, now);
        true
    }
}

/// Canaries that have changed themselves are a measure again by what they have left.
async fn believe(
    store: &dyn ProfileStore,
    canaries: &mut [CanaryRecord],
    (selectors, alarms): (&[SelectorRate], &[Alarm]),
    now: Timestamp,
) -> StoreResult<()> {
    for changed in drift::changed_canaries(canaries, selectors, alarms, now) {
        tracing::info!(canary = %changed.username, still_lost = ?changed.lost, "a canary has changed itself");
        store.set_canary(&changed).await?;
        if let Some(canary) = canaries.iter_mut().find(|canary| canary.username == changed.username) {
            *canary = changed;
        }
    }
    Ok(())
}

pub(super) async fn raise(store: &dyn ProfileStore, alarm: &Alarm) -> StoreResult<()> {
    tracing::warn!(alarm = alarm.key(), detail = alarm.detail, "{alarm}");
    store.set_alarm(alarm).await
}

pub(super) async fn end(store: &dyn ProfileStore, alarm: &Alarm) -> StoreResult<()> {
    tracing::info!(alarm = alarm.key(), since = %alarm.since, "an alarm is over");
    store.end_alarm(&alarm.key()).await
}
