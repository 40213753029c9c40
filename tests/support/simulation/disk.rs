//! The store of a run: the real one behind a disk that fails, and a process that may be killed at every step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::alarm::Alarm;
use tgbio_core::canary::CanaryRecord;
use tgbio_core::coverage::Span;
use tgbio_core::drift::SelectorRate;
use tgbio_core::sources::Source;
use tgbio_core::store::{
    Actor, AuditEntry, CheckRecord, Claim, Committed, CountPoint, Decision, Held, HeldId, KeptEvidence,
    LoggedChange, MeasuredBack, MemoryStore, NewProfile, Page, PhotoReading, ProfileKey, ProfilePatch,
    ProfileQuery, ProfileRecord, ProfileStore, RecordVersion, Rejected, Revision, SearchHit, StoreError,
    StoreResult, StrayPage, Totals,
};
use tgbio_core::{Change, PhotoBytes, PhotoId, ProfileId, Timestamp, Username};

use super::plan::{DiskState, Trap};
use super::power::{Cut, Files};
use super::rng::Rng;
use super::undo::Undo;
use super::world::World;

/// So many of a hundred commits fail by themselves, half of them after they were written.
const SINGLE_FAILURES: f64 = 1.0;

/// Where the store of a run is.
pub(super) enum Place {
    Memory(Arc<MemoryStore>),
    /// On a disk of which a power cut leaves what was synced, and some of the rest.
    Files(Box<Mutex<Files>>),
}

/// A store on a disk that fails.
pub(super) struct Disk {
    world: Arc<World>,
    place: Place,
    forgets: f64,
}

impl Disk {
    pub fn new(world: Arc<World>, place: Place, forgets: f64) -> Self {
        Self { world, place, forgets }
    }

    /// The store itself.
    pub fn store(&self) -> Arc<dyn ProfileStore> {
        match &self.place {
            Place::Memory(store) => store.clone(),
            Place::Files(files) => Arc::new(locked(files).store().clone()),
        }
    }

