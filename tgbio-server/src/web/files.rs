//! Photos and raw pages. They come from strangers, so browsers may show pictures and only save pages.

use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};
use tgbio_core::PhotoId;

use super::names;
use super::visitor::{Reply, Visitor};
use crate::http::Problem;

/// Nothing in the file can do anything, even when it is opened by itself.
const INERT: &str = "default-src 'none'; sandbox";

#[handler]
pub(super) async fn photo(visitor: Visitor, Path((name, sha256)): Path<(String, String)>) -> Reply {
    visitor.reads()?;
    let none = || Problem::not_found("there is no such photo");
    let record = names::profile(&visitor, &name).await?;
    let hash: [u8; 32] = hex::decode(&sha256).ok().and_then(|hash| hash.try_into().ok()).ok_or_else(none)?;
    let photo = visitor.web.app.store().photo(record.id, &PhotoId::sha256(&hash)).await?.ok_or_else(none)?;
    Ok(Response::builder()
        .content_type(photo.media_type)
        .header(header::CONTENT_SECURITY_POLICY, INERT)
        .header(header::CACHE_CONTROL, "private, max-age=86400")
        .body(photo.body))
}

#[handler]
pub(super) async fn evidence(visitor: Visitor, Path((name, number)): Path<(String, u64)>) -> Reply {
    visitor.reads()?;
    let record = names::profile(&visitor, &name).await?;
    let found = visitor.web.app.store().evidence(record.id, number).await?;
    let kept = found.ok_or_else(|| Problem::not_found("no raw page is kept for this revision"))?;
    let file = format!("attachment; filename=\"{}-{number}.html.txt\"", record.username);
    Ok(Response::builder()
        .content_type("text/plain; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, file)
        .header(header::CONTENT_SECURITY_POLICY, INERT)
        .header(header::CACHE_CONTROL, "no-store")
        .body(kept.evidence.body))
}
