//! The store of a run: the real one behind a disk that fails, and a process that may be killed at every step.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::alarm::Alarm;
use tgbio_core::canary::CanaryRecord;
use tgbio_core::coverage::Span;
use tgbio_core::drift::SelectorRate;
use tgbio_core::sources::Source;
use tgbio_core::store::{
    Actor, AuditEntry, CheckRecord, Claim, Committed, CountPoint, Decision, Held, HeldId, KeptEvidence,
    LoggedChange, NewProfile, Page, PhotoReading, ProfileKey, ProfilePatch, ProfileQuery, ProfileRecord,
    ProfileStore, RecordVersion, Revision, SearchHit, StoreError, StoreResult, StrayPage, Totals,
};
use tgbio_core::{Change, PhotoBytes, PhotoId, ProfileId, Timestamp, Username};

use super::plan::{DiskState, Trap};
use super::world::World;

/// So many of a hundred commits fail by themselves, half of them after they were written.
const SINGLE_FAILURES: f64 = 1.0;

/// A store on a disk that fails.
pub(super) struct Disk {
    world: Arc<World>,
    store: Arc<dyn ProfileStore>,
    forgets: f64,
}

impl Disk {
    pub fn new(world: Arc<World>, store: Arc<dyn ProfileStore>, forgets: f64) -> Self {
        Self { world, store, forgets }
    }

    fn works(&self) -> StoreResult<()> {
        if self.world.shared().disk == DiskState::Works { Ok(()) } else { Err(failure()) }
    }

    /// Whether anything can be read.
    fn is_there(&self) -> StoreResult<()> {
        if self.world.shared().disk == DiskState::Gone { Err(failure()) } else { Ok(()) }
    }

    /// Whether this commit fails before it is written, or after.
    fn fate(&self) -> (bool, bool) {
        let mut shared = self.world.shared();
        let fails = shared.rng.percent(SINGLE_FAILURES);
        let after = fails && shared.rng.percent(50.0);
        (fails && !after, after)
    }
}

fn failure() -> StoreError {
    StoreError::failed(std::io::Error::other("the disk is full"))
}

#[async_trait]
impl ProfileStore for Disk {
    async fn tell_time(&self, now: Timestamp, back: Option<Duration>) -> StoreResult<Duration> {
        self.works()?;
        let by = self.world.during(self.store.tell_time(now, back))?;
        self.world.moved_back(by);
        self.world.may_die(Trap::ToldTime).await;
        Ok(by)
    }

    async fn claim_due(&self, now: Timestamp, limit: usize, lease: Duration) -> StoreResult<Vec<Claim>> {
        self.works()?;
        let claims = self.world.during(self.store.claim_due(now, limit, lease))?;
        if !claims.is_empty() {
            self.world.may_die(Trap::Claimed).await;
        }
        Ok(claims)
    }

    async fn commit(&self, claim: &Claim, check: CheckRecord) -> StoreResult<Committed> {
        self.world.may_die(Trap::BeforeWrite).await;
        self.works()?;
        let (before, after) = self.fate();
        if before || after {
            self.world.fails_here();
        }
        if before {
            return Err(failure());
        }
        if self.forgets > 0.0 && self.world.shared().rng.percent(self.forgets) {
            self.world.during(self.store.release(claim))?;
            return Ok(Committed::default());
        }
        let judged = !check.health.doubted;
        let written = self.world.during(self.store.commit(claim, check))?;
        self.world.kept(claim.record.id, judged);
        self.world.may_die(Trap::AfterWrite).await;
        if after { Err(failure()) } else { Ok(written) }
    }

    async fn set_canary(&self, record: &CanaryRecord) -> StoreResult<()> {
        self.world.may_die(Trap::InCanary).await;
        self.works()?;
        self.world.during(self.store.set_canary(record))
    }

    async fn release(&self, claim: &Claim) -> StoreResult<()> {
        self.works()?;
        self.world.during(self.store.release(claim))
    }

    async fn follow(&self, new: &NewProfile, now: Timestamp, actor: &Actor) -> StoreResult<ProfileRecord> {
        self.store.follow(new, now, actor).await
    }

