//! How a command ends when it does not end well.

use std::io;

use tgbio_core::store::StoreError;
use tgbio_core::{CheckError, UsernameError};

use crate::auth::AuthError;
use crate::auth::db::DbError;
use crate::config::ConfigError;
use crate::run::RunError;
use crate::setup::SetupError;

/// Why a command failed.
#[derive(Debug)]
pub enum CliError {
    /// The asked thing failed: exit status 1.
    Failed(String),
    /// Wrong usage or configuration: exit status 2.
    Usage(String),
    /// It failed and was told already: exit status 1.
    Told,
    /// Nobody reads the output any more, as with `| head`: no failure.
    Unread,
}

/// What a command gives back.
pub type CliResult<T = ()> = Result<T, CliError>;

impl CliError {
    /// A failure in one clear sentence.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over by value")]
    pub fn failed(sentence: impl ToString) -> Self {
        Self::Failed(sentence.to_string())
    }

    /// Something wrong in how the command was called.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over by value")]
    pub fn usage(sentence: impl ToString) -> Self {
        Self::Usage(sentence.to_string())
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::Failed(_) | Self::Told => 1,
            Self::Usage(_) => 2,
            Self::Unread => 0,
        }
    }

    /// The sentence for standard error, if it was not told yet.
    pub fn sentence(&self) -> Option<&str> {
        match self {
            Self::Failed(sentence) | Self::Usage(sentence) => Some(sentence),
            Self::Told | Self::Unread => None,
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::usage(error)
    }
}

/// Errors of writing the output.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}

macro_rules! plain_failures {
    ($($error:ty),*) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::failed(error)
            }
        }
    )*};
}

/// What was set is wrong usage; a part that cannot be made has failed.
impl From<SetupError> for CliError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Config(error) => error.into(),
            error => Self::failed(error),
        }
    }
}

/// As its setup, or what has failed.
impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Setup(error) => error.into(),
            error => Self::failed(error),
        }
    }
}

#[cfg(feature = "mtproto")]
plain_failures!(tgbio_fetch::mtproto::MtprotoError, tgbio_fetch::mtproto::LoginError);
plain_failures!(StoreError, CheckError, UsernameError, AuthError, DbError);
