//! The middleware that turns every error of the application, panics included, into a problem document or, for
//! people, into a page.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use poem::error::{ParseFormError, ParsePathError, ParseQueryError, ReadBodyError};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use poem::{Endpoint, Error, IntoResponse, Middleware, PathPattern, Request, Response};
use poem_openapi::error as openapi;

use super::kinds::{self, Kind};
use super::problem::{MEDIA_TYPE, Problem};
use super::routes::PathTable;
use crate::auth::Caller;
use crate::auth::guard::Authenticate;

/// What a page about an error may look at: the failed request's method, address and headers (language, cookies), and who
/// asked.
#[derive(Debug, Clone)]
pub struct FailedRequest {
    /// Method of the request: a form cannot be sent again after a log-in.
    pub method: Method,
    /// Address as it was asked for.
    pub uri: Uri,
    /// Headers of the request.
    pub headers: HeaderMap,
    /// Who asks, also where the request was refused before anybody looked; unknown where that cannot be found out.
    pub caller: Option<Caller>,
}

/// Draws the page for an error; status and headers of the problem are set on it afterwards unless it redirects.
pub type ErrorPage = Arc<dyn Fn(&Problem, &FailedRequest) -> Response + Send + Sync>;

/// The middleware. It stands inside compression and security headers and outside everything else.
#[derive(Clone)]
pub struct Problems {
    paths: Arc<PathTable>,
    page: Option<ErrorPage>,
    authenticate: Authenticate,
}

impl std::fmt::Debug for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Problems").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl Problems {
    /// Takes the methods and parameters of every path, the page for people if there is one, and who finds out for it
    /// who asks.
    pub fn new(paths: PathTable, page: Option<ErrorPage>, authenticate: Authenticate) -> Self {
        Self { paths: Arc::new(paths), page, authenticate }
    }

    /// A browser outside the API wants a page.
    fn person_of(&self, request: &Request) -> Option<FailedRequest> {
        self.page.as_ref()?;
        person_of(request)
    }

    fn answer(&self, error: Error, person: Option<&FailedRequest>) -> Response {
        if error.is_from_response() {
            return challenged(error.into_response());
        }
        let pattern = error.data::<PathPattern>().cloned();
        let mut problem = self.parameter(&error, pattern.as_ref()).unwrap_or_else(|| problem_of(&error));
        if problem.status_code() == StatusCode::METHOD_NOT_ALLOWED
            && let Some(methods) = pattern.as_ref().and_then(|pattern| self.paths.header(&pattern.0))
        {
            problem = problem.header(header::ALLOW, methods);
        }
        let mut response = self.draw(&problem, person);
        if let Some(pattern) = pattern {
            response.set_data(pattern);
        }
        response
    }

    /// A parameter that the framework could not read.
    fn parameter(&self, error: &Error, pattern: Option<&PathPattern>) -> Option<Problem> {
        let in_query = error.downcast_ref::<openapi::ParseParamError>().map(|error| error.name);
        let name = in_query.or_else(|| Some(error.downcast_ref::<openapi::ParsePathError>()?.name))?;
        let pattern = pattern.map_or("", |pattern| &pattern.0);
        Some(Problem::new(kinds::BAD_PARAMETER, self.paths.wrong_parameter(pattern, name)))
    }

    fn draw(&self, problem: &Problem, person: Option<&FailedRequest>) -> Response {
        let (Some(page), Some(failed)) = (&self.page, person) else { return problem.to_response() };
        let mut response = page(problem, failed);
        if !response.status().is_redirection() {
            problem.stamp(&mut response);
        }
        response
    }

    /// A status without a document (a handler that returns a bare status) gets one.
    fn completed(&self, response: Response, person: Option<&FailedRequest>) -> Response {
        let status = response.status();
        let failed = status.is_client_error() || status.is_server_error();
        let bare = response.content_type().is_none_or(|media| media.starts_with("text/plain"));
        if !(failed && bare) {
            return response;
        }
        let kind = kinds::for_status(status);
        let detail = if kind.status == status { kind.title.to_lowercase() } else { reason(status) };
        let mut full = self.draw(&Problem::from_status(status, detail), person);
        for (name, value) in response.headers() {
            if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
                full.headers_mut().insert(name.clone(), value.clone());
            }
        }
        if let Some(pattern) = response.data::<PathPattern>() {
            full.set_data(pattern.clone());
        }
        full
    }
}

