//! Configuration: flag before environment before file before default, see [`keys::KEYS`].

pub mod duration;
mod error;
mod file;
pub mod keys;
mod nearest;
mod read;
mod source;
#[cfg(test)]
mod tests;
mod values;

use std::path::{Path, PathBuf};

pub use error::ConfigError;
pub use file::DEFAULT_FILE;
pub use nearest::{UnknownVariable, unknown_variables};
pub use source::{Origin, Sources};
pub use values::{Backend, Config, DataCenter, LogFormat, PhotoHosts};

use keys::{KEYS, Key, Nature};
use source::{Found, read_secret};

impl Config {
    /// Reads the configuration of this process: its flags, its environment, and the file.
    ///
    /// # Errors
    /// [`ConfigError`] names the place of the first value that cannot be used.
    pub fn load(
        flags: impl IntoIterator<Item = (String, String)>,
        named_file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let environment = Sources::process_environment();
        let from_environment =
            environment.get("TGBIO_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let file = file::load(named_file.or(from_environment.as_deref()))?;
        Self::from_sources(&Sources { flags: flags.into_iter().collect(), environment, file })
    }

    /// Puts the configuration together from what was set.
    ///
    /// # Errors
    /// [`ConfigError`] names the place of the first value that cannot be used.
    pub fn from_sources(sources: &Sources) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for key in KEYS {
            if let Some(found) = value_of(key, sources)? {
                (key.take)(&mut config, &found.text).map_err(|expected| wrong(key, found, expected))?;
            }
        }
        Ok(config)
    }

    /// Variables of this process that look like keys and are none: nobody would hear about a slip otherwise.
    pub fn unknown_variables() -> Vec<UnknownVariable> {
        unknown_variables(Sources::process_environment().keys().map(String::as_str))
    }

    /// Refuses a backend that this build does not have, or that is not set up.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchBackend`], [`ConfigError::NoScraper`], and those of [`protocol_id`](Self::protocol_id).
    pub fn require_backend(&self) -> Result<(), ConfigError> {
        let (scrape, protocol) = (cfg!(feature = "scrape"), cfg!(feature = "mtproto"));
        match self.backend {
            Backend::Mtproto if !protocol => Err(ConfigError::NoSuchBackend("mtproto")),
            Backend::Auto if !protocol => Err(ConfigError::NoSuchBackend("auto")),
            Backend::Scrape | Backend::Auto if !scrape => Err(ConfigError::NoScraper),
            Backend::Scrape => Ok(()),
            Backend::Mtproto | Backend::Auto => self.protocol_id().map(drop),
        }
    }

    /// The operator's id for Telegram's protocol.
    ///
    /// # Errors
    /// [`ConfigError::NoApiId`]; [`ConfigError::ProxyAround`] where a proxy is set, which the protocol does not use.
    pub fn protocol_id(&self) -> Result<i32, ConfigError> {
        match self.proxy {
            Some(_) => Err(ConfigError::ProxyAround),
            None => self.api_id.ok_or(ConfigError::NoApiId),
        }
    }
}

/// The text that somebody has set for a key, be it in a file of its own.
fn value_of(key: &Key, sources: &Sources) -> Result<Option<Found>, ConfigError> {
    let mut found = sources.find(&key.names());
    found.retain(|(_, found)| !found.text.is_empty() || key.nature == Nature::List);
    let second = found.pop();
    match (found.pop(), second) {
        (Some((_, first)), Some(_)) => Err(ConfigError::Twice { origin: first.origin }),
        (None, Some((1, file))) => secret_in(file).map(Some),
        (None, value) => Ok(value.map(|(_, found)| found)),
        (Some(_), None) => Ok(None),
    }
}

fn secret_in(file: Found) -> Result<Found, ConfigError> {
    let path = PathBuf::from(&file.text);
    match read_secret(&path) {
        Ok(text) => Ok(Found { origin: file.origin, text }),
        Err(error) => Err(ConfigError::SecretFile { origin: file.origin, path, why: error.to_string() }),
    }
}

fn wrong(key: &Key, found: Found, expected: String) -> ConfigError {
    let value = match key.nature {
        Nature::Secret => "not usable (its value is not shown)".to_owned(),
        _ => format!("{:?}", found.text),
    };
    ConfigError::Value { origin: found.origin, value, expected }
}
