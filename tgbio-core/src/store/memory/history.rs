//! Histories in memory: reading them, removing from them, erasing them.

use super::state::{Entry, State, unplan};
use crate::coverage::Span;
use crate::sources::Source;
use crate::store::{
    Actor, AuditEntry, CountPoint, Held, LoggedChange, ProfileRecord, REJECTED, Rejected, Revision,
    StoreError, StoreResult, removal,
};
use crate::{Change, ProfileId, Timestamp};

impl State {
    pub(super) fn log_changes(&mut self, record: &ProfileRecord, revision: &Revision, changes: &[Change]) {
        for change in changes {
            self.log.push(LoggedChange {
                seq: self.log.len() as u64 + 1,
                profile_id: record.id,
                username: Some(record.username.clone()),
                revision: revision.number,
                field: change.field,
                before: change.before.clone(),
                after: change.after.clone(),
                last_seen_before: revision.last_seen_before,
                first_seen: revision.first_seen,
                removed: false,
            });
        }
    }

    fn entries(&self, id: ProfileId) -> impl DoubleEndedIterator<Item = &Entry> {
        let row = self.by_id.get(&id).and_then(|key| self.rows.get(key));
        row.into_iter().flat_map(|row| row.history.values())
    }

    pub(super) fn entry(&self, id: ProfileId, number: u64) -> Option<&Entry> {
        self.rows.get(self.by_id.get(&id)?)?.history.get(&number)
    }

    pub(super) fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> Vec<Revision> {
        let found = self.entries(id).map(|entry| &entry.revision).filter(|revision| revision.number > after);
        found.take(limit).cloned().collect()
    }

    pub(super) fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> Vec<Revision> {
        let found = self.entries(id).rev().map(|entry| &entry.revision);
        found.filter(|revision| revision.number < before).take(limit).cloned().collect()
    }

    pub(super) fn sources(&self, id: ProfileId) -> Vec<Source> {
        let row = self.by_id.get(&id).and_then(|key| self.rows.get(key));
        let own = |row: &super::state::Row| -> Vec<Source> {
            row.sources.values().map(|source| row.record.brought_up(source.clone())).collect()
        };
        row.map(own).unwrap_or_default()
    }

