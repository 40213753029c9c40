//! Bytes as they came: photos, and the raw answers that revisions were read from.

use bytes::Bytes;
use poem::http::{HeaderValue, header};
use poem::{IntoResponse, Response};
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Payload};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
use tgbio_core::store::KeptEvidence;
use tgbio_core::{PhotoBytes, PhotoId};

use super::Group;
use super::access::{By, Keeper, Reader};
use crate::http::Problem;

/// The operations.
pub(super) struct Files;

/// The media types that photos are kept in.
const PICTURES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// A photo. Its address names its content, so it may be kept for ever.
struct Picture(PhotoBytes);

impl IntoResponse for Picture {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(self.0.media_type)
            .header(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
            .header(header::CONTENT_SECURITY_POLICY, SANDBOX)
            .body(self.0.body)
    }
}

impl ApiResponse for Picture {
    fn meta() -> MetaResponses {
        let content = |content_type| MetaMediaType { content_type, schema: Binary::<Bytes>::schema_ref() };
        let picture = MetaResponse {
            description: "The picture.",
            status: Some(200),
            status_range: None,
            content: PICTURES.map(content).into(),
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![picture] }
    }

    fn register(_: &mut Registry) {}
}

/// A page of strangers: a browser may save it and never show it.
#[derive(ApiResponse)]
pub(super) enum RawAnswer {
    /// The bytes as they came, after transfer decoding.
    #[oai(status = 200)]
    Bytes(
        Binary<Bytes>,
        /// SHA-256 of the bytes, in hexadecimal and quotation marks.
        #[oai(header = "ETag")]
        String,
        /// The media type that came with the bytes.
        #[oai(header = "X-Evidence-Media-Type")]
        String,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "Content-Security-Policy")] String,
    ),
    /// The bytes are those that the client has.
    #[oai(status = 304)]
    Unchanged(#[oai(header = "ETag")] String),
}

const SANDBOX: &str = "default-src 'none'; sandbox";

impl RawAnswer {
    pub fn new(kept: KeptEvidence, has: Option<&str>) -> Self {
        let hash = hex::encode(kept.sha256);
        let etag = format!("\"{hash}\"");
        if has.is_some_and(|has| has.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
            return Self::Unchanged(etag);
        }
        let media_type = plain(&kept.evidence.media_type);
        let disposition = format!("attachment; filename=\"{hash}.bin\"");
        Self::Bytes(Binary(kept.evidence.body), etag, media_type, disposition, SANDBOX.to_owned())
    }
}

/// What another server sent as media type, if it can stand in a header.
fn plain(media_type: &str) -> String {
    HeaderValue::from_str(media_type)
        .map_or_else(|_| "application/octet-stream".to_owned(), |_| media_type.to_owned())
}

fn photo_id(sha256: &str) -> Option<PhotoId> {
    let mut hash = [0; 32];
    hex::decode_to_slice(sha256, &mut hash).ok()?;
    Some(PhotoId::sha256(&hash))
}

#[OpenApi(tag = "Group::History")]
impl Files {
    /// A photo by the hash of its bytes.
    #[oai(path = "/profiles/:p/photos/:sha256", method = "get", operation_id = "getPhoto")]
    async fn photo(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// SHA-256 of the picture's bytes: what follows `sha256:` in the field `photo`.
        #[oai(validator(pattern = "^[0-9a-f]{64}$"))]
        sha256: Path<String>,
    ) -> Result<Picture, Problem> {
        let missing = || Problem::not_found("no photo of this hash is kept for this profile");
        let (id, photo) = (by.profile(&p).await?.id, photo_id(&sha256).ok_or_else(missing)?);
        Ok(Picture(by.app.store().photo(id, &photo).await?.ok_or_else(missing)?))
    }

    /// The raw answer that a revision was read from.
    #[oai(path = "/profiles/:p/revisions/:number/evidence", method = "get", operation_id = "getEvidence")]
    async fn evidence(
        &self,
        by: By<Keeper>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// The revision's number.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        number: Path<u64>,
        /// `ETag` of the bytes that the client has.
        #[oai(name = "If-None-Match")]
        has: Header<Option<String>>,
    ) -> Result<RawAnswer, Problem> {
        let id = by.profile(&p).await?.id;
        let missing =
            || Problem::not_found("no raw answer is kept for this revision, or there is no such revision");
        let kept = by.app.store().evidence(id, number.0).await?.ok_or_else(missing)?;
        Ok(RawAnswer::new(kept, has.as_deref()))
    }
}
