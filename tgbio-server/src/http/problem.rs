//! RFC 9457 problem documents: the one form in which this server reports errors to programs.

use std::fmt;
use std::time::Duration;

use poem::error::ResponseError;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{Body, Response};
use poem_openapi::Object;
use uuid::Uuid;

use super::kinds::{self, Kind};

/// Media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error as the client sees it. Handlers return it with `?`; it never holds secrets or internals.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    status: StatusCode,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    about: Option<Uuid>,
}

/// The document's JSON.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Problem")]
pub struct ProblemDocument {
    /// Address of the page that explains this type of problem.
    #[oai(rename = "type")]
    kind: String,
    /// One short line, the same for every problem of this type.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time, and what to do.
    detail: String,
    /// Name of the type, for programs.
    code: String,
    /// Id of the profile that stands in the way.
    #[oai(skip_serializing_if_is_none)]
    id: Option<Uuid>,
}

impl Problem {
    /// A problem of the given type. The detail says what is wrong this time and what to do.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, status: kind.status, detail: detail.into(), headers: Vec::new(), about: None }
    }

    /// The most general problem of a status, for errors that come without a type.
    pub fn from_status(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, ..Self::new(kinds::for_status(status), detail) }
    }

    /// 404 with the given detail.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(kinds::NOT_FOUND, detail)
    }

    /// 401: no credentials, or a session that has ended.
    pub fn unauthorized() -> Self {
        Self::new(kinds::UNAUTHORIZED, "log in, or send a token with `Authorization: Bearer TOKEN`")
    }

    /// 500. The cause goes to the log and not to the client.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(kinds::INTERNAL, "the log of the server says more")
    }

    /// Adds `Retry-After`, in whole seconds rounded up.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Names the profile that stands in the way.
    #[must_use]
    pub fn about(self, id: Uuid) -> Self {
        Self { about: Some(id), ..self }
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The type of the problem.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The status of the answer.
    pub fn status_code(&self) -> StatusCode {
        self.status
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The JSON form, for endpoints that declare their errors in the OpenAPI document.
    pub fn document(&self) -> ProblemDocument {
        ProblemDocument {
            kind: format!("/problems/{}", self.kind.name),
            title: self.kind.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.kind.name.to_owned(),
            id: self.about,
        }
    }

    /// Sets the status and the headers that belong to the problem on an answer, whatever its body.
    pub fn stamp(&self, response: &mut Response) {
        response.set_status(self.status);
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = if self.kind == kinds::INVALID_TOKEN {
                "Bearer realm=\"tgbio\", error=\"invalid_token\""
            } else {
                "Bearer realm=\"tgbio\""
            };
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
    }

    /// The answer as a problem document.
    pub fn to_response(&self) -> Response {
        use poem_openapi::types::ToJSON;
        let body = Body::from_string(self.document().to_json_string());
        let mut response =
            Response::builder().content_type(MEDIA_TYPE).header(header::CACHE_CONTROL, "no-store").body(body);
        self.stamp(&mut response);
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        self.to_response()
    }
}
