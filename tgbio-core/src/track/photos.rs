//! Reading a profile's photo, apart from the looks: a photo that cannot be had delays nothing.

use std::time::Duration;

use super::Tracker;
use crate::store::{
    CheckRecord, Claim, Committed, PhotoReading, PhotoSight, ProfileKey, ProfileRecord, StoreResult,
};
use crate::{Photo, ProfileId, Timestamp};

/// A profile's photo is asked for at most once in this time, so that another one is seen as much later than other changes, and
/// one that is shown for a shorter time may be missed.
pub const PHOTO_ONCE_IN: Duration = Duration::from_secs(3600);

/// The photo whose bytes are wanted: its address is not the one that was read last, and the last attempt is long ago.
pub(super) fn wanted(record: &ProfileRecord, now: Timestamp) -> Option<Photo> {
    let photo = record.state.as_ref()?.photo.present()?;
    let tried_lately =
        record.photo.tried_at.is_some_and(|tried| now.since(tried) < PHOTO_ONCE_IN && tried <= now);
    let unread = matches!(record.photo_sight(), PhotoSight::Unread { .. });
    (unread && !tried_lately).then(|| photo.clone())
}

impl Tracker {
    pub(super) fn photo_due_after(&self, claim: &Claim, check: &CheckRecord) -> bool {
        self.inner.fetcher.capabilities().photos
            && wanted(&check.applied_to(&claim.record), check.at).is_some()
    }

    /// Reads a profile's photo if it is due, and remembers it. A failed attempt is remembered as well and is no error.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError): nothing was remembered.
    pub async fn read_photo(&self, id: ProfileId) -> StoreResult<Committed> {
        let Some(record) = self.inner.store.profile(&ProfileKey::Id(id)).await? else {
            return Ok(Committed::default());
        };
        let Some(photo) = wanted(&record, self.inner.clock.now()) else { return Ok(Committed::default()) };
        let bytes = match self.inner.fetcher.photo(&record.target(), &photo).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::debug!(profile = %id, outcome = error.outcome(), reason = error.reason(), "photo not read");
                None
            }
        };
        let (url, at) = (photo.url.unwrap_or_default(), self.inner.clock.now());
        let reading = PhotoReading::new(url, bytes, at, self.inner.fetcher.name(), "photo/1");
        self.inner.store.record_photo(id, &reading).await
    }
}
