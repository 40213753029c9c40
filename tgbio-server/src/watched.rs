//! How well a profile was watched in a period, and whether anything changed in it: one answer for the API and the pages.

use tgbio_core::Timestamp;
use tgbio_core::coverage::Watch;
use tgbio_core::store::{PhotoSight, ProfileRecord, ProfileStore, Revision, StoreResult};

use crate::state::App;

/// Revisions that are read at a time.
const AT_ONCE: usize = 100;
/// Higher than any revision number, and still a number for every store.
const ABOVE_ALL: u64 = 1 << 53;

/// What is known about a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The spans, the gaps, and how late a change would have been seen.
    pub watch: Watch,
    /// Whether the profile was seen before the period began, or when it began: a change before the first look is never seen.
    pub from_the_start: bool,
    /// How many revisions tell of a change that happened, or may have happened, in it.
    pub changes: u64,
    /// Until when it can be said that nothing has changed: the same state was seen whole then, and no photo was shown that was
    /// not read.
    pub unchanged_until: Option<Timestamp>,
    /// Whether the photo that is shown now is the one that is kept.
    pub photo: PhotoSight,
}

impl Watched {
    /// What is known about a period that does not end before it begins.
    ///
    /// # Errors
    /// As reading.
    pub async fn over(
        app: &App,
        record: &ProfileRecord,
        from: Timestamp,
        until: Timestamp,
    ) -> StoreResult<Self> {
        let (store, now) = (&**app.store(), app.now());
        let spans = store.coverage(record.id, from, until.max(now)).await?;
        let next = spans.iter().map(|span| span.from).find(|next| *next > until);
        let pause = record.longest_pause(until, app.tracker.rules());
        let watch = Watch::over(&spans, from, until, pause).looked_at_next(next.unwrap_or(now));
        let changes = changes(store, record, from, until).await?;
        let from_the_start = record.first_observed_at.is_some_and(|first| first <= from);
        let seen = sure_until(record).map(|seen| seen.min(until));
        let unchanged_until = seen.filter(|seen| changes == 0 && from_the_start && *seen > from);
        Ok(Self { watch, from_the_start, changes, unchanged_until, photo: record.photo_sight() })
    }
}

/// Until when it is known that the profile was as it is kept: its state was seen whole then, and its photo, if one was read,
/// was not shown with another address. Of photos that were never read nothing is said.
pub fn sure_until(record: &ProfileRecord) -> Option<Timestamp> {
    let seen = record.state_seen_at();
    match record.photo_sight() {
        PhotoSight::Unread { known_until: Some(known) } => seen.map(|seen| seen.min(known)),
        _ => seen,
    }
}

/// From the newest revision backwards, until one was written before the period began: nothing older can lie in it.
async fn changes(
    store: &dyn ProfileStore,
    record: &ProfileRecord,
    from: Timestamp,
    until: Timestamp,
) -> StoreResult<u64> {
    let (mut changes, mut before) = (0, ABOVE_ALL);
    loop {
        let revisions = store.revisions_before(record.id, before, AT_ONCE).await?;
        for revision in &revisions {
            if revision.confirmed_at <= from && revision.corrected_at.is_none() {
                return Ok(changes);
            }
            changes += u64::from(changed_within(revision, from, until));
        }
        match revisions.last() {
            Some(oldest) if revisions.len() == AT_ONCE => before = oldest.number,
            _ => return Ok(changes),
        }
    }
}

/// Whether the interval in which the change happened touches the period. The first revision is no change.
fn changed_within(revision: &Revision, from: Timestamp, until: Timestamp) -> bool {
    let after = revision.last_seen_before.is_some_and(|before| before < until);
    after && revision.first_seen > from && !revision.changed.is_empty()
}
