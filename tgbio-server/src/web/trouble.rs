//! Failures of the store as problems.

use tgbio_core::store::StoreError;

use crate::http::{Problem, kinds};

/// The problem that a failed store is for the client. What happened inside goes to the log.
pub(super) fn of_store(error: &StoreError) -> Problem {
    match error {
        StoreError::NotFound(_) => Problem::not_found(error.to_string()),
        StoreError::AlreadyFollowed { .. } => Problem::new(kinds::ALREADY_FOLLOWED, error.to_string()),
        StoreError::OptedOut { .. } => Problem::new(kinds::OPTED_OUT, error.to_string()),
        StoreError::Conflict => Problem::new(kinds::CONFLICT, error.to_string()),
        StoreError::BadCursor => Problem::new(kinds::BAD_PARAMETER, error.to_string()),
        StoreError::Busy | StoreError::Full => {
            tracing::error!(%error, "a page could not be drawn");
            Problem::new(kinds::UNAVAILABLE, error.to_string())
        }
        _ => Problem::internal(error),
    }
}
