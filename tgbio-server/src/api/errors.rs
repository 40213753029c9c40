//! What core's errors mean over HTTP, and how errors stand in the document.

use std::time::Duration;

use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, registry::MetaSchemaRef};
use tgbio_core::store::StoreError;
use tgbio_core::{CheckError, FetchError, FetchErrorKind, FollowError, UsernameError};

use crate::http::problem::{MEDIA_TYPE, ProblemDocument};
use crate::http::{Problem, kinds};
use crate::state::App;

/// When to try again what somebody else is at just now.
const SOON: Duration = Duration::from_secs(1);

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::NotFound(_) => Self::not_found(detail),
            StoreError::AlreadyFollowed { id, .. } => {
                Self::new(kinds::ALREADY_FOLLOWED, detail).about(id.uuid())
            }
            StoreError::OptedOut { .. } => Self::new(kinds::OPTED_OUT, detail),
            StoreError::Conflict => Self::new(kinds::CONFLICT, detail),
            StoreError::BadCursor => Self::new(kinds::BAD_PARAMETER, detail),
            StoreError::Busy => Self::new(kinds::UNAVAILABLE, detail).retry_after(SOON),
            // These name files of the server.
            StoreError::Full
            | StoreError::ReadOnly { .. }
            | StoreError::Disk { .. }
            | StoreError::Vanished { .. } => {
                tracing::error!(%error, "a request could not be written");
                Self::new(kinds::UNAVAILABLE, "the database cannot be written now; the server's log says why")
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<UsernameError> for Problem {
    fn from(error: UsernameError) -> Self {
        Self::new(kinds::INVALID_USERNAME, error.to_string())
    }
}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        let kind = match error.kind() {
            FetchErrorKind::NotFound => kinds::NO_SUCH_PROFILE,
            FetchErrorKind::InvalidName => kinds::INVALID_USERNAME,
            _ => kinds::UNAVAILABLE,
        };
        let problem = Self::new(kind, error.to_string());
        match error.retry_after() {
            Some(wait) => problem.retry_after(wait),
            None => problem,
        }
    }
}

impl From<FollowError> for Problem {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Fetch(error) => error.into(),
            FollowError::Store(error) => error.into(),
            doubtful => Self::new(kinds::UNAVAILABLE, doubtful.to_string()),
        }
    }
}

/// Why a profile is not followed. Where the host refuses without a time, it is the one before which this server will not
/// ask it again.
pub(super) fn not_followed_now(app: &App, error: FollowError) -> Problem {
    let wait = match &error {
        FollowError::Fetch(error) => match error.kind() {
            FetchErrorKind::RateLimited { retry_after: None, .. } => Some(hold(app)),
            _ => None,
        },
        _ => None,
    };
    let problem = Problem::from(error);
    match wait {
        Some(wait) => problem.retry_after(wait),
        None => problem,
    }
}

/// How long the hosts are left alone, as far as it is known; otherwise the first wait after a failure.
fn hold(app: &App) -> Duration {
    let now = app.now();
    let until = app.budgets.budgets().into_iter().filter_map(|budget| budget.not_before).max();
    match until {
        Some(until) if until > now => until.since(now),
        _ => app.tracker.rules().backoff_min,
    }
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Store(error) => error.into(),
            busy => Self::new(kinds::UNAVAILABLE, busy.to_string()).retry_after(SOON),
        }
    }
}

/// The statuses that operations answer with; the document leaves out of each operation those that cannot be.
const STATUSES: [(u16, &str); 7] = [
    (400, "A parameter or the body is wrong."),
    (401, "No valid token."),
    (403, "The token's scope does not reach that far."),
    (404, "There is no such thing."),
    (409, "It does not fit what is stored."),
    (422, "The name cannot be one of a public profile, or has opted out."),
    (503, "It cannot be done now; try again later, after `Retry-After` if it is given."),
];

fn response(status: Option<u16>, description: &'static str) -> MetaResponse {
    let schema: MetaSchemaRef = ProblemDocument::schema_ref();
    let content = vec![MetaMediaType { content_type: MEDIA_TYPE, schema }];
    MetaResponse { description, status, status_range: None, content, headers: Vec::new() }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let known = STATUSES.iter().map(|(status, description)| response(Some(*status), description));
        let other = response(None, "Anything else that went wrong.");
        MetaResponses { responses: known.chain([other]).collect() }
    }

    fn register(registry: &mut Registry) {
        ProblemDocument::register(registry);
    }
}
