//! Photos in memory.

use super::state::State;
use crate::store::{Committed, PhotoReading, StoreResult, photo};
use crate::{PhotoBytes, PhotoId, ProfileId};

impl State {
    pub(super) fn record_photo(&mut self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed> {
        let key = self.key(id)?;
        let check = photo::read(&self.row(key)?.record, reading);
        let done = self.apply(key, &check)?;
        let row = self.row_mut(key)?;
        let shown = row.record.state.as_ref().is_some_and(|state| state.photo_id().is_some());
        if let (Some(bytes), true) = (&reading.bytes, shown) {
            let id = photo::id_of(bytes);
            row.photos.retain(|(other, _)| *other != id);
            row.photos.push((id, bytes.clone()));
            let old = row.photos.len().saturating_sub(photo::KEPT);
            row.photos.drain(..old);
        }
        Ok(done)
    }

    pub(super) fn photo(&self, id: ProfileId, photo: &PhotoId) -> Option<PhotoBytes> {
        let row = self.rows.get(self.by_id.get(&id)?)?;
        row.photos.iter().find(|(kept, _)| kept == photo).map(|(_, bytes)| bytes.clone())
    }
}
