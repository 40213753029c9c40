//! How far a token reaches.

use std::fmt;
use std::str::FromStr;

/// Each scope includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Scope {
    /// See everything that is stored.
    Read,
    /// Follow, pause, check, decide about held changes.
    Write,
    /// Erase, and manage tokens.
    Admin,
}

impl Scope {
    /// The scope's name in the API, on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|s| s.as_str() == text).ok_or(UnknownScope)
    }
}

/// Not the name of a scope.
#[derive(Debug, thiserror::Error)]
#[error("the scope must be read, write or admin")]
pub struct UnknownScope;
