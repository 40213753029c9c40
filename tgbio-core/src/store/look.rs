//! The part of a record that every look moves, whatever it finds.

#[cfg(feature = "sqlite")]
use crate::Counts;
use crate::coverage::{CoverageStep, Span};
#[cfg(feature = "sqlite")]
use crate::store::PhotoProgress;
use crate::store::{CheckRecord, ProfileRecord};
use crate::{Health, Timestamp};

/// What stands in a record about the looks themselves.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub next_check_at: Option<Timestamp>,
    pub last_checked_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    pub health: Option<Health>,
    pub coverage: Option<Span>,
    pub photo_seen_at: Option<Timestamp>,
}

impl Look {
    /// That of a record.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of(record: &ProfileRecord) -> Self {
        Self {
            next_check_at: record.next_check_at,
            last_checked_at: record.last_checked_at,
            last_seen_at: record.last_seen_at,
            health: record.health.clone(),
            coverage: record.coverage,
            photo_seen_at: record.photo.seen_at,
        }
    }

    /// Puts it into the record that it belongs to.
    pub(crate) fn put(self, record: &mut ProfileRecord) {
        record.next_check_at = self.next_check_at;
        record.last_checked_at = self.last_checked_at;
        record.last_seen_at = self.last_seen_at;
        record.health = self.health;
        record.coverage = self.coverage;
        record.photo.seen_at = self.photo_seen_at;
    }
}

impl CheckRecord {
    /// What stands in the record about the looks after this one.
    pub(super) fn look(&self, record: &ProfileRecord) -> Look {
        Look {
            next_check_at: record.monitored.then_some(self.next_check_at),
            last_checked_at: Some(self.at),
            last_seen_at: if self.seen { Some(self.at) } else { record.last_seen_at },
            health: Some(self.health.clone()),
            coverage: match self.coverage {
                CoverageStep::Keep => record.coverage,
                CoverageStep::Extend(span) | CoverageStep::Open(span) => Some(span),
            },
            photo_seen_at: self.photo.as_ref().map_or(record.photo.seen_at, |photo| photo.seen_at),
        }
    }

    /// The same, if nothing else becomes different and nothing is added anywhere: the usual case.
    #[cfg(feature = "sqlite")]
    pub(super) fn only_looked(&self, record: &ProfileRecord) -> Option<Look> {
        // Every part is named, so that none is forgotten.
        let Self {
            at: _,
            health: _,
            presence,
            state,
            source,
            seen,
            counts,
            revisions,
            held,
            coverage,
            next_check_at: _,
            failures,
            evidence: _,
            photo,
        } = self;
        let same_counts = |counts: Counts| counts.or(record.counts) == record.counts;
        let reads_photo = |photo: &PhotoProgress| {
            photo.read_url != record.photo.read_url || photo.tried_at != record.photo.tried_at
        };
        let closes = matches!(coverage, CoverageStep::Open(_)) && record.coverage.is_some();
        let only = revisions.is_empty()
            && held.is_empty()
            && state.is_none()
            && source.is_none()
            && *presence == record.presence
            && *failures == record.failures
            && counts.is_none_or(same_counts)
            && (!*seen || record.first_observed_at.is_some())
            && !photo.as_ref().is_some_and(reads_photo)
            && !closes;
        only.then(|| self.look(record))
    }
}
