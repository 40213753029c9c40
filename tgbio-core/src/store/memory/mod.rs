//! The store in memory: the same contract with plain maps, for tests, simulations and programs that keep nothing.

mod history;
mod photos;
mod query;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::alarm::Alarm;
use crate::canary::CanaryRecord;
use crate::coverage::Span;
use crate::drift::{self, SelectorRate};
use crate::sources::Source;
use crate::store::{
    Actor, AuditEntry, CheckRecord, Claim, Committed, CountPoint, Decision, Held, HeldId, HostWait,
    KeptEvidence, LoggedChange, MeasuredBack, NewProfile, Page, PhotoReading, ProfileKey, ProfilePatch,
    ProfileQuery, ProfileRecord, ProfileStore, RecordVersion, Rejected, Revision, STRAY_PAGES, SearchHit,
    StoreError, StoreResult, StrayPage, Totals,
};
use crate::{Change, HostLimits, PhotoBytes, PhotoId, ProfileId, Timestamp, Username};
use state::{Row, State};

/// The store in memory. Everything is gone with it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The waits of all hosts.
    pub fn host_waits(&self) -> Vec<HostWait> {
        self.state().hosts.values().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HostLimits for MemoryStore {
    async fn not_before(&self, host: &str) -> Option<Timestamp> {
        self.state().hosts.get(host).map(|wait| wait.not_before)
    }

    async fn hold_off(&self, host: &str, until: Timestamp, reason: &str) {
        self.state().hold_off(host, until, reason);
    }

    async fn strikes(&self, host: &str) -> u32 {
        self.state().hosts.get(host).map_or(0, |wait| u32::try_from(wait.strikes).unwrap_or(u32::MAX))
    }

    async fn recovered(&self, host: &str) {
        if let Some(wait) = self.state().hosts.get_mut(host) {
            wait.strikes = 0;
        }
    }
}

#[async_trait]
impl ProfileStore for MemoryStore {
    async fn follow(&self, new: &NewProfile, now: Timestamp, actor: &Actor) -> StoreResult<ProfileRecord> {
        self.state().follow(new, now, actor)
    }

    async fn profile(&self, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>> {
        let state = self.state();
        Ok(state.find(key).map(|row| row.record.clone()))
    }

    async fn version(&self, key: &ProfileKey) -> StoreResult<Option<RecordVersion>> {
        let state = self.state();
        let version = |row: &Row| RecordVersion { id: row.record.id, number: row.version.unsigned_abs() };
        Ok(state.find(key).map(version))
    }

    async fn profiles(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
        self.state().page(query)
    }

    async fn update(
        &self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        self.state().update(id, patch, now, actor)
    }

    async fn erase(&self, id: ProfileId, opt_out: bool, now: Timestamp, actor: &Actor) -> StoreResult<()> {
        self.state().erase(id, opt_out, now, actor)
    }

    async fn opted_out(&self, username: &Username) -> StoreResult<bool> {
        Ok(self.state().opted_out.contains(username))
    }

    async fn tell_time(&self, now: Timestamp, back: Option<MeasuredBack>) -> StoreResult<Duration> {
        Ok(self.state().tell_time(now, back))
    }

    async fn bring_failed_forward(&self, now: Timestamp, limit: usize) -> StoreResult<u64> {
        Ok(self.state().bring_failed_forward(now, limit))
    }

    async fn claim_due(&self, now: Timestamp, limit: usize, lease: Duration) -> StoreResult<Vec<Claim>> {
        Ok(self.state().claim_due(now, limit, lease))
    }

    async fn claim(&self, id: ProfileId, now: Timestamp, lease: Duration) -> StoreResult<Option<Claim>> {
        self.state().claim(id, now, lease)
    }

    async fn release(&self, claim: &Claim) -> StoreResult<()> {
        self.state().release(claim.lease.token);
        Ok(())
    }

    async fn commit(&self, claim: &Claim, check: CheckRecord) -> StoreResult<Committed> {
        self.state().commit(claim, &check)
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        Ok(self.state().next_due())
    }

    async fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        Ok(self.state().revisions(id, after, limit))
    }

    async fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        Ok(self.state().revisions_before(id, before, limit))
    }

    async fn revision(&self, id: ProfileId, number: u64) -> StoreResult<Option<Revision>> {
        let state = self.state();
        Ok(state.entry(id, number).map(|entry| entry.revision.clone()))
    }

    async fn evidence(&self, id: ProfileId, number: u64) -> StoreResult<Option<KeptEvidence>> {
        let state = self.state();
        let kept = state.entry(id, number).and_then(|entry| entry.evidence.clone());
        Ok(kept.map(|kept| (*kept).clone()))
    }

    async fn sources(&self, id: ProfileId) -> StoreResult<Vec<Source>> {
        Ok(self.state().sources(id))
    }

    async fn remove_revision(
        &self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        self.state().remove_revision(id, number, now, actor)
    }

    async fn changes(&self, after: u64, limit: usize) -> StoreResult<Vec<LoggedChange>> {
        Ok(self.state().changes(after, limit))
    }

    async fn changes_of(&self, id: ProfileId, number: u64) -> StoreResult<Vec<Change>> {
        Ok(self.state().changes_of(id, number))
    }

    async fn counts(
        &self,
        id: ProfileId,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CountPoint>> {
        Ok(self.state().counts(id, (from, until), limit))
    }

    async fn coverage(&self, id: ProfileId, from: Timestamp, until: Timestamp) -> StoreResult<Vec<Span>> {
        Ok(self.state().coverage(id, (from, until)))
    }

    async fn held(&self, of: Option<ProfileId>, after: i64, limit: usize) -> StoreResult<Vec<Held>> {
        Ok(self.state().waiting(of, after, limit))
    }

    async fn rejected(&self, of: ProfileId) -> StoreResult<Vec<Rejected>> {
        Ok(self.state().rejected(of))
    }

    async fn settle(
        &self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held> {
        self.state().settle(id, decision, now, actor)
    }

    async fn record_photo(&self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
        self.state().record_photo(id, reading)
    }

    async fn photo(&self, id: ProfileId, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>> {
        Ok(self.state().photo(id, photo))
    }

    async fn search(&self, text: &str, limit: usize) -> StoreResult<Vec<SearchHit>> {
        Ok(self.state().search(text, limit))
    }

    async fn totals(&self) -> StoreResult<Totals> {
        Ok(self.state().totals())
    }

    async fn canary(&self, username: &Username) -> StoreResult<Option<CanaryRecord>> {
        Ok(self.state().canaries.get(username).cloned())
    }

    async fn set_canary(&self, record: &CanaryRecord) -> StoreResult<()> {
        self.state().canaries.insert(record.username.clone(), record.clone());
        Ok(())
    }

    async fn selectors(&self) -> StoreResult<Vec<SelectorRate>> {
        Ok(self.state().selectors.clone())
    }

    async fn count_pages(&self, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>> {
        let mut state = self.state();
        drift::add_up(&mut state.selectors, counted);
        Ok(state.selectors.clone())
    }

    async fn alarms(&self) -> StoreResult<Vec<Alarm>> {
        Ok(self.state().alarms.values().cloned().collect())
    }

    async fn set_alarm(&self, alarm: &Alarm) -> StoreResult<()> {
        self.state().alarms.insert(alarm.key(), alarm.clone());
        Ok(())
    }

    async fn end_alarm(&self, key: &str) -> StoreResult<()> {
        self.state().alarms.remove(key);
        Ok(())
    }

    async fn keep_stray(&self, page: &StrayPage) -> StoreResult<()> {
        let mut state = self.state();
        if !state.by_id.contains_key(&page.profile_id) {
            return Err(StoreError::NotFound("profile"));
        }
        state.strays.push_front(page.clone());
        state.strays.truncate(STRAY_PAGES);
        Ok(())
    }

    async fn stray_pages(&self, limit: usize) -> StoreResult<Vec<StrayPage>> {
        Ok(self.state().strays.iter().take(limit).cloned().collect())
    }

    async fn audit(
        &self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        detail: Option<&str>,
    ) -> StoreResult<()> {
        self.state().note(at, actor, action, None, detail);
        Ok(())
    }

    async fn audit_log(&self, before: u64, limit: usize) -> StoreResult<Vec<AuditEntry>> {
        let state = self.state();
        let older = state.audit.iter().rev().filter(|entry| entry.seq < before);
        Ok(older.take(limit).cloned().collect())
    }
}