    async fn profile(&self, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>> {
        self.store.profile(key).await
    }

    async fn version(&self, key: &ProfileKey) -> StoreResult<Option<RecordVersion>> {
        self.store.version(key).await
    }

    async fn sources(&self, id: ProfileId) -> StoreResult<Vec<Source>> {
        self.store.sources(id).await
    }

    async fn profiles(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
        self.store.profiles(query).await
    }

    async fn update(
        &self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        self.store.update(id, patch, now, actor).await
    }

    async fn erase(&self, id: ProfileId, opt_out: bool, now: Timestamp, actor: &Actor) -> StoreResult<()> {
        self.store.erase(id, opt_out, now, actor).await
    }

    async fn opted_out(&self, username: &Username) -> StoreResult<bool> {
        self.store.opted_out(username).await
    }

    async fn claim(&self, id: ProfileId, now: Timestamp, lease: Duration) -> StoreResult<Option<Claim>> {
        self.works()?;
        self.world.during(self.store.claim(id, now, lease))
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        self.is_there()?;
        self.world.during(self.store.next_due())
    }

    async fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        self.store.revisions(id, after, limit).await
    }

    async fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        self.store.revisions_before(id, before, limit).await
    }

    async fn revision(&self, id: ProfileId, number: u64) -> StoreResult<Option<Revision>> {
        self.store.revision(id, number).await
    }

    async fn evidence(&self, id: ProfileId, number: u64) -> StoreResult<Option<KeptEvidence>> {
        self.store.evidence(id, number).await
    }

    async fn remove_revision(
        &self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        self.store.remove_revision(id, number, now, actor).await
    }

    async fn changes(&self, after: u64, limit: usize) -> StoreResult<Vec<LoggedChange>> {
        self.store.changes(after, limit).await
    }

    async fn changes_of(&self, id: ProfileId, number: u64) -> StoreResult<Vec<Change>> {
        self.store.changes_of(id, number).await
    }

    async fn counts(
        &self,
        id: ProfileId,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CountPoint>> {
        self.store.counts(id, from, until, limit).await
    }

    async fn coverage(&self, id: ProfileId, from: Timestamp, until: Timestamp) -> StoreResult<Vec<Span>> {
        self.store.coverage(id, from, until).await
    }

    async fn held(&self, of: Option<ProfileId>, after: i64, limit: usize) -> StoreResult<Vec<Held>> {
        self.is_there()?;
        self.world.during(self.store.held(of, after, limit))
    }

    async fn settle(
        &self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held> {
        self.store.settle(id, decision, now, actor).await
    }

    async fn record_photo(&self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
        self.store.record_photo(id, reading).await
    }

    async fn photo(&self, id: ProfileId, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>> {
        self.store.photo(id, photo).await
    }

    async fn search(&self, text: &str, limit: usize) -> StoreResult<Vec<SearchHit>> {
        self.store.search(text, limit).await
    }

    async fn totals(&self) -> StoreResult<Totals> {
        self.store.totals().await
    }

    async fn canary(&self, username: &Username) -> StoreResult<Option<CanaryRecord>> {
        self.is_there()?;
        self.world.during(self.store.canary(username))
    }

    async fn selectors(&self) -> StoreResult<Vec<SelectorRate>> {
        self.is_there()?;
        self.world.during(self.store.selectors())
    }

    async fn count_pages(&self, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>> {
        self.works()?;
        self.world.during(self.store.count_pages(counted))
    }

    async fn alarms(&self) -> StoreResult<Vec<Alarm>> {
        self.is_there()?;
        self.world.during(self.store.alarms())
    }

    async fn set_alarm(&self, alarm: &Alarm) -> StoreResult<()> {
        self.works()?;
        self.world.alarm(&alarm.key(), true);
        self.world.during(self.store.set_alarm(alarm))
    }

    async fn end_alarm(&self, key: &str) -> StoreResult<()> {
        self.works()?;
        self.world.alarm(key, false);
        self.world.during(self.store.end_alarm(key))
    }

    async fn keep_stray(&self, page: &StrayPage) -> StoreResult<()> {
        self.works()?;
        self.world.during(self.store.keep_stray(page))
    }

    async fn stray_pages(&self, limit: usize) -> StoreResult<Vec<StrayPage>> {
        self.store.stray_pages(limit).await
    }

    async fn audit(
        &self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        detail: Option<&str>,
    ) -> StoreResult<()> {
        self.store.audit(at, actor, action, detail).await
    }

    async fn audit_log(&self, before: u64, limit: usize) -> StoreResult<Vec<AuditEntry>> {
        self.store.audit_log(before, limit).await
    }
}
