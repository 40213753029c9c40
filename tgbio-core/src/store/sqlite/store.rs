//! The store's contract over the file: each method is one job of the writer or of a reader.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;

use super::copied::CopiedRows;
use super::db::Durability::{Normal, Synced};
use super::db::Haste::{Now, WithOthers};
use super::{
    SqliteStore, alarms, audit, canaries, changes, claims, commit, evidence, held, list, measures, photos,
    profiles, record, removal, revisions, search, selectors, set_back, settle, sources, stray, totals,
};
use crate::alarm::Alarm;
use crate::canary::CanaryRecord;
use crate::coverage::Span;
use crate::drift::SelectorRate;
use crate::sources::Source;
use crate::store::{
    Actor, AuditEntry, CheckRecord, Claim, Committed, CountPoint, Decision, EvidenceSource, Held, HeldId,
    KeptEvidence, LoggedChange, MeasuredBack, NewProfile, Page, PhotoReading, ProfileKey, ProfilePatch,
    ProfileQuery, ProfileRecord, ProfileStore, RecordVersion, Rejected, Revision, SearchHit, StoreError,
    StoreResult, StrayPage, Totals,
};
use crate::{Change, PhotoBytes, PhotoId, ProfileId, Timestamp, Username};

impl SqliteStore {
    /// Reads something that belongs to a profile; nothing belongs to one that is not there.
    async fn read_of<T: Default + Send + 'static>(
        &self,
        id: ProfileId,
        job: impl FnOnce(&Connection, i64) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.read(of(id, job)).await
    }

    /// The same for a few rows.
    async fn read_few_of<T: Default + Send + 'static>(
        &self,
        id: ProfileId,
        job: impl FnOnce(&Connection, i64) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.read_few(of(id, job)).await
    }

    /// Room for the rows of claims, which is used again and again: there may be many of them.
    fn take_room(&self) -> CopiedRows {
        std::mem::take(&mut self.room.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep_room(&self, room: CopiedRows) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = room;
    }

    /// Gives back what was claimed beside a row that cannot be read.
    async fn unclaim(&self, error: StoreError, tokens: Vec<i64>) -> StoreResult<Vec<Claim>> {
        let release = move |conn: &Connection| {
            tokens.iter().try_for_each(|token| claims::release(conn, *token).map(drop))
        };
        self.write_again(Now, release).await?;
        Err(self.named(error))
    }

    /// Writes what a look found. Apart from looks that found nothing, which need no room for it.
    async fn commit_found(&self, claim: &Claim, mut check: CheckRecord) -> StoreResult<Committed> {
        if let Some(dictionary) = self.packer.learn(|| evidence::Author::of(claim, &check), &check.evidence) {
            self.keep_dictionary(dictionary).await;
        }
        let packed = evidence::pack(&self.packer, &check.evidence)?;
        check.evidence = EvidenceSource::None;
        let finding = Arc::new(commit::Finding::new(claim, check, packed)?);
        // Freed here and not by the writer, which has enough to do.
        let written = Arc::clone(&finding);
        self.write_again(WithOthers, move |conn| commit::commit(conn, &written)).await
    }

    /// Pages are packed with a dictionary only once it is written.
    async fn keep_dictionary(&self, body: Vec<u8>) {
        let body: Arc<[u8]> = body.into();
        let written = Arc::clone(&body);
        // Without it pages only take more room; what keeps the store from writing, the look itself will say.
        match self.write(Normal, move |conn| evidence::keep_dictionary(conn, &written)).await {
            Ok(key) => self.packer.use_from_now(key, &body),
            Err(error) => tracing::debug!(%error, "what pages have in common was not kept"),
        }
    }
}

fn of<T: Default>(
    id: ProfileId,
    job: impl FnOnce(&Connection, i64) -> StoreResult<T>,
) -> impl FnOnce(&Connection) -> StoreResult<T> {
    move |conn| match profiles::key_of(conn, id)? {
        Some(key) => job(conn, key),
        None => Ok(T::default()),
    }
}

/// Up to so many rows are a few.
const FEW: usize = 25;

fn bare(rows: Vec<revisions::Row>) -> Vec<Revision> {
    rows.into_iter().map(|row| row.revision).collect()
}

#[async_trait]
impl ProfileStore for SqliteStore {
    async fn follow(&self, new: &NewProfile, now: Timestamp, actor: &Actor) -> StoreResult<ProfileRecord> {
        let (new, actor) = (new.clone(), actor.clone());
        self.write(Synced, move |conn| profiles::follow(conn, &new, now, &actor)).await
    }

