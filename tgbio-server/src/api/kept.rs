//! The answer about one profile, which programs ask for again and again.

use tgbio_core::store::ProfileKey;

use super::access::{By, Reader};
use crate::http::Problem;
use crate::wire::{FollowedProfile, Written};

/// The followed profile that the path names, as the caller may see it.
pub(super) async fn profile(by: &By<Reader>, p: &str) -> Result<Written<FollowedProfile>, Problem> {
    let (store, answers, keeps) = (by.app.store(), by.app.answers(), by.keeps());
    // The version comes first: what is read behind it can only be newer.
    let version = store.version(&ProfileKey::parse(p)?).await?.ok_or_else(not_followed)?;
    if let Some(body) = answers.get(version, &keeps) {
        return Ok(body.into());
    }
    let record = store.profile(&version.id.into()).await?.ok_or_else(not_followed)?;
    let profile = FollowedProfile::new(&record);
    let profile = if keeps { profile } else { profile.for_strangers() };
    let written = Written::new(&profile).map_err(|error| Problem::internal(&error))?;
    answers.put(version, keeps, written.bytes().clone(), written.bytes().len());
    Ok(written)
}

/// No such profile.
pub(super) fn not_followed() -> Problem {
    Problem::not_found("no profile of this id or username is followed")
}
