//! What can be wrong with a configuration: one sentence with the place and what to do.

use std::path::PathBuf;

use super::source::Origin;

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
    /// A backend that this build does not have.
    #[error(
        "the backend `{0}` is not in this version: it needs the feature `mtproto`, which comes with a later version; use `scrape`"
    )]
    NoSuchBackend(&'static str),
}
