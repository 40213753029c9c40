//! One look at a profile: fetch, judge, remember, atomically.

mod breakers;
mod canaries;
mod checked;
mod drifting;
mod give_back;
mod ids;
mod losers;
mod lost_names;
mod photos;
mod poller;
mod remembering;
mod settling;
mod strangers;
mod stray;
mod tally;
mod told;
mod watch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::alarm::Alarm;
use crate::canary::CanaryReport;
use crate::drift::SelectorRate;
use crate::judge;
use crate::store::{Actor, Claim, NewProfile, ProfileKey, ProfileRecord, ProfileStore, StoreError};
use crate::{
    Clock, FetchError, FetchErrorKind, Field, Observation, ProfileFetcher, ProfileId, Rules, SystemClock,
    Target, Timestamp, Username,
};
use canaries::Canaries;

pub use checked::{CheckError, Checked, FollowError};
pub use photos::PHOTO_ONCE_IN;
pub use poller::{Poller, PollerHandle, PollerStatus};
pub use settling::{settle_drift, settle_surge};
use told::Told;
use watch::Watch;

/// How long a claim lasts: longer than the slowest look with its canaries.
const LEASE: Duration = Duration::from_secs(120);
/// How long a look on demand waits for one that is going on.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(30);
/// How often a record may change under a look before it gives up.
const ATTEMPTS: usize = 4;

type Hook = Arc<dyn Fn(&Checked) + Send + Sync>;
type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Looks at profiles and remembers what it saw. Cheap to clone; all clones share canaries and store.
#[derive(Clone)]
pub struct Tracker {
    inner: Arc<Inner>,
}

struct Inner {
    fetcher: Arc<dyn ProfileFetcher>,
    store: Arc<dyn ProfileStore>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    canaries: Canaries,
    keep_evidence: bool,
    hook: Option<Hook>,
    chance: Chance,
    watch: Watch,
    told: Told,
}

/// Puts a [`Tracker`] together.
pub struct TrackerBuilder {
    fetcher: Arc<dyn ProfileFetcher>,
    store: Arc<dyn ProfileStore>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    canaries: Vec<Username>,
    keep_evidence: bool,
    hook: Option<Hook>,
    chance: Chance,
}

impl TrackerBuilder {
    /// Where the time comes from; the machine's clock without it.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The intervals and delays.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Names that surely exist. Without any, repeats alone confirm a suspicious change.
    #[must_use]
    pub fn canaries(mut self, names: Vec<Username>) -> Self {
        self.canaries = names;
        self
    }

    /// Whether the raw answer of each revision is kept; it is unless said otherwise.
    #[must_use]
    pub fn keep_evidence(mut self, keep: bool) -> Self {
        self.keep_evidence = keep;
        self
    }

    /// Called after every finished look, for metrics. It must not block.
    #[must_use]
    pub fn on_checked(mut self, hook: impl Fn(&Checked) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Where chance comes from that spreads the looks: numbers in `0.0..1.0`; the machine's without it.
    #[must_use]
    pub fn chance(mut self, chance: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.chance = Arc::new(chance);
        self
    }

    /// The tracker.
    pub fn build(self) -> Tracker {
        let canaries = Canaries::new(self.canaries, self.rules.confirm_delay);
        let inner = Inner {
            fetcher: self.fetcher,
            store: self.store,
            clock: self.clock,
            rules: self.rules,
            canaries,
            keep_evidence: self.keep_evidence,
            hook: self.hook,
            chance: self.chance,
            watch: Watch::default(),
            told: Told::default(),
        };
        Tracker { inner: Arc::new(inner) }
    }
}

impl Tracker {
    /// A tracker that reads with `fetcher` and remembers in `store`.
    pub fn builder(fetcher: Arc<dyn ProfileFetcher>, store: Arc<dyn ProfileStore>) -> TrackerBuilder {
        TrackerBuilder {
            fetcher,
            store,
            clock: Arc::new(SystemClock),
            rules: Rules::default(),
            canaries: Vec::new(),
            keep_evidence: true,
            hook: None,
            chance: Arc::new(rand::random),
        }
    }