    /// The files, where there are any.
    pub fn files(&self) -> Option<MutexGuard<'_, Files>> {
        match &self.place {
            Place::Memory(_) => None,
            Place::Files(files) => Some(locked(files)),
        }
    }

    /// Something was written that a power cut may undo from now on.
    fn wrote(&self, undo: Undo) {
        let Some(mut files) = self.files() else { return };
        self.world.wrote(undo);
        if files.wrote() {
            self.world.synced();
        }
    }

    /// A write of this kind, to its end.
    fn written<T>(&self, undo: Undo, call: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        let done = self.world.during(call)?;
        self.wrote(undo);
        Ok(done)
    }

    /// Something was written that is promised to survive a power cut, and all before it.
    pub fn synced(&self) {
        if let Some(mut files) = self.files() {
            files.synced();
            self.world.synced();
        }
    }

    /// The log is moved into the file, which syncs both.
    pub fn move_log(&self) {
        if let Some(mut files) = self.files() {
            files.move_log();
            self.world.synced();
        }
    }

    /// The power goes, and with it what `cut` says; whoever opens the file again finds the rest.
    pub fn lose_power(&self, cut: Cut, rng: &mut Rng) -> StoreResult<()> {
        let Some(mut files) = self.files() else { return Ok(()) };
        let lost = files.cut(cut, rng)?;
        self.world.undo(lost);
        Ok(())
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failure() -> StoreError {
    StoreError::failed(std::io::Error::other("the disk is full"))
}

#[async_trait]
impl ProfileStore for Disk {
    async fn tell_time(&self, now: Timestamp, back: Option<MeasuredBack>) -> StoreResult<Duration> {
        self.works()?;
        let by = self.world.during(self.store().tell_time(now, back))?;
        self.world.moved_back(by);
        self.wrote(Undo::MovedBack(by));
        self.world.may_die(Trap::ToldTime).await;
        Ok(by)
    }

    async fn claim_due(&self, now: Timestamp, limit: usize, lease: Duration) -> StoreResult<Vec<Claim>> {
        self.works()?;
        let claims = self.world.during(self.store().claim_due(now, limit, lease))?;
        self.wrote(Undo::Nothing);
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
            self.world.during(self.store().release(claim))?;
            self.wrote(Undo::Nothing);
            return Ok(Committed::default());
        }
        let judged = !check.health.doubted;
        let written = self.world.during(self.store().commit(claim, check))?;
        let look = self.world.kept(claim.record.id, judged);
        self.wrote(look.map_or(Undo::Nothing, Undo::Look));
        self.world.may_die(Trap::AfterWrite).await;
        if after { Err(failure()) } else { Ok(written) }
    }

    async fn set_canary(&self, record: &CanaryRecord) -> StoreResult<()> {
        self.world.may_die(Trap::InCanary).await;
        self.works()?;
        self.written(Undo::Nothing, self.store().set_canary(record))
    }

    async fn release(&self, claim: &Claim) -> StoreResult<()> {
        self.works()?;
        self.written(Undo::Nothing, self.store().release(claim))
    }

    async fn follow(&self, new: &NewProfile, now: Timestamp, actor: &Actor) -> StoreResult<ProfileRecord> {
        let record = self.store().follow(new, now, actor).await?;
        self.synced();
        Ok(record)
    }

    async fn profile(&self, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>> {
        self.store().profile(key).await
    }

    async fn version(&self, key: &ProfileKey) -> StoreResult<Option<RecordVersion>> {
        self.store().version(key).await
    }

    async fn sources(&self, id: ProfileId) -> StoreResult<Vec<Source>> {
        self.store().sources(id).await
    }

    async fn profiles(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
        self.store().profiles(query).await
    }

    async fn update(
        &self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        self.works()?;
        let record = self.world.during(self.store().update(id, patch, now, actor))?;
        self.synced();
        Ok(record)
    }

    async fn erase(&self, id: ProfileId, opt_out: bool, now: Timestamp, actor: &Actor) -> StoreResult<()> {
        self.store().erase(id, opt_out, now, actor).await
    }

    async fn opted_out(&self, username: &Username) -> StoreResult<bool> {
        self.store().opted_out(username).await
    }

    async fn claim(&self, id: ProfileId, now: Timestamp, lease: Duration) -> StoreResult<Option<Claim>> {
        self.works()?;
        self.written(Undo::Nothing, self.store().claim(id, now, lease))
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        self.is_there()?;
        self.world.during(self.store().next_due())
    }

    async fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        self.store().revisions(id, after, limit).await
    }

    async fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        self.store().revisions_before(id, before, limit).await
    }

    async fn revision(&self, id: ProfileId, number: u64) -> StoreResult<Option<Revision>> {
        self.store().revision(id, number).await
    }

    async fn evidence(&self, id: ProfileId, number: u64) -> StoreResult<Option<KeptEvidence>> {
        self.store().evidence(id, number).await
    }

    async fn remove_revision(
        &self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        self.store().remove_revision(id, number, now, actor).await
    }

    async fn changes(&self, after: u64, limit: usize) -> StoreResult<Vec<LoggedChange>> {
        self.works()?;
        let told = self.world.during(self.store().changes(after, limit))?;
        if !told.is_empty() {
            self.synced();
        }
        Ok(told)
    }

    async fn changes_of(&self, id: ProfileId, number: u64) -> StoreResult<Vec<Change>> {
        self.store().changes_of(id, number).await
    }

    async fn counts(
        &self,
        id: ProfileId,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CountPoint>> {
        self.store().counts(id, from, until, limit).await
    }

    async fn coverage(&self, id: ProfileId, from: Timestamp, until: Timestamp) -> StoreResult<Vec<Span>> {
        self.store().coverage(id, from, until).await
    }

    async fn held(&self, of: Option<ProfileId>, after: i64, limit: usize) -> StoreResult<Vec<Held>> {
        self.is_there()?;
        self.world.during(self.store().held(of, after, limit))
    }

    async fn rejected(&self, of: ProfileId) -> StoreResult<Vec<Rejected>> {
        self.is_there()?;
        self.world.during(self.store().rejected(of))
    }

    async fn settle(
        &self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held> {
        self.store().settle(id, decision, now, actor).await
    }

    async fn record_photo(&self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
        self.store().record_photo(id, reading).await
    }

    async fn photo(&self, id: ProfileId, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>> {
        self.store().photo(id, photo).await
    }

    async fn search(&self, text: &str, limit: usize) -> StoreResult<Vec<SearchHit>> {
        self.store().search(text, limit).await
    }

    async fn totals(&self) -> StoreResult<Totals> {
        self.store().totals().await
    }

    async fn canary(&self, username: &Username) -> StoreResult<Option<CanaryRecord>> {
        self.is_there()?;
        self.world.during(self.store().canary(username))
    }

    async fn selectors(&self) -> StoreResult<Vec<SelectorRate>> {
        self.is_there()?;
        self.world.during(self.store().selectors())
    }

    async fn count_pages(&self, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>> {
        self.works()?;
        self.written(Undo::Nothing, self.store().count_pages(counted))
    }

    async fn alarms(&self) -> StoreResult<Vec<Alarm>> {
        self.is_there()?;
        self.world.during(self.store().alarms())
    }

    async fn set_alarm(&self, alarm: &Alarm) -> StoreResult<()> {
        self.works()?;
        let told = self.world.alarm(&alarm.key(), true);
        self.written(Undo::Alarm(told), self.store().set_alarm(alarm))
    }

    async fn bring_failed_forward(&self, now: Timestamp, limit: usize) -> StoreResult<u64> {
        self.works()?;
        self.written(Undo::Nothing, self.store().bring_failed_forward(now, limit))
    }

    async fn end_alarm(&self, key: &str) -> StoreResult<()> {
        self.works()?;
        let told = self.world.alarm(key, false);
        self.written(Undo::Alarm(told), self.store().end_alarm(key))
    }

    async fn keep_stray(&self, page: &StrayPage) -> StoreResult<()> {
        self.works()?;
        self.written(Undo::Nothing, self.store().keep_stray(page))
    }

    async fn stray_pages(&self, limit: usize) -> StoreResult<Vec<StrayPage>> {
        self.store().stray_pages(limit).await
    }

    async fn audit(
        &self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        detail: Option<&str>,
    ) -> StoreResult<()> {
        self.store().audit(at, actor, action, detail).await
    }

    async fn audit_log(&self, before: u64, limit: usize) -> StoreResult<Vec<AuditEntry>> {
        self.store().audit_log(before, limit).await
    }
}
