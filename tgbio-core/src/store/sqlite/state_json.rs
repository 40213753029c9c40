//! A state as JSON, written out once for all rows of a check that hold it.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::codec::to_json;
use crate::Profile;
use crate::store::StoreResult;

/// The state that a profile has from now on.
#[derive(Debug)]
pub(super) struct StateJson<'a> {
    state: Option<&'a Profile>,
    json: OnceCell<Cow<'a, str>>,
}

impl<'a> StateJson<'a> {
    pub(super) fn new(state: Option<&'a Profile>) -> Self {
        Self { state, json: OnceCell::new() }
    }

    /// A state that was written out before.
    pub(super) fn written(state: Option<&'a Profile>, json: Option<&'a str>) -> Self {
        Self { state, json: json.map_or_else(OnceCell::new, |json| Cow::Borrowed(json).into()) }
    }

    /// The JSON, if the state was written out.
    pub(super) fn into_json(self) -> Option<String> {
        self.json.into_inner().map(Cow::into_owned)
    }

    /// The state's JSON.
    pub(super) fn state(&self) -> StoreResult<Option<&str>> {
        self.state.map(|state| self.once(state)).transpose()
    }

    /// Whether a profile is that state, and is written alike.
    pub(super) fn is_of(&self, profile: &Profile) -> bool {
        self.state.is_some_and(|state| state.is_spelt_alike(profile))
    }

    /// The same but for the identity of the photo, which `profile` does not tell.
    pub(super) fn is_of_without_photo_id(&self, profile: &Profile) -> bool {
        let known = self.state.filter(|state| state.photo_id().is_some() && profile.photo_id().is_none());
        known.is_some_and(|state| state.without_photo_id().is_spelt_alike(profile))
    }

    /// The JSON of a profile, which mostly is that state.
    pub(super) fn of(&self, profile: &Profile) -> StoreResult<Cow<'_, str>> {
        match self.state.filter(|state| state.is_spelt_alike(profile)) {
            Some(state) => {
                let json = self.once(state)?;
                debug_assert_eq!(to_json(profile).ok().as_deref(), Some(json));
                Ok(Cow::Borrowed(json))
            }
            None => to_json(profile).map(Cow::Owned),
        }
    }

    fn once(&self, state: &Profile) -> StoreResult<&str> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let json = to_json(state)?;
        Ok(self.json.get_or_init(|| Cow::Owned(json)))
    }
}