    /// Where it remembers.
    pub fn store(&self) -> &Arc<dyn ProfileStore> {
        &self.inner.store
    }

    /// What it reads with.
    pub fn fetcher(&self) -> &Arc<dyn ProfileFetcher> {
        &self.inner.fetcher
    }

    /// Its clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Its intervals and delays.
    pub fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    /// Its canaries.
    pub fn canaries(&self) -> &[Username] {
        self.inner.canaries.names()
    }

    /// Follows a name. With `verify` it is read first, and a profile that does not exist or cannot be read is not
    /// followed; its first revision is written at once.
    ///
    /// # Errors
    /// [`FollowError`]; nothing is stored then.
    pub async fn follow(
        &self,
        new: &NewProfile,
        verify: bool,
        actor: &Actor,
    ) -> Result<ProfileRecord, FollowError> {
        self.refuse_known(&new.username).await?;
        if !verify {
            return Ok(self.inner.store.follow(new, self.inner.clock.now(), actor).await?);
        }
        let look = match self.inner.fetcher.fetch(&Target::new(new.username.clone())).await {
            Ok(observation) => observation,
            Err(error) => return Err(self.doubt_absence(error).await?),
        };
        let record = self.inner.store.follow(new, look.at, actor).await?;
        if let Some(claim) = self.inner.store.claim(record.id, look.at, LEASE).await? {
            self.settle(claim, Ok(look)).await?;
        }
        Ok(self.inner.store.profile(&ProfileKey::Id(record.id)).await?.unwrap_or(record))
    }

    async fn refuse_known(&self, username: &Username) -> Result<(), FollowError> {
        if let Some(known) = self.inner.store.profile(&ProfileKey::Username(username.clone())).await? {
            return Err(StoreError::AlreadyFollowed { username: username.clone(), id: known.id }.into());
        }
        if self.inner.store.opted_out(username).await? {
            return Err(StoreError::OptedOut { username: username.clone() }.into());
        }
        Ok(())
    }

    /// A name that is not found is only believed when a canary is found.
    async fn doubt_absence(&self, error: FetchError) -> Result<FollowError, StoreError> {
        if error.kind() == FetchErrorKind::NotFound {
            let report = self.report_for(Err(&error), self.inner.clock.now(), true).await?;
            if !report.vouches_for(Field::Presence) {
                return Ok(FollowError::Doubtful { username: error.username().clone() });
            }
        }
        Ok(error.into())
    }

