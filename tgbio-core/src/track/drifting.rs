//! What drift keeps from being judged of one look.

use super::watch::Standing;
use crate::judge::Look;
use crate::store::CheckRecord;
use crate::{FetchError, Field, Observation, drift};

/// What a look has not seen, although it looks as if, because its source has drifted.
pub(super) struct Drifting {
    /// The fields.
    pub unseen: Vec<Field>,
    /// The look without them, where there are any.
    masked: Option<Observation>,
    /// Nothing new is believed of the whole backend.
    all: bool,
}

impl Drifting {
    pub fn of(standing: &Standing, look: &Result<Observation, FetchError>) -> Self {
        let fetcher = look.as_ref().map_or_else(FetchError::fetcher, |observation| &*observation.fetcher);
        let (broken, all) = standing.broken(fetcher);
        let seen = look.as_ref().ok();
        let unseen = seen.map_or_else(Vec::new, |seen| drift::unseen(&seen.profile, &broken));
        let masked = seen
            .filter(|_| !unseen.is_empty())
            .map(|seen| Observation { profile: drift::masked(&seen.profile, &unseen), ..seen.clone() });
        Self { unseen, masked, all }
    }

    /// What is judged of the look.
    pub fn seen<'a>(&'a self, look: &'a Result<Observation, FetchError>) -> Look<'a> {
        self.masked.as_ref().map_or(look.as_ref(), Ok)
    }

    /// Whether nothing of this is written.
    pub fn stops(&self, check: &CheckRecord) -> bool {
        self.all && drift::tells_news(check)
    }
}
