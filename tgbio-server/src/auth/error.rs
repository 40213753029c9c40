//! What can go wrong with accounts.

use super::db::DbError;
use crate::http::{Problem, kinds};

/// Why an account, session or token could not be made, changed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The tables could not be read or written.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The password cannot be used.
    #[error("{0}")]
    Password(&'static str),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// There is no such admin.
    #[error("there is no user `{0}`")]
    NoSuchUser(String),
    /// The admin's name is taken.
    #[error("there is a user `{0}` already; choose another name")]
    UserExists(String),
    /// The admin's name cannot be used.
    #[error("a user's name has 1 to 64 letters, digits, dots, hyphens or underscores")]
    UserName,
    /// The old password that was given is not the admin's.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The token's name is taken.
    #[error("there is a token named `{0}` already; choose another name or revoke it first")]
    TokenExists(String),
    /// The token's name cannot be used.
    #[error("a token's name has 1 to 64 letters, digits, dots, hyphens or underscores")]
    TokenName,
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Database(error) => error.into(),
            AuthError::Hash(_) => Self::internal(&error),
            AuthError::NoSuchUser(_) => Self::not_found(error.to_string()),
            AuthError::TokenExists(_) | AuthError::UserExists(_) => {
                Self::new(kinds::CONFLICT, error.to_string())
            }
            AuthError::Password(_)
            | AuthError::WrongPassword
            | AuthError::TokenName
            | AuthError::UserName => Self::new(kinds::UNPROCESSABLE, error.to_string()),
        }
    }
}