    /// Looks at one profile now, due or not.
    ///
    /// # Errors
    /// [`CheckError::Busy`] when somebody else looks at it for long; a failed look is no error, see [`Checked`].
    pub async fn check_now(&self, id: ProfileId) -> Result<Checked, CheckError> {
        let started = tokio::time::Instant::now();
        loop {
            if let Some(claim) = self.inner.store.claim(id, self.inner.clock.now(), LEASE).await? {
                return Ok(self.check(claim).await?);
            }
            if started.elapsed() >= WAIT_FOR_OTHERS {
                return Err(CheckError::Busy);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Looks at a claimed profile and gives the claim back. A failed look is no error, see [`Checked`].
    ///
    /// # Errors
    /// [`StoreError`]: nothing of the look was written.
    pub async fn check(&self, claim: Claim) -> Result<Checked, StoreError> {
        let look = self.ask(&claim).await;
        self.settle(claim, look).await
    }

    /// Asks the source for whom a claim is about.
    async fn ask(&self, claim: &Claim) -> Result<Observation, FetchError> {
        self.inner.fetcher.fetch(&claim.target()).await
    }

    /// Asks the canaries now, or takes what they said within the same minute.
    ///
    /// # Errors
    /// [`StoreError`]: what they have shown could not be remembered.
    pub async fn canary_report(&self, at: Timestamp) -> Result<CanaryReport, StoreError> {
        self.report_through(None, (at, false)).await
    }

    /// What the canaries said a moment ago of the backend that spoke, where nothing else is to be done about it.
    fn known_report(&self, look: judge::Look<'_>, at: Timestamp) -> Option<CanaryReport> {
        let Inner { clock, canaries, rules, watch, .. } = &*self.inner;
        let spoke = look.map_or_else(FetchError::fetcher, |seen| &*seen.fetcher);
        let alone = look.err().and_then(FetchError::same_told).is_none();
        let idle = alone && !watch.is_due(canaries.looks(), at, rules);
        if idle { canaries.known(&**clock, spoke, at) } else { None }
    }

    /// What the canaries say of the backend that spoke; where another one says the same, it is heard if need be.
    async fn report_for(
        &self,
        look: judge::Look<'_>,
        at: Timestamp,
        in_any_case: bool,
    ) -> Result<CanaryReport, StoreError> {
        let spoke = look.map_or_else(FetchError::fetcher, |seen| &*seen.fetcher);
        let report = self.report_through(Some(spoke), (at, in_any_case)).await?;
        match look.err().and_then(FetchError::same_told) {
            Some(other) if !report.vouches_for(Field::Presence) => {
                self.report_through(Some(other.fetcher()), (at, in_any_case)).await
            }
            _ => Ok(report),
        }
    }

    async fn report_through(
        &self,
        backend: Option<&str>,
        when: (Timestamp, bool),
    ) -> Result<CanaryReport, StoreError> {
        let Inner { fetcher, store, clock, canaries, .. } = &*self.inner;
        let report = canaries.report(&**fetcher, &**store, &**clock, backend, when).await?;
        self.take_account(report.is_good(), when.0).await?;
        Ok(report)
    }

    /// What goes on at the source now and keeps changes from being believed, as far as this process knows.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.inner.watch.standing().alarms.clone()
    }

    /// Reads the alarms anew when they were read some seconds ago: other processes raise and end them as well. Looks do so
    /// by themselves.
    ///
    /// # Errors
    /// [`StoreError`]: what was known stays.
    pub async fn reread_alarms(&self) -> Result<(), StoreError> {
        self.inner.watch.ready(&*self.inner.store, &self.inner.rules, self.inner.clock.now()).await
    }

    /// Nobody gets an answer from the source, or somebody does again: the canaries are asked.
    fn doubt_source(&self, doubted: bool) {
        self.inner.watch.doubted.store(doubted, Ordering::Relaxed);
        self.inner.watch.raised.notify_one();
    }

    fn doubts_source(&self) -> bool {
        self.inner.watch.doubted.load(Ordering::Relaxed)
    }

    /// The source is well again after an outage.
    fn recovered(&self) {
        self.inner.watch.recovered(self.inner.clock.steady());
    }

    fn since_recovery(&self) -> Option<Duration> {
        self.inner.watch.recovered_at().map(|then| self.inner.clock.steady().saturating_sub(then))
    }

    /// Ends when an alarm was raised, or the source doubted or not any more, since the last time: how it is is watched.
    async fn alarm_raised(&self) {
        self.inner.watch.raised.notified().await;
    }

    /// Raises and ends alarms when there is something new to go by.
    async fn take_account(&self, good: bool, now: Timestamp) -> Result<(), StoreError> {
        let Inner { fetcher, store, canaries, rules, watch, .. } = &*self.inner;
        watch.ready(&**store, rules, now).await?;
        let looks = canaries.looks();
        if !watch.is_due(looks, now, rules) {
            return Ok(());
        }
        let mut records = Vec::new();
        for name in canaries.names() {
            records.extend(store.canary(name).await?);
        }
        watch.turn(&**store, (records, looks), &fetcher.selectors(), (rules, now, good)).await
    }

    /// How often what the backends read by is found on pages, over all runs as far as this process knows.
    pub fn selectors(&self) -> Vec<SelectorRate> {
        self.inner.watch.tally.rates(&self.inner.fetcher.selectors())
    }
}

impl std::fmt::Debug for Tracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracker").field("fetcher", &self.inner.fetcher.name()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TrackerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrackerBuilder").field("fetcher", &self.fetcher.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
