//! The body of a request: JSON whose mistakes are told by field.

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::payload::{Json, ParsePayload, Payload};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::document;
use crate::http::{Problem, Schemas, kinds};

/// A body of JSON. In the document it is the same as [`Json<T>`](Json).
pub(super) struct Sent<T>(pub T);

impl<T: Type> Payload for Sent<T> {
    const CONTENT_TYPE: &'static str = Json::<T>::CONTENT_TYPE;

    fn check_content_type(content_type: &str) -> bool {
        Json::<T>::check_content_type(content_type)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ParseFromJSON> ParsePayload for Sent<T> {
    const IS_REQUIRED: bool = T::IS_REQUIRED;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = <Vec<u8> as FromRequest>::from_request(request, body).await?;
        Ok(read(&bytes).map(Self)?)
    }
}

fn read<T: ParseFromJSON>(bytes: &[u8]) -> Result<T, Problem> {
    let bad = |detail: String| Problem::new(kinds::BAD_BODY, detail);
    if bytes.is_empty() {
        return Err(bad("the body is missing: a JSON object is expected".to_owned()));
    }
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| bad(format!("the body is not valid JSON: {error}")))?;
    T::parse_from_json(Some(value.clone())).map_err(|_| bad(wrong(&T::name(), &value)))
}

fn wrong(name: &str, value: &Value) -> String {
    let schemas = Schemas::of(document::value());
    let wrong = schemas.wrong_body(value, schemas.named(name));
    wrong.unwrap_or_else(|| "a field of the body has a value that cannot be used".to_owned())
}

fn not_json() -> Problem {
    let detail = "the body has to be JSON: send it with the header `Content-Type: application/json`";
    Problem::new(kinds::UNSUPPORTED_MEDIA_TYPE, detail)
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Sent<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content =
            MetaMediaType { content_type: Self::CONTENT_TYPE, schema: <Self as Payload>::schema_ref() };
        Some(MetaRequest { description: None, content: vec![content], required: Self::IS_REQUIRED })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        if !request.content_type().is_some_and(Self::check_content_type) {
            return Err(not_json().into());
        }
        <Self as ParsePayload>::from_request(request, body).await
    }
}
