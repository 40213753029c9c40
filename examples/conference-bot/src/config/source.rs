//! Where a value comes from.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{KEYS, Key};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "conference.toml";

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value of the wrong form.
    #[error("{place} is {value}: expected {expected}")]
    Value {
        /// Where it was set.
        place: String,
        /// What stands there, unless it is secret.
        value: String,
        /// What should stand there.
        expected: String,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system or the TOML reader said.
        why: String,
    },
    /// The file has a key that does not exist.
    #[error("{path} has the unknown key `{key}`: the keys are {known}")]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// All keys.
        known: String,
    },
}

type Values = HashMap<String, String>;

/// All values that somebody has set, as text.
#[derive(Clone, Default)]
pub struct Sources {
    /// Flags by snake-case key.
    pub flags: Values,
    /// Variables by their names.
    pub environment: Values,
    /// The file by key.
    pub file: Values,
}

impl std::fmt::Debug for Sources {
    /// Values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// Where a value can stand, the weightiest first.
#[derive(Clone, Copy)]
enum Place {
    Flag,
    Environment,
    File,
}

/// A value with its place.
pub(super) struct Found {
    place: String,
    pub(super) text: String,
}

impl Found {
    pub(super) fn wrong(self, key: &Key, expected: String) -> ConfigError {
        let value = if key.secret { "not usable".to_owned() } else { format!("{:?}", self.text) };
        ConfigError::Value { place: self.place, value, expected }
    }
}

impl Sources {
    /// Flags, this process's environment, and the named file or `conference.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read.
    pub fn of_process(flags: Values, file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("CONFERENCE_"))
            .collect();
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let file = match std::fs::read_to_string(path) {
            Ok(text) => Self::read_file(path, &text)?,
            Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => Values::new(),
            Err(error) => return Err(unreadable(path, error.to_string())),
        };
        Ok(Self { flags, environment, file })
    }

    /// The values of a file's text.
    ///
    /// # Errors
    /// [`ConfigError`] when it is no TOML or has an unknown key.
    pub fn read_file(path: &Path, text: &str) -> Result<Values, ConfigError> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| unreadable(path, wrong_toml(text, &error)))?;
        let mut values = Values::new();
        for (key, value) in &table {
            let known = |known: &Key| known.name == key || known.secret && *key == known.file();
            if !KEYS.iter().any(known) {
                let known = KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
                return Err(ConfigError::UnknownKey { path: path.to_owned(), key: key.clone(), known });
            }
            values.insert(key.clone(), plain(value));
        }
        Ok(values)
    }

    /// The weightiest place where the key is set; a secret may stand in a file of its own.
    pub(super) fn find(&self, key: &Key) -> Result<Option<Found>, ConfigError> {
        let file_key = key.file();
        let names = if key.secret { vec![key.name, file_key.as_str()] } else { vec![key.name] };
        let named = |place: &Place| names.iter().find_map(|name| Some((*name, self.at(*place, name)?)));
        let set = [Place::Flag, Place::Environment, Place::File].iter().find_map(named);
        match set {
            Some((name, found)) if name == file_key => read_secret(found).map(Some),
            other => Ok(other.map(|(_, found)| found).filter(|found| !found.text.is_empty())),
        }
    }

    fn at(&self, place: Place, name: &str) -> Option<Found> {
        let variable = format!("CONFERENCE_{}", name.to_ascii_uppercase());
        let (text, place) = match place {
            Place::Flag => (self.flags.get(name), format!("the flag --{}", name.replace('_', "-"))),
            Place::Environment => {
                (self.environment.get(&variable), format!("the environment variable {variable}"))
            }
            Place::File => (self.file.get(name), format!("`{name}` in the configuration file")),
        };
        Some(Found { place, text: text?.clone() })
    }
}

fn read_secret(found: Found) -> Result<Found, ConfigError> {
    match std::fs::read_to_string(&found.text) {
        Ok(text) => Ok(Found { place: found.place, text: text.trim_end().to_owned() }),
        Err(error) => Err(unreadable(Path::new(&found.text), error.to_string())),
    }
}

fn unreadable(path: &Path, why: String) -> ConfigError {
    ConfigError::Unreadable { path: path.to_owned(), why }
}

/// What is wrong and in which line; the line itself may hold a secret.
fn wrong_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

/// The value as it would stand in the environment.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