    async fn profile(&self, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>> {
        let key = key.clone();
        match key {
            ProfileKey::Id(_) => self.read_one(move |conn| profiles::find(conn, &key)).await,
            ProfileKey::Username(_) => self.read_few(move |conn| profiles::find(conn, &key)).await,
        }
    }

    async fn version(&self, key: &ProfileKey) -> StoreResult<Option<RecordVersion>> {
        let key = key.clone();
        self.read_one(move |conn| record::version(conn, &key)).await
    }

    async fn profiles(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
        let query = query.clone();
        self.read(move |conn| list::page(conn, &query)).await
    }

    async fn update(
        &self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        let (patch, actor) = (patch.clone(), actor.clone());
        self.write(Synced, move |conn| profiles::update(conn, id, &patch, now, &actor)).await
    }

    async fn erase(&self, id: ProfileId, opt_out: bool, now: Timestamp, actor: &Actor) -> StoreResult<()> {
        let actor = actor.clone();
        self.write(Synced, move |conn| profiles::erase(conn, id, opt_out, now, &actor)).await?;
        self.db.truncate_log().await.map(drop).map_err(|error| self.named(error))
    }

    async fn opted_out(&self, username: &Username) -> StoreResult<bool> {
        let username = username.clone();
        self.read_few(move |conn| profiles::opted_out(conn, &username)).await
    }

    async fn tell_time(&self, now: Timestamp, back: Option<MeasuredBack>) -> StoreResult<Duration> {
        self.write(Normal, move |conn| set_back::tell_time(conn, now, back)).await
    }

    async fn bring_failed_forward(&self, now: Timestamp, limit: usize) -> StoreResult<u64> {
        self.write(Normal, move |conn| claims::bring_failed_forward(conn, now, limit)).await
    }

    async fn claim_due(&self, now: Timestamp, limit: usize, lease: Duration) -> StoreResult<Vec<Claim>> {
        let (instance, mut room) = (Arc::clone(&self.instance), self.take_room());
        let claimed = self.write_again(Now, move |conn| {
            instance.lock()?;
            claims::due(conn, &instance, (now, lease), limit, std::mem::take(&mut room))
        });
        let mut claimed = claimed.await?;
        let read = claimed.read();
        self.keep_room(claimed.room());
        match read {
            Ok(claims) => Ok(claims),
            Err((error, tokens)) => self.unclaim(error, tokens).await,
        }
    }

    async fn claim(&self, id: ProfileId, now: Timestamp, lease: Duration) -> StoreResult<Option<Claim>> {
        let instance = Arc::clone(&self.instance);
        self.write(Normal, move |conn| {
            instance.lock()?;
            claims::one(conn, &instance, id, now, lease)
        })
        .await
    }

    async fn release(&self, claim: &Claim) -> StoreResult<()> {
        let token = claim.lease.token;
        self.write_again(WithOthers, move |conn| claims::release(conn, token).map(drop)).await
    }

    async fn commit(&self, claim: &Claim, check: CheckRecord) -> StoreResult<Committed> {
        if let Some(look) = check.only_looked(&claim.record) {
            let lease = claim.lease;
            return self.write_again(WithOthers, move |conn| commit::only_look(conn, lease, &look)).await;
        }
        Box::pin(self.commit_found(claim, check)).await
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        self.read_few(claims::next_due).await
    }

    async fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        let job = move |conn: &Connection, key| revisions::after(conn, key, after, limit).map(bare);
        if limit <= FEW { self.read_few_of(id, job).await } else { self.read_of(id, job).await }
    }

    async fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> StoreResult<Vec<Revision>> {
        let job = move |conn: &Connection, key| revisions::before(conn, key, before, limit).map(bare);
        if limit <= FEW { self.read_few_of(id, job).await } else { self.read_of(id, job).await }
    }

    async fn revision(&self, id: ProfileId, number: u64) -> StoreResult<Option<Revision>> {
        let one =
            move |conn: &Connection, key| Ok(revisions::one(conn, key, number)?.map(|row| row.revision));
        self.read_few_of(id, one).await
    }

    async fn evidence(&self, id: ProfileId, number: u64) -> StoreResult<Option<KeptEvidence>> {
        self.read_of(id, move |conn, key| evidence::of_revision(conn, key, number)).await
    }

    async fn sources(&self, id: ProfileId) -> StoreResult<Vec<Source>> {
        self.read_few(move |conn| sources::read(conn, id)).await
    }

    async fn remove_revision(
        &self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        let actor = actor.clone();
        self.write(Synced, move |conn| removal::remove(conn, id, number, now, &actor)).await?;
        self.db.truncate_log().await.map(drop).map_err(|error| self.named(error))
    }

