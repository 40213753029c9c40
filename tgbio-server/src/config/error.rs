//! What can be wrong with a configuration: one sentence with the place and what to do.

use std::path::PathBuf;

use super::source::Origin;
use crate::auth::AuthError;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value that cannot be read.
    #[error("{origin} is {value}, but {expected} is expected")]
    Value {
        /// Where the value stands.
        origin: Origin,
        /// The value in quotes, or a hint that it is a secret.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// A value and a file with the value are both given.
    #[error("{origin} and its _file variant are both set: keep one of them")]
    Twice {
        /// Where the value stands.
        origin: Origin,
    },
    /// The file of a secret cannot be read.
    #[error("{origin} names the file {path}, which cannot be read: {why}", path = path.display())]
    SecretFile {
        /// Where the name of the file stands.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The configuration file cannot be read.
    #[error("the configuration file {path} cannot be read: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The configuration file is no TOML.
    #[error("the configuration file {path} is not valid TOML in line {line}: {why}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A key that does not exist.
    #[error("{path} has the unknown key `{key}`; {hint}", path = path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The nearest key.
        hint: String,
    },
    /// Two values that do not go together.
    #[error("{0}")]
    Conflict(String),
    /// The password that was chosen for the first admin.
    #[error("the password of the first admin, TGBIO_ADMIN_PASSWORD, cannot be used: {0}")]
    FirstPassword(AuthError),
    /// A backend that this build does not have.
    #[error(
        "the backend `{0}` needs the feature `mtproto`, which this build does not have: build it with `--features mtproto`, or use the backend `scrape`"
    )]
    NoSuchBackend(&'static str),
    /// Telegram's protocol wants to know which program asks.
    #[error(
        "Telegram's protocol needs an api_id: take your own from https://my.telegram.org and set TGBIO_API_ID (and TGBIO_API_HASH for a log-in)"
    )]
    NoApiId,
    /// The protocol's connection would go around the proxy.
    #[error(
        "the proxy is for t.me pages only, and Telegram's protocol would go around it: use the backend `scrape`, or take TGBIO_PROXY away if that is what you want"
    )]
    ProxyAround,
    /// A log-in wants the secret that belongs to the api_id.
    #[error(
        "a log-in needs the api_hash that belongs to the api_id: take it from https://my.telegram.org and set TGBIO_API_HASH"
    )]
    NoApiHash,
    /// There is no database, so nobody is signed in.
    #[error("nobody is signed in to Telegram: there is no database {path}; run `tgbio login`, or name the file with --database", path = .0.display())]
    NoSession(PathBuf),
    /// The scraper was left out of this build.
    #[error("this build has no backend `scrape`: build it with the feature `scrape`")]
    NoScraper,
}