    pub(super) fn changes(&self, after: u64, limit: usize) -> Vec<LoggedChange> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.log.iter().skip(after).take(limit).cloned().collect()
    }

    pub(super) fn changes_of(&self, id: ProfileId, number: u64) -> Vec<Change> {
        let of = |entry: &&LoggedChange| entry.profile_id == id && entry.revision == number && !entry.removed;
        let change =
            |entry: &LoggedChange| Change::new(entry.field, entry.before.clone(), entry.after.clone());
        self.log.iter().filter(of).map(change).collect()
    }

    pub(super) fn counts(
        &self,
        id: ProfileId,
        (from, until): (Timestamp, Timestamp),
        limit: usize,
    ) -> Vec<CountPoint> {
        let row = self.by_id.get(&id).and_then(|key| self.rows.get(key));
        let points = row.into_iter().flat_map(|row| &row.points);
        let found: Vec<CountPoint> =
            points.filter(|point| (from..=until).contains(&point.at)).copied().collect();
        found[found.len().saturating_sub(limit)..].to_vec()
    }

    pub(super) fn coverage(&self, id: ProfileId, (from, until): (Timestamp, Timestamp)) -> Vec<Span> {
        let row = self.by_id.get(&id).and_then(|key| self.rows.get(key));
        let spans = row.into_iter().flat_map(|row| row.spans.iter().chain(&row.record.coverage));
        spans.filter(|span| span.from <= until && span.until >= from).copied().collect()
    }

    pub(super) fn waiting(&self, of: Option<ProfileId>, after: i64, limit: usize) -> Vec<Held> {
        let held =
            self.held.values().map(|(held, _)| held).filter(|held| held.id.0 > after && !held.rejected);
        held.filter(|held| of.is_none_or(|id| id == held.profile_id)).take(limit).cloned().collect()
    }

    pub(super) fn rejected(&self, of: ProfileId) -> Vec<Rejected> {
        let held = self.held.values().map(|(held, _)| held);
        let rejected = held.filter(|held| held.profile_id == of && held.rejected).cloned();
        rejected
            .map(|held| {
                let id = held.id.to_string();
                let its = |line: &&AuditEntry| {
                    line.action == REJECTED
                        && line.profile_id == Some(of)
                        && line.detail.as_ref() == Some(&id)
                };
                let line = self.audit.iter().rfind(its);
                Rejected::new(held, line.map(|line| (line.at, line.actor.clone())))
            })
            .collect()
    }

    pub(super) fn remove_revision(
        &mut self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        let key = self.key(id)?;
        let removed = self.entry(id, number).ok_or(StoreError::NotFound("revision"))?.revision.clone();
        let before = self.revisions_before(id, number, 1).pop();
        let after = self.revisions(id, number, 1).pop();
        let plan = removal::plan(before.as_ref(), &removed, after.as_ref());
        for gone in &plan.gone {
            self.row_mut(key)?.history.remove(gone);
            self.forget_changes(|entry| entry.profile_id == id && entry.revision == *gone);
        }
        if let Some((revision, changes)) = &plan.rewritten {
            self.rewrite(key, revision, changes)?;
        }
        let last_change = self.entries(id).skip(1).map(|entry| entry.revision.first_seen).max();
        let record = &self.row(key)?.record;
        let next = removal::record_after(record, &plan, (before.as_ref(), &removed), last_change);
        if plan.falls_back {
            self.correct_held(&next);
        }
        self.put(key, next)?;
        self.row_mut(key)?.sources.clear();
        self.note(now, actor, "revision.remove", Some(id), Some(&number.to_string()));
        Ok(())
    }

    fn forget_changes(&mut self, whose: impl Fn(&LoggedChange) -> bool) {
        for entry in self.log.iter_mut().filter(|entry| whose(entry)) {
            (entry.before, entry.after, entry.removed) = (None, None, true);
        }
    }

    fn rewrite(&mut self, key: i64, revision: &Revision, changes: &[Change]) -> StoreResult<()> {
        let record = self.row(key)?.record.clone();
        let logged = self.changes_of(record.id, revision.number);
        for entry in self.log.iter_mut().filter(|entry| entry.profile_id == record.id) {
            if entry.revision != revision.number || entry.removed {
                continue;
            }
            match changes.iter().find(|change| change.field == entry.field) {
                Some(change) => {
                    (entry.before, entry.after) = (change.before.clone(), change.after.clone());
                    entry.last_seen_before = revision.last_seen_before;
                }
                None => (entry.before, entry.after, entry.removed) = (None, None, true),
            }
        }
        let new = changes.iter().filter(|change| logged.iter().all(|entry| entry.field != change.field));
        self.log_changes(&record, revision, &new.cloned().collect::<Vec<_>>());
        let seq = self.number().unsigned_abs();
        if let Some(entry) = self.row_mut(key)?.history.get_mut(&revision.number) {
            (entry.seq, entry.revision) = (seq, revision.clone());
        }
        Ok(())
    }

    /// What waits was judged against the state that is gone.
    fn correct_held(&mut self, next: &ProfileRecord) {
        for old in self.held_of(next.id) {
            match (removal::held_after(&old, next), self.held.get_mut(&old.id.0)) {
                (Some(corrected), Some((held, _))) => *held = corrected,
                _ => drop(self.held.remove(&old.id.0)),
            }
        }
    }

    pub(super) fn erase(
        &mut self,
        id: ProfileId,
        opt_out: bool,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()> {
        let key = self.key(id)?;
        let Some(row) = self.rows.remove(&key) else { return Ok(()) };
        self.by_id.remove(&id);
        unplan(&mut self.due, &row.record, key);
        self.held.retain(|_, (held, _)| held.profile_id != id);
        self.strays.retain(|page| page.profile_id != id);
        self.forget_changes(|entry| entry.profile_id == id);
        self.log.iter_mut().filter(|entry| entry.profile_id == id).for_each(|entry| entry.username = None);
        if opt_out {
            self.opted_out.insert(row.record.username);
        }
        self.note(now, actor, "profile.erase", Some(id), opt_out.then_some("opted out"));
        Ok(())
    }
}
