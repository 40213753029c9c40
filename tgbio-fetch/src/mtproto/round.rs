//! Between two full looks: one glance at everybody who is followed, and a look at those who have moved.

use tgbio_core::store::{ProfileQuery, StoreError};
use tgbio_core::{FetchError, ProfileId, Target, Tracker};

use super::MtprotoFetcher;

/// Followed profiles that are read from the store at a time: as many as one glance takes.
const AT_A_TIME: usize = 100;

/// What a round has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GlanceRound {
    /// Profiles that were glanced at.
    pub glanced: usize,
    /// Those of them who had moved, and were looked at.
    pub moved: usize,
}

/// Why a round ended early; what was looked at before is kept.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RoundError {
    /// Telegram did not answer, or must not be asked now.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MtprotoFetcher {
    /// [Glances](Self::glance) at everybody whom the tracker follows and whose Telegram id is known, a hundred per call,
    /// and checks those at once whose names, photo or badges have moved. A server does so every few minutes: a profile
    /// whose own turn comes in hours is then seen to be renamed within minutes, for a hundredth of the calls.
    ///
    /// # Errors
    /// [`RoundError`]; the next round begins anew.
    pub async fn glance_round(&self, tracker: &Tracker) -> Result<GlanceRound, RoundError> {
        let mut query = ProfileQuery { limit: AT_A_TIME, monitored: Some(true), ..ProfileQuery::default() };
        let mut round = GlanceRound::default();
        loop {
            let page = tracker.store().profiles(&query).await?;
            let followed: Vec<(ProfileId, Target)> =
                page.items.iter().map(|record| (record.id, record.target())).collect();
            self.look_at_moved(tracker, &followed, &mut round).await?;
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return Ok(round),
            }
        }
    }

    async fn look_at_moved(
        &self,
        tracker: &Tracker,
        followed: &[(ProfileId, Target)],
        round: &mut GlanceRound,
    ) -> Result<(), RoundError> {
        let known = followed.iter().filter(|(_, target)| target.telegram_id.is_some());
        let targets: Vec<Target> = known.map(|(_, target)| target.clone()).collect();
        let moved = self.glance(&targets).await?;
        round.glanced += targets.len();
        for (id, _) in followed.iter().filter(|(_, target)| moved.contains(target)) {
            round.moved += 1;
            // Somebody else may be looking at it just now, or it was removed meanwhile.
            if let Err(error) = tracker.check_now(*id).await {
                tracing::debug!(%error, "a profile that has moved was not looked at");
            }
        }
        Ok(())
    }
}
