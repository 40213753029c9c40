//! JSON that is written already: an answer that is given more than once is put into bytes once.

use std::marker::PhantomData;

use bytes::Bytes;
use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde::Serialize;

/// The JSON of a `T`, for operations that declare it. In the document it is the same as [`Json<T>`](Json).
#[derive(Debug)]
pub struct Written<T> {
    bytes: Bytes,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    /// Writes a value, without the detour over a tree of JSON values.
    ///
    /// # Errors
    /// Of the value's own `Serialize`.
    pub fn new(value: &T) -> serde_json::Result<Self> {
        Ok(serde_json::to_vec(value)?.into())
    }
}

impl<T> Written<T> {
    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl<T> From<Vec<u8>> for Written<T> {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl<T> From<Bytes> for Written<T> {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, of: PhantomData }
    }
}

impl<T: Type> Payload for Written<T> {
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

impl<T: Type> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut response = Response::from(Body::from_bytes(self.bytes));
        // Room for what the middleware adds, at once.
        response.headers_mut().reserve(12);
        let media_type = HeaderValue::from_static(Self::CONTENT_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

impl<T: ToJSON> ApiResponse for Written<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::FollowedProfile;
    use tgbio_core::store::ProfileRecord;
    use tgbio_core::{Counts, Observed, Profile, ProfileId, Timestamp, Username};

    #[test]
    fn what_is_written_is_what_the_document_declares() {
        let name = Username::parse("someone").unwrap();
        let mut record = ProfileRecord::new(ProfileId::new(), name.clone(), Timestamp::from_millis(1));
        let mut profile = Profile::new(name);
        profile.bio = Observed::Present("\"quoted\"\n\u{202e}\u{1f30d}".to_owned());
        let mut counts = Counts::default();
        counts.members = Observed::Present(u64::MAX);
        for state in [None, Some(profile)] {
            record.state = state;
            record.counts = counts;
            let profile = FollowedProfile::new(&record);
            let written = Written::new(&profile).unwrap();
            assert_eq!(written.bytes(), &profile.to_json_string());
        }
    }
}
