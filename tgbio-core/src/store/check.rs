//! What one look writes, as data: judged by pure rules, remembered by a store in one transaction.

use crate::coverage::CoverageStep;
use crate::sources::Source;
use crate::store::{EvidenceSource, Held, HeldStep, NewRevision, PhotoProgress, ProfileRecord};
use crate::{Counts, Health, Presence, Profile, Target, Timestamp};

/// Permission to look at a profile, for a time: nobody else looks meanwhile.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claim {
    /// The profile as it was when it was claimed.
    pub record: ProfileRecord,
    /// Its waiting and rejected changes.
    pub held: Vec<Held>,
    /// Proves the claim to the store.
    pub lease: Lease,
}

impl Claim {
    /// A claim; only stores make one.
    pub fn new(record: ProfileRecord, held: Vec<Held>, lease: Lease) -> Self {
        Self { record, held, lease }
    }

    /// Whom to ask for: where the name is perhaps somebody else's, only the id counts.
    pub fn target(&self) -> Target {
        let target = self.record.target();
        let only_by_id = target.only_by_id || crate::judge::is_doubted(&self.held);
        target.only_by_id(only_by_id)
    }
}

/// Proves a claim: the number of the lease, and the version of the record that was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The lease's own number.
    pub token: i64,
    /// Every write to the record makes it one more.
    pub version: i64,
}

/// What a look changes. Everything in it is written or nothing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CheckRecord {
    /// When the look ended.
    pub at: Timestamp,
    /// How it ended.
    pub health: Health,
    /// The presence from now on.
    pub presence: Presence,
    /// The present state, when it differs from the one kept, and who saw it.
    pub state: Option<(Profile, String)>,
    /// The look saw the present state.
    pub seen: bool,
    /// New measurements.
    pub counts: Option<Counts>,
    /// Revisions to write, in order.
    pub revisions: Vec<NewRevision>,
    /// What becomes of waiting changes.
    pub held: Vec<HeldStep>,
    /// What becomes of the coverage.
    pub coverage: CoverageStep,
    /// When to look next.
    pub next_check_at: Timestamp,
    /// Failed looks in a row.
    pub failures: u32,
    /// The answer, kept with every revision and every new suspicion.
    pub evidence: EvidenceSource,
    /// How far the reading of the photo is, when that changed.
    pub photo: Option<PhotoProgress>,
    /// What the backend says, when that may differ from what it said before.
    pub source: Option<Box<Source>>,
}

impl CheckRecord {
    /// A look that changes nothing but the bookkeeping.
    pub fn nothing(record: &ProfileRecord, health: Health, next_check_at: Timestamp) -> Self {
        Self {
            at: health.at,
            health,
            presence: record.presence,
            state: None,
            seen: false,
            counts: None,
            revisions: Vec::new(),
            held: Vec::new(),
            coverage: CoverageStep::Keep,
            next_check_at,
            failures: record.failures,
            evidence: EvidenceSource::None,
            photo: None,
            source: None,
        }
    }

    /// What this look, after which `by` has a name, writes into another profile that had it until now.
    pub(crate) fn displaces(&self, other: &ProfileRecord, by: &ProfileRecord) -> Option<Self> {
        let told = self.revisions.last().map(|revision| (&*revision.fetcher, &*revision.parser));
        // What a decision counts as the time of the last look may lie before the name was seen.
        let told_at = self.revisions.last().map_or(self.at, |revision| revision.confirmed_at);
        crate::judge::displaced(other, by.state.as_ref()?, told.unwrap_or_default(), told_at)
    }

    /// The record after this look: the one place that says what a look means for the bookkeeping.
    ///
    /// Revision numbers, held rows, closed spans and evidence are the store's part.
    pub fn applied_to(&self, record: &ProfileRecord) -> ProfileRecord {
        let mut next = record.clone();
        next.presence = self.presence;
        next.failures = self.failures;
        if let Some((profile, fetcher)) = &self.state {
            next.username = profile.username.clone();
            next.state = Some(profile.clone());
            next.state_fetcher = Some(fetcher.clone());
        }
        if self.seen {
            next.first_observed_at = next.first_observed_at.or(Some(self.at));
        }
        if let Some(counts) = self.counts {
            next.counts = counts.or(record.counts);
        }
        if let Some(photo) = &self.photo {
            next.photo = photo.clone();
        }
        if let Some(source) = &self.source {
            next.seen_by = Some(source.fetcher.clone());
        }
        self.look(record).put(&mut next);
        for revision in &self.revisions {
            next.revisions += 1;
            next.last_number += 1;
            if !revision.changes.is_empty() {
                next.last_changed_at = next.last_changed_at.max(Some(revision.first_seen));
            }
        }
        next
    }
}

/// What a store did with a look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Committed {
    /// The numbers of the new revisions.
    pub numbers: Vec<u64>,
}

impl Committed {
    /// New revisions with these numbers.
    pub fn new(numbers: Vec<u64>) -> Self {
        Self { numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Health, Observed, Outcome, ProfileId, Username};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn account(id: u64) -> ProfileRecord {
        let name = Username::parse("someone").unwrap();
        let mut record = ProfileRecord::new(ProfileId::new(), name.clone(), at(0));
        let state = record.state.insert(Profile::new(name));
        state.telegram_id = Observed::Present(id);
        record
    }

    /// A person decides long after the look that counts as the last one of whoever has got the name.
    #[test]
    fn who_loses_a_name_loses_it_when_that_was_seen() {
        let (mut other, by) = (account(1), account(2));
        other.last_seen_at = Some(at(20));
        let mut check = CheckRecord::nothing(&by, Health::new(Outcome::Profile, None, at(10)), at(99));
        check.revisions.push(NewRevision {
            changes: Vec::new(),
            profile: by.state.clone().unwrap(),
            presence: Presence::Present,
            counts: Counts::default(),
            last_seen_before: Some(at(5)),
            first_seen: at(15),
            confirmed_at: at(30),
            fetcher: "test".into(),
            parser: "test/1".into(),
        });
        let loses = |check: &CheckRecord| check.displaces(&other, &by).unwrap().revisions.remove(0);
        let lost = loses(&check);
        assert_eq!(
            (lost.last_seen_before, lost.first_seen, lost.confirmed_at),
            (Some(at(20)), at(30), at(30))
        );
        check.revisions[0].confirmed_at = at(15);
        let lost = loses(&check);
        assert_eq!(
            (lost.last_seen_before, lost.first_seen),
            (Some(at(15)), at(15)),
            "in this order at least"
        );
    }
}