    async fn changes(&self, after: u64, limit: usize) -> StoreResult<Vec<LoggedChange>> {
        let told = self.read(move |conn| changes::after(conn, after, limit)).await?;
        if let Some(last) = told.last() {
            self.keep_told(last.seq).await;
        }
        Ok(told)
    }

    async fn changes_of(&self, id: ProfileId, number: u64) -> StoreResult<Vec<Change>> {
        self.read_few_of(id, move |conn, key| changes::of_revision(conn, key, number)).await
    }

    async fn counts(
        &self,
        id: ProfileId,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CountPoint>> {
        let points =
            move |rows: usize| move |conn: &Connection, key| measures::points(conn, key, (from, until), rows);
        // Most have none or a few.
        let few = self.read_few_of(id, points(limit.min(FEW + 1))).await?;
        if few.len() <= FEW { Ok(few) } else { self.read_of(id, points(limit)).await }
    }

    async fn coverage(&self, id: ProfileId, from: Timestamp, until: Timestamp) -> StoreResult<Vec<Span>> {
        self.read_few_of(id, move |conn, key| measures::coverage(conn, key, (from, until))).await
    }

    async fn held(&self, of: Option<ProfileId>, after: i64, limit: usize) -> StoreResult<Vec<Held>> {
        match of {
            Some(id) => self.read_of(id, move |conn, key| held::waiting(conn, Some(key), after, limit)).await,
            None => self.read(move |conn| held::waiting(conn, None, after, limit)).await,
        }
    }

    async fn rejected(&self, of: ProfileId) -> StoreResult<Vec<Rejected>> {
        self.read_few_of(of, held::rejected).await
    }

    async fn settle(
        &self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held> {
        let actor = actor.clone();
        self.write(Synced, move |conn| settle::settle(conn, id, decision, now, &actor)).await
    }

    async fn record_photo(&self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
        let reading = reading.clone();
        self.write(Normal, move |conn| photos::record(conn, id, &reading)).await
    }

    async fn photo(&self, id: ProfileId, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>> {
        let photo = photo.clone();
        self.read_of(id, move |conn, key| photos::find(conn, key, &photo)).await
    }

    async fn search(&self, text: &str, limit: usize) -> StoreResult<Vec<SearchHit>> {
        let text = text.to_owned();
        self.read(move |conn| search::search(conn, &text, limit)).await
    }

    async fn totals(&self) -> StoreResult<Totals> {
        self.read_few(totals::read).await
    }

    async fn canary(&self, username: &Username) -> StoreResult<Option<CanaryRecord>> {
        let username = username.clone();
        self.read_few(move |conn| canaries::find(conn, &username)).await
    }

    async fn set_canary(&self, record: &CanaryRecord) -> StoreResult<()> {
        let record = record.clone();
        self.write(Normal, move |conn| canaries::set(conn, &record)).await
    }

    async fn selectors(&self) -> StoreResult<Vec<SelectorRate>> {
        self.read_few(selectors::list).await
    }

    async fn count_pages(&self, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>> {
        let counted = counted.to_vec();
        self.write(Normal, move |conn| selectors::count(conn, &counted)).await
    }

    async fn alarms(&self) -> StoreResult<Vec<Alarm>> {
        self.read_few(alarms::list).await
    }

    async fn set_alarm(&self, alarm: &Alarm) -> StoreResult<()> {
        let alarm = alarm.clone();
        self.write(Normal, move |conn| alarms::set(conn, &alarm)).await
    }

    async fn end_alarm(&self, key: &str) -> StoreResult<()> {
        let key = key.to_owned();
        self.write(Normal, move |conn| alarms::end(conn, &key)).await
    }

    async fn keep_stray(&self, page: &StrayPage) -> StoreResult<()> {
        let (page, packed) =
            (page.clone(), evidence::pack(&self.packer, &EvidenceSource::New(page.evidence.clone()))?);
        self.write(Normal, move |conn| stray::keep(conn, &page, &packed)).await
    }

    async fn stray_pages(&self, limit: usize) -> StoreResult<Vec<StrayPage>> {
        self.read(move |conn| stray::list(conn, limit)).await
    }

    async fn audit(
        &self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        detail: Option<&str>,
    ) -> StoreResult<()> {
        let (actor, action, detail) = (actor.clone(), action.to_owned(), detail.map(str::to_owned));
        let line = move |conn: &Connection| audit::write(conn, at, &actor, &action, None, detail.as_deref());
        self.write(Synced, line).await
    }

    async fn audit_log(&self, before: u64, limit: usize) -> StoreResult<Vec<AuditEntry>> {
        self.read(move |conn| audit::read(conn, before, limit)).await
    }
}
