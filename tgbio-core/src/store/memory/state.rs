//! Everything that the store in memory holds, and the writes of every day.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::alarm::Alarm;
use crate::canary::CanaryRecord;
use crate::coverage::Span;
use crate::drift::SelectorRate;
use crate::sources::Source;
use crate::store::{
    Actor, AuditEntry, CheckRecord, Claim, Committed, CountPoint, Decision, EvidenceSource, Held, HeldId,
    HeldStep, HostWait, KeptEvidence, Lease, LoggedChange, MeasuredBack, NewProfile, ProfileKey,
    ProfilePatch, ProfileRecord, REJECTED, Revision, StoreError, StoreResult, StrayPage, thinning, tidy_tags,
    was_set_back,
};
use crate::{Outcome, PhotoBytes, PhotoId, Priority, ProfileId, Timestamp, Username, judge};

/// A kept raw answer, shared by those who refer to it.
pub(super) type Kept = Option<Arc<KeptEvidence>>;

/// A revision with its raw answer, and its place among all revisions.
#[derive(Debug)]
pub(super) struct Entry {
    pub seq: u64,
    pub revision: Revision,
    pub evidence: Kept,
}

/// A followed profile.
#[derive(Debug)]
pub(super) struct Row {
    pub record: ProfileRecord,
    pub version: i64,
    /// When it got its name: the last number that had been given then.
    pub named: i64,
    pub history: BTreeMap<u64, Entry>,
    pub points: Vec<CountPoint>,
    pub spans: Vec<Span>,
    pub photos: Vec<(PhotoId, PhotoBytes)>,
    pub sources: BTreeMap<String, Source>,
    pub lease: Option<(i64, Timestamp)>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub rows: BTreeMap<i64, Row>,
    pub by_id: HashMap<ProfileId, i64>,
    pub due: Due,
    /// The latest time that anybody told.
    pub told: Option<Timestamp>,
    pub log: Vec<LoggedChange>,
    pub held: BTreeMap<i64, (Held, Kept)>,
    pub audit: Vec<AuditEntry>,
    pub canaries: HashMap<Username, CanaryRecord>,
    pub opted_out: HashSet<Username>,
    pub hosts: BTreeMap<String, HostWait>,
    pub selectors: Vec<SelectorRate>,
    pub alarms: BTreeMap<String, Alarm>,
    pub strays: VecDeque<StrayPage>,
    /// The last number that was given to anything: a row, a lease, a held change, a revision's place.
    pub last: i64,
}

type Due = BTreeMap<Priority, BTreeSet<(Timestamp, i64)>>;

fn plan(due: &mut Due, record: &ProfileRecord, key: i64) {
    if let Some(at) = record.next_check_at {
        due.entry(record.priority).or_default().insert((at, key));
    }
}

/// Takes a record out of the due work.
pub(super) fn unplan(due: &mut Due, record: &ProfileRecord, key: i64) {
    if let (Some(at), Some(due)) = (record.next_check_at, due.get_mut(&record.priority)) {
        due.remove(&(at, key));
    }
}

