//! Finding the profile that a path names.

use tgbio_core::ProfileId;
use tgbio_core::store::{ProfileKey, ProfileRecord, RecordVersion};

use super::html::Html;
use super::visitor::Visitor;
use crate::http::Problem;

fn unknown() -> Problem {
    Problem::not_found("no profile of this name or id is followed")
}

fn key(name: &str) -> Result<ProfileKey, Problem> {
    ProfileKey::parse(name).map_err(|_| unknown())
}

/// The followed profile with this id or username.
pub(super) async fn profile(visitor: &Visitor, name: &str) -> Result<ProfileRecord, Problem> {
    visitor.web.app.store().profile(&key(name)?).await?.ok_or_else(unknown)
}

/// The followed profile with this id.
pub(super) async fn profile_of(visitor: &Visitor, id: ProfileId) -> Result<ProfileRecord, Problem> {
    visitor.web.app.store().profile(&id.into()).await?.ok_or_else(unknown)
}

/// Which writing of the record of the profile with this id or username there is.
pub(super) async fn version(visitor: &Visitor, name: &str) -> Result<RecordVersion, Problem> {
    visitor.web.app.store().version(&key(name)?).await?.ok_or_else(unknown)
}

/// What a path calls a profile: its username, or its id when the name is not its any more.
pub(super) fn called(record: &ProfileRecord) -> String {
    if record.holds_name() { record.username.to_string() } else { record.id.to_string() }
}

/// A username as lists show it: crossed out when it is not the profile's any more.
pub(super) fn handle(record: &ProfileRecord) -> Html {
    let name = Html::text(&format!("@{}", record.username));
    if record.holds_name() {
        return name;
    }
    let mut lost = Html::default();
    lost.markup("<del>").push(&name).markup("</del>");
    lost
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
