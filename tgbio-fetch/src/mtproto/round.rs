//! Between two full looks: one glance at everybody who is followed, and a look at those who have moved.

use tgbio_core::store::{ProfileQuery, StoreError};
use tgbio_core::{FetchError, ProfileId, Target, Tracker};

use super::MtprotoFetcher;
use super::peers::PeerKind;

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

/// Why not everybody was glanced at; those who had moved among the others were looked at.
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
    /// While the call for persons or the one for channels and groups must wait or fails, the other kind goes on.
    ///
    /// # Errors
    /// [`RoundError`], of the first kind that failed; the next round begins anew.
    pub async fn glance_round(&self, tracker: &Tracker) -> Result<GlanceRound, RoundError> {
        let mut query = ProfileQuery { limit: AT_A_TIME, monitored: Some(true), ..ProfileQuery::default() };
        let (mut round, mut kinds, mut failed) = (GlanceRound::default(), PeerKind::ALL.to_vec(), None);
        while !kinds.is_empty() {
            let page = tracker.store().profiles(&query).await?;
            let followed: Vec<(ProfileId, Target)> =
                page.items.iter().map(|record| (record.id, record.target())).collect();
            let known = followed.iter().filter(|(_, target)| target.telegram_id.is_some());
            let targets: Vec<Target> = known.map(|(_, target)| target.clone()).collect();
            let (moved, failures) = self.glance_at_kinds(&mut kinds, &targets).await;
            failed = failed.or(failures);
            round.glanced += targets.len();
            round.moved += look_at_moved(tracker, &followed, &moved).await;
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        failed.map_or(Ok(round), |error| Err(error.into()))
    }

    /// Those who have moved, and the first failure. A kind that fails is not asked for again in this round.
    async fn glance_at_kinds(
        &self,
        kinds: &mut Vec<PeerKind>,
        targets: &[Target],
    ) -> (Vec<Target>, Option<FetchError>) {
        let (mut moved, mut failed) = (Vec::new(), None);
        for kind in std::mem::take(kinds) {
            match self.glance_at_kind(kind, targets, &mut moved).await {
                Ok(()) => kinds.push(kind),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        (moved, failed)
    }
}

/// Looks at those who have moved, and says how many they are.
async fn look_at_moved(tracker: &Tracker, followed: &[(ProfileId, Target)], moved: &[Target]) -> usize {
    let mut looked = 0;
    for (id, _) in followed.iter().filter(|(_, target)| moved.contains(target)) {
        looked += 1;
        // Somebody else may be looking at it just now, or it was removed meanwhile.
        if let Err(error) = tracker.check_now(*id).await {
            tracing::debug!(%error, "a profile that has moved was not looked at");
        }
    }
    looked
}
