//! Why the backend or its session cannot be used.

use tgbio_core::store::StoreError;

use super::{MtprotoAccount, TelethonError};

/// Why the backend or its session cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MtprotoError {
    /// The tables cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process uses the session: Telegram would end it if two did.
    #[error(
        "the Telegram account is in use by {by}: only one process may use it at a time, so ask that one, or stop it first"
    )]
    InUse {
        /// What the other process does, like `serve (process 4711)`.
        by: String,
    },
    /// The lock file beside the database cannot be used.
    #[error(
        "the lock file {path} cannot be used ({why}): check the owner and rights of the database's folder"
    )]
    Lock {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The rights of the database cannot be narrowed to its owner.
    #[error(
        "the rights of {path} cannot be narrowed to its owner ({why}): the file would hold the key of your account, so run this as the file's owner"
    )]
    Rights {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// Somebody is signed in already.
    #[error("{} is signed in already: run `tgbio logout` first", match account {
        Some(account) => account.to_string(),
        None => "an imported session".to_owned(),
    })]
    AlreadySignedIn {
        /// Who, where it is known.
        account: Option<MtprotoAccount>,
    },
    /// The string is no session.
    #[error(transparent)]
    Telethon(#[from] TelethonError),
    /// The setting cannot be used.
    #[error("the API id {0} cannot be used: take your own number from https://my.telegram.org")]
    ApiId(i32),
}
