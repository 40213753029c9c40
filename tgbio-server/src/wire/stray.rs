//! Pages that could not be judged, in JSON.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::store;
use uuid::Uuid;

use super::Time;

/// A page that was not read, or not believed because its source has drifted; its bytes have an address of their own.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "StrayPage")]
pub struct StrayPage {
    /// Whose page was asked for.
    pub profile_id: Uuid,
    /// When it came.
    pub at: Time,
    /// The backend.
    pub fetcher: String,
    /// Why it was not judged: `layout` (it has no layout that is known) or `drift` (it lacks what was lost).
    pub reason: String,
    /// The address that was read.
    pub url: String,
    /// The HTTP status; 0 where there is none.
    pub status: u16,
    /// The media type that came with the bytes.
    pub media_type: String,
    /// How many bytes there are.
    pub length: u64,
    /// SHA-256 of the bytes.
    pub sha256: String,
}

/// The kept pages.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "StrayPages")]
pub struct StrayPages {
    /// The pages, newest first.
    pub items: Vec<StrayPage>,
    /// Always `null`: so few are kept that there is one list of them.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

impl From<&store::StrayPage> for StrayPage {
    fn from(page: &store::StrayPage) -> Self {
        let kept = &page.evidence;
        Self {
            profile_id: page.profile_id.uuid(),
            at: page.at.into(),
            fetcher: page.fetcher.clone(),
            reason: page.reason.clone(),
            url: kept.url.clone(),
            status: kept.status,
            media_type: kept.media_type.clone(),
            length: kept.body.len() as u64,
            sha256: hex::encode(kept.sha256()),
        }
    }
}
