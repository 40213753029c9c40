//! Where a value comes from.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A place that can hold a value, in the order of their weight.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A flag of the command line, in kebab case.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// A key in a file.
    File(String, PathBuf),
    /// Nobody has set it.
    Default(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "the flag --{name}"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(name, path) => write!(f, "`{name}` in {}", path.display()),
            Self::Default(name) => write!(f, "the default of {name}"),
        }
    }
}

/// All values that somebody has set, as text.
#[derive(Clone, Default)]
pub struct Sources {
    /// Values of flags by the name of their key, in snake case.
    pub flags: HashMap<String, String>,
    /// Variables of the environment by their names.
    pub environment: HashMap<String, String>,
    /// The configuration file and its values by key.
    pub file: Option<(PathBuf, HashMap<String, String>)>,
}

impl fmt::Debug for Sources {
    /// Values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file.as_ref().map(|(path, _)| path))
            .finish_non_exhaustive()
    }
}

/// A value with its place.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) origin: Origin,
    pub(super) text: String,
}

impl Sources {
    /// The variables of this process that begin with `TGBIO_`. A variable that is no text is passed over.
    pub fn process_environment() -> HashMap<String, String> {
        let all = std::env::vars_os();
        let texts =
            all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        texts.filter(|(name, _)| name.starts_with("TGBIO_")).collect()
    }

    /// The weightiest place where one of `names` (a key and its variants) is set, with the values of all that are set
    /// there.
    pub(super) fn find(&self, names: &[String]) -> Vec<(usize, Found)> {
        for place in [Self::flag, Self::variable, Self::in_file] {
            let found: Vec<_> = names
                .iter()
                .enumerate()
                .filter_map(|(index, name)| place(self, name).map(|found| (index, found)))
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    fn flag(&self, name: &str) -> Option<Found> {
        let text = self.flags.get(name)?.clone();
        Some(Found { origin: Origin::Flag(name.replace('_', "-")), text })
    }

    fn variable(&self, name: &str) -> Option<Found> {
        let variable = variable(name);
        let text = self.environment.get(&variable)?.clone();
        Some(Found { origin: Origin::Environment(variable), text })
    }

    fn in_file(&self, name: &str) -> Option<Found> {
        let (path, values) = self.file.as_ref()?;
        let text = values.get(name)?.clone();
        Some(Found { origin: Origin::File(name.to_owned(), path.clone()), text })
    }
}

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("TGBIO_{}", key.to_ascii_uppercase())
}

/// The text of a secret's file, without the line break at its end.
pub(super) fn read_secret(path: &Path) -> Result<String, std::io::Error> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