impl State {
    pub(super) fn number(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// Should two profiles claim a name, the one that got it last has it.
    pub(super) fn find<'a>(&'a self, key: &'a ProfileKey) -> Option<&'a Row> {
        match key {
            ProfileKey::Id(id) => self.rows.get(self.by_id.get(id)?),
            ProfileKey::Username(name) => self.holders(name).max_by_key(|row| row.named),
        }
    }

    fn holders<'a>(&'a self, name: &'a Username) -> impl Iterator<Item = &'a Row> {
        self.rows.values().filter(move |row| row.record.holds_name() && row.record.username == *name)
    }

    pub(super) fn key(&self, id: ProfileId) -> StoreResult<i64> {
        self.by_id.get(&id).copied().ok_or(StoreError::NotFound("profile"))
    }

    pub(super) fn row(&self, key: i64) -> StoreResult<&Row> {
        self.rows.get(&key).ok_or(StoreError::NotFound("profile"))
    }

    pub(super) fn row_mut(&mut self, key: i64) -> StoreResult<&mut Row> {
        self.rows.get_mut(&key).ok_or(StoreError::NotFound("profile"))
    }

    /// The one way in which a record is written.
    pub(super) fn put(&mut self, key: i64, record: ProfileRecord) -> StoreResult<()> {
        let row = self.rows.get_mut(&key).ok_or(StoreError::NotFound("profile"))?;
        unplan(&mut self.due, &row.record, key);
        plan(&mut self.due, &record, key);
        if record.got_name_since(&row.record) {
            row.named = self.last;
        }
        row.version += 1;
        row.record = record;
        Ok(())
    }

    pub(super) fn note(
        &mut self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        profile: Option<ProfileId>,
        detail: Option<&str>,
    ) {
        let seq = self.audit.len() as u64 + 1;
        let mut entry = AuditEntry::new(seq, at, actor.as_str().to_owned(), action.to_owned());
        entry.profile_id = profile;
        entry.detail = detail.map(str::to_owned);
        self.audit.push(entry);
    }

    pub(super) fn follow(
        &mut self,
        new: &NewProfile,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        let username = new.username.clone();
        if let Some(row) = self.find(&ProfileKey::Username(username.clone())) {
            return Err(StoreError::AlreadyFollowed { username, id: row.record.id });
        }
        if self.opted_out.contains(&username) {
            return Err(StoreError::OptedOut { username });
        }
        let mut record = ProfileRecord::new(ProfileId::new(), username, now);
        record.note.clone_from(&new.note);
        record.tags = tidy_tags(&new.tags);
        record.interval = new.interval;
        record.priority = new.priority;
        let key = self.number();
        self.by_id.insert(record.id, key);
        self.rows.insert(key, Row { named: key, ..Row::new(record.clone()) });
        self.put(key, record.clone())?;
        self.note(now, actor, "profile.follow", Some(record.id), None);
        Ok(record)
    }

    pub(super) fn update(
        &mut self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord> {
        let key = self.key(id)?;
        let next = patch.applied_to(&self.row(key)?.record, now);
        self.put(key, next.clone())?;
        self.note(now, actor, "profile.update", Some(id), Some(&patch.summary()));
        Ok(next)
    }

    pub(super) fn tell_time(&mut self, now: Timestamp, back: Option<MeasuredBack>) -> Duration {
        let Some(clock) = was_set_back(self.told, now, back) else {
            self.told = self.told.max(Some(now));
            return Duration::ZERO;
        };
        self.told = Some(now);
        self.due.clear();
        for (key, row) in &mut self.rows {
            row.version += i64::from(row.record.set_back(clock));
            row.lease = row.lease.map(|(token, until)| (token, until.before(clock.by)));
            let open = row.record.coverage;
            if !clock.is_far() && open.is_some_and(|open| open.is_in_gap(&row.spans)) {
                row.record.coverage = None;
            }
            row.spans = row.spans.iter().filter_map(|span| span.before_set_back(open)).collect();
            plan(&mut self.due, &row.record, *key);
        }
        self.held.values_mut().for_each(|(held, _)| held.set_back(clock));
        self.hosts.values_mut().for_each(|wait| wait.not_before = wait.not_before.before(clock.by));
        clock.by
    }

    pub(super) fn bring_failed_forward(&mut self, now: Timestamp, limit: usize) -> u64 {
        let held = self.held.values().filter(|(held, _)| !held.rejected);
        let waiting: HashSet<ProfileId> = held.map(|(held, _)| held.profile_id).collect();
        let failed = |row: &Row| {
            let claimed = row.lease.is_some_and(|(_, until)| until > now);
            let later = row.record.failures > 0 && row.record.next_check_at > Some(now);
            let told =
                row.record.health.as_ref().is_some_and(|health| health.outcome == Outcome::RateLimited);
            later && !told && !claimed && !waiting.contains(&row.record.id)
        };
        self.due.clear();
        let mut moved = 0;
        for (key, row) in &mut self.rows {
            if moved < limit && failed(row) {
                row.record.next_check_at = Some(now);
                row.version += 1;
                moved += 1;
            }
            plan(&mut self.due, &row.record, *key);
        }
        moved as u64
    }

    pub(super) fn claim_due(&mut self, now: Timestamp, limit: usize, lease: Duration) -> Vec<Claim> {
        let mut free: Vec<(Timestamp, i64)> = Vec::new();
        for (priority, due) in &self.due {
            let due = due.iter().take_while(|(at, _)| *at <= now);
            let due = due.filter(|(_, key)| self.is_free(*key, now)).take(limit);
            free.extend(due.map(|(at, key)| (at.after(priority.waits_behind()), *key)));
        }
        free.sort_unstable();
        free.truncate(limit);
        free.into_iter().filter_map(|(_, key)| self.take(key, now.after(lease)).ok()).collect()
    }

    fn is_free(&self, key: i64, now: Timestamp) -> bool {
        self.rows.get(&key).is_some_and(|row| row.lease.is_none_or(|(_, until)| until <= now))
    }

    fn take(&mut self, key: i64, until: Timestamp) -> StoreResult<Claim> {
        let token = self.number();
        let held = self.held_of(self.row(key)?.record.id);
        let row = self.row_mut(key)?;
        row.lease = Some((token, until));
        Ok(Claim::new(row.record.clone(), held, Lease { token, version: row.version }))
    }

    pub(super) fn held_of(&self, id: ProfileId) -> Vec<Held> {
        let held = self.held.values().map(|(held, _)| held);
        held.filter(|held| held.profile_id == id).cloned().collect()
    }

    pub(super) fn claim(
        &mut self,
        id: ProfileId,
        now: Timestamp,
        lease: Duration,
    ) -> StoreResult<Option<Claim>> {
        let key = self.key(id)?;
        if self.is_free(key, now) { self.take(key, now.after(lease)).map(Some) } else { Ok(None) }
    }

    pub(super) fn release(&mut self, token: i64) {
        for row in self.rows.values_mut().filter(|row| row.lease.is_some_and(|(own, _)| own == token)) {
            row.lease = None;
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let leased = |key: &i64| self.rows.get(key).and_then(|row| row.lease);
        let next = |due: &BTreeSet<(Timestamp, i64)>| {
            let free = due.iter().find(|(_, key)| leased(key).is_none()).map(|(at, _)| *at);
            let taken = due.iter().filter_map(|(at, key)| leased(key).map(|(_, until)| until.max(*at))).min();
            free.into_iter().chain(taken).min()
        };
        self.due.values().filter_map(next).min()
    }

    pub(super) fn commit(&mut self, claim: &Claim, check: &CheckRecord) -> StoreResult<Committed> {
        let key = self.by_id.get(&claim.record.id).copied().ok_or(StoreError::Conflict)?;
        let row = self.row_mut(key)?;
        let owned = row.lease.is_some_and(|(token, _)| token == claim.lease.token);
        if !owned || row.version != claim.lease.version {
            return Err(StoreError::Conflict);
        }
        row.lease = None;
        self.apply(key, check)
    }

    /// Writes everything of a check.
    pub(super) fn apply(&mut self, key: i64, check: &CheckRecord) -> StoreResult<Committed> {
        let before = self.row(key)?.record.clone();
        let next = check.applied_to(&before);
        let evidence = self.evidence_of(&check.evidence);
        let mut numbers = Vec::new();
        for (new, number) in check.revisions.iter().zip(before.last_number + 1..) {
            let revision = new.numbered(number, evidence.as_ref().map(|kept| kept.sha256));
            self.log_changes(&next, &revision, &new.changes);
            let seq = self.number().unsigned_abs();
            self.row_mut(key)?.history.insert(number, Entry { seq, revision, evidence: evidence.clone() });
            numbers.push(number);
        }
        for step in &check.held {
            self.step(step, &evidence);
        }
        let row = self.row_mut(key)?;
        if next.counts != before.counts {
            row.add_point(CountPoint::new(check.at, next.counts));
        }
        if let Some(source) = &check.source {
            row.says(&before, source);
        }
        if let Some(span) = check.coverage.closes(before.coverage) {
            row.spans.push(span);
        }
        let got_name = next.got_name_since(&before);
        self.put(key, next.clone())?;
        if got_name {
            self.displace_others(key, &next, check)?;
        }
        Ok(Committed::new(numbers))
    }

    /// Other followed profiles had the name until now.
    fn displace_others(&mut self, key: i64, by: &ProfileRecord, check: &CheckRecord) -> StoreResult<()> {
        let others = self.holders(&by.username).map(|row| row.record.clone()).collect::<Vec<_>>();
        for other in others.iter().filter(|other| other.id != by.id) {
            if let Some(check) = check.displaces(other, by) {
                self.apply(self.key(other.id)?, &check)?;
            }
        }
        // It got the name after all others.
        self.row_mut(key)?.named = self.number();
        Ok(())
    }

    fn evidence_of(&self, source: &EvidenceSource) -> Kept {
        match source {
            EvidenceSource::None => None,
            EvidenceSource::New(evidence) => {
                Some(Arc::new(KeptEvidence::new(evidence.clone(), evidence.sha256())))
            }
            EvidenceSource::OfHeld(id) => self.held.get(&id.0).and_then(|(_, kept)| kept.clone()),
        }
    }

    fn step(&mut self, step: &HeldStep, evidence: &Kept) {
        match step {
            HeldStep::New(held) => {
                let id = self.number();
                self.held.insert(id, (Held { id: HeldId(id), ..(**held).clone() }, evidence.clone()));
            }
            HeldStep::Counted { id, confirmations, at } => {
                if let Some((held, _)) = self.held.get_mut(&id.0) {
                    (held.confirmations, held.counted_at) = (*confirmations, *at);
                }
            }
            HeldStep::Drop(id) => drop(self.held.remove(&id.0)),
            HeldStep::Reject(id) => {
                if let Some((held, _)) = self.held.get_mut(&id.0) {
                    held.rejected = true;
                }
            }
        }
    }

    pub(super) fn settle(
        &mut self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held> {
        let waiting = self.held.get(&id.0).filter(|(held, _)| !held.rejected);
        let held = waiting.ok_or(StoreError::NotFound("waiting change"))?.0.clone();
        let key = self.key(held.profile_id)?;
        let record = &self.row(key)?.record;
        let (check, action) = match decision {
            Decision::Accept => (judge::accept(record, &held, now), "held.accept"),
            Decision::Reject => (judge::reject(record, &held, now), REJECTED),
        };
        self.apply(key, &check)?;
        self.note(now, actor, action, Some(held.profile_id), Some(&id.to_string()));
        Ok(held)
    }

    pub(super) fn hold_off(&mut self, host: &str, until: Timestamp, reason: &str) {
        let wait = self.hosts.entry(host.to_owned()).or_insert_with(|| HostWait {
            host: host.to_owned(),
            not_before: until,
            reason: reason.to_owned(),
            strikes: 0,
        });
        wait.strikes += 1;
        if until > wait.not_before {
            (wait.not_before, wait.reason) = (until, reason.to_owned());
        }
    }
}

impl Row {
    fn new(record: ProfileRecord) -> Self {
        Self {
            record,
            version: 0,
            named: 0,
            history: BTreeMap::new(),
            points: Vec::new(),
            spans: Vec::new(),
            photos: Vec::new(),
            sources: BTreeMap::new(),
            lease: None,
        }
    }

    /// What a backend says now. Until when the one before it has said its own is known from the record.
    fn says(&mut self, before: &ProfileRecord, source: &Source) {
        if let Some((other, until)) = before.said_by_another(&source.fetcher)
            && let Some(other) = self.sources.get_mut(other)
        {
            other.observed_at = other.observed_at.max(until);
        }
        self.sources.insert(source.fetcher.clone(), source.clone());
    }

    /// Adds a measurement and thins what has become old.
    fn add_point(&mut self, point: CountPoint) {
        let last = self.points.last().map(|last| last.at);
        self.points.retain(|other| other.at != point.at);
        self.points.push(point);
        for step in last.into_iter().flat_map(|last| thinning::due(last, point.at)) {
            let bucket = |at: Timestamp| at.as_millis().div_euclid(step.bucket);
            let mut kept: Vec<CountPoint> = Vec::with_capacity(self.points.len());
            for point in self.points.drain(..) {
                let old = |at: Timestamp| at >= step.from && at < step.until;
                if kept
                    .last()
                    .is_some_and(|last| old(last.at) && old(point.at) && bucket(last.at) == bucket(point.at))
                {
                    kept.pop();
                }
                kept.push(point);
            }
            self.points = kept;
        }
    }
}