/// A document that an API operation made itself still owes the challenge of a 401.
fn challenged(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"tgbio\"");
        response.headers_mut().entry(header::WWW_AUTHENTICATE).or_insert(challenge);
    }
    response
}

fn reason(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("the request failed").to_lowercase()
}

fn problem_of(error: &Error) -> Problem {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return problem.clone();
    }
    let status = error.status();
    if status.is_server_error() {
        return internal_or(status, error);
    }
    if let Some((kind, detail)) = unreadable(error) {
        return Problem::new(kind, detail);
    }
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("nothing here: check the address"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            kinds::METHOD_NOT_ALLOWED,
            "the header `Allow` names the methods that work at this address",
        ),
        StatusCode::UNAUTHORIZED => Problem::unauthorized(),
        _ => Problem::from_status(status, error.to_string()),
    }
}

fn internal_or(status: StatusCode, error: &Error) -> Problem {
    let internal = Problem::internal(error);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        return internal;
    }
    Problem::from_status(status, reason(status))
}

/// What the framework could not read, in plain words.
fn unreadable(error: &Error) -> Option<(&'static Kind, &'static str)> {
    let is_body = error.is::<openapi::ParseRequestPayloadError>() || error.is::<ReadBodyError>();
    if is_body && error.status() == StatusCode::BAD_REQUEST {
        return Some((
            kinds::BAD_BODY,
            "the body cannot be read: it is cut off, or not what is expected here",
        ));
    }
    if error.is::<ParseFormError>() && error.status() == StatusCode::BAD_REQUEST {
        return Some((
            kinds::BAD_BODY,
            "the form cannot be used: open its page again, and send it from there",
        ));
    }
    if error.is::<ParsePathError>() {
        return Some((kinds::BAD_PARAMETER, "a parameter in the path cannot be read: check the address"));
    }
    if error.is::<ParseQueryError>() {
        return Some((kinds::BAD_PARAMETER, "what stands behind the `?` cannot be read: check the address"));
    }
    error
        .is::<openapi::ContentTypeError>()
        .then_some((kinds::UNSUPPORTED_MEDIA_TYPE, "check the header `Content-Type` of the request"))
}

fn person_of(request: &Request) -> Option<FailedRequest> {
    let path = request.uri().path();
    let for_programs = path == "/api" || path.starts_with("/api/") || path == "/openapi.json";
    let accepts = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    let wants_page = accepts.split(',').any(|media| media.trim_start().starts_with("text/html"));
    (wants_page && !for_programs).then(|| FailedRequest {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        caller: None,
    })
}

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> ProblemsEndpoint<E> {
        ProblemsEndpoint { inner, problems: self.clone() }
    }
}

/// Endpoint of [`Problems`].
#[derive(Debug)]
pub struct ProblemsEndpoint<E> {
    inner: E,
    problems: Problems,
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let mut person = self.problems.person_of(&request);
        let head = request.method() == Method::HEAD;
        let result = AssertUnwindSafe(self.inner.call(request)).catch_unwind().await;
        let result = result.map(|done| done.map(IntoResponse::into_response));
        if let Some(person) = person.as_mut().filter(|_| failed(&result)) {
            // A page about an error is drawn all the same where the accounts cannot be read.
            person.caller = self.problems.authenticate.caller(&person.headers).await.ok();
        }
        let mut response = match result {
            Ok(Ok(response)) => self.problems.completed(response, person.as_ref()),
            Ok(Err(error)) => self.problems.answer(error, person.as_ref()),
            Err(_) => self.problems.draw(&Problem::internal(&"a handler panicked"), person.as_ref()),
        };
        if head && response.content_type().is_some_and(|media| media.starts_with(MEDIA_TYPE)) {
            response.set_body(());
        }
        Ok(response)
    }
}

/// Whether a page about an error may have to be drawn.
fn failed<P>(result: &Result<poem::Result<Response>, P>) -> bool {
    let Ok(Ok(response)) = result else { return true };
    response.status().is_client_error() || response.status().is_server_error()
}
