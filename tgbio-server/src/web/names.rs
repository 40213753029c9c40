//! Finding the profile that a path names.

use tgbio_core::ProfileId;
use tgbio_core::store::{ProfileKey, ProfileRecord};

use super::visitor::Visitor;
use crate::http::Problem;

/// The followed profile with this id or username.
pub(super) async fn profile(visitor: &Visitor, name: &str) -> Result<ProfileRecord, Problem> {
    let unknown = || Problem::not_found("no profile of this name or id is followed");
    let key = ProfileKey::parse(name).map_err(|_| unknown())?;
    visitor.web.app.store().profile(&key).await?.ok_or_else(unknown)
}

/// What a path calls a profile: its username, or its id when the name is not its any more.
pub(super) fn called(record: &ProfileRecord) -> String {
    if record.holds_name() { record.username.to_string() } else { record.id.to_string() }
}

/// The address of a profile's page.
pub(super) fn address(record: &ProfileRecord) -> String {
    format!("/profiles/{}", called(record))
}

/// As [`address`], when the profile may be gone.
pub(super) async fn address_of(visitor: &Visitor, id: ProfileId) -> String {
    let found = visitor.web.app.store().profile(&ProfileKey::Id(id)).await;
    found.ok().flatten().map_or_else(|| "/".to_owned(), |record| address(&record))
}
