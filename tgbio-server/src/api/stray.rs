//! `/stray-pages`: raw pages that could not be judged, for whoever mends the reader.

use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use tgbio_core::store::{KeptEvidence, STRAY_PAGES};

use super::Group;
use super::access::{By, Keeper};
use super::files::RawAnswer;
use crate::http::Problem;
use crate::wire::{StrayPage, StrayPages};

/// The operations.
pub(super) struct Strays;

#[OpenApi(tag = "Group::Server")]
impl Strays {
    /// The newest pages that were not read, or not believed because their source has drifted: 1,000 at most, one an hour of
    /// each profile.
    #[oai(path = "/stray-pages", method = "get", operation_id = "listStrayPages")]
    async fn list(&self, by: By<Keeper>) -> Result<Json<StrayPages>, Problem> {
        let pages = by.app.store().stray_pages(STRAY_PAGES).await?;
        Ok(Json(StrayPages { items: pages.iter().map(StrayPage::from).collect(), next_cursor: None }))
    }

    /// The bytes of such a page, as they came.
    #[oai(path = "/stray-pages/:sha256", method = "get", operation_id = "getStrayPage")]
    async fn bytes(
        &self,
        by: By<Keeper>,
        /// SHA-256 of the bytes.
        #[oai(validator(pattern = "^[0-9a-f]{64}$"))]
        sha256: Path<String>,
        /// `ETag` of the bytes that the client has.
        #[oai(name = "If-None-Match")]
        has: Header<Option<String>>,
    ) -> Result<RawAnswer, Problem> {
        let pages = by.app.store().stray_pages(STRAY_PAGES).await?;
        let mut pages = pages.into_iter().map(|page| (page.evidence.sha256(), page.evidence));
        let found = pages.find(|(hash, _)| hex::encode(hash) == sha256.0);
        let (hash, evidence) =
            found.ok_or_else(|| Problem::not_found("no page of this hash is kept that was not judged"))?;
        Ok(RawAnswer::new(KeptEvidence::new(evidence, hash), has.as_deref()))
    }
}
