//! The configuration file: TOML with one flat table.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::keys;
use super::nearest::hint;

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "tgbio.toml";

type Values = HashMap<String, String>;

/// Reads the named file, or [`DEFAULT_FILE`] if it is there.
pub(super) fn load(named: Option<&Path>) -> Result<Option<(PathBuf, Values)>, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), read(&text, path)?))),
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), why: error.to_string() }),
    }
}

fn read(text: &str, path: &Path) -> Result<Values, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error| syntax(&error, text, path))?;
    table.iter().map(|(key, value)| entry(key, value, path)).collect()
}

fn syntax(error: &toml::de::Error, text: &str, path: &Path) -> ConfigError {
    let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(text));
    let line = before.matches('\n').count() + 1;
    ConfigError::Syntax { path: path.to_owned(), line, why: error.message().replace('\n', " ") }
}

fn entry(key: &str, value: &toml::Value, path: &Path) -> Result<(String, String), ConfigError> {
    if !keys::file_keys().any(|known| known == key) {
        return Err(ConfigError::UnknownKey { path: path.to_owned(), key: key.to_owned(), hint: hint(key) });
    }
    let text = text_of(value).ok_or_else(|| ConfigError::Value {
        origin: super::Origin::File(key.to_owned(), path.to_owned()),
        value: format!("of the type {}", value.type_str()),
        expected: "a text, a number, true, false or a list of texts".to_owned(),
    })?;
    Ok((key.to_owned(), text))
}

/// The value as it would stand in the environment.
fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().map(|item| item.as_str()).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(text, Path::new("tgbio.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        assert_eq!(
            error("check_intervall = \"5m\""),
            "tgbio.toml has the unknown key `check_intervall`; did you mean `check_interval`?"
        );
        assert!(error("zzzzzzzzzzzzzzzzzzzz = 1").contains("the keys are database, listen"));
        assert!(error("[server]\nlisten = 1").contains("unknown key `server`"));
    }

    #[test]
    fn bad_toml_is_told_with_its_line() {
        assert!(error("public = true\nlisten = 127.0.0.1").contains("not valid TOML in line 2"));
        assert!(error("canaries = [1]").contains("`canaries` in tgbio.toml is of the type array"));
    }

    #[test]
    fn lists_numbers_and_flags_become_text() {
        let values =
            read("canaries = [\"a\", \"b\"]\nconfirm_checks = 2\npublic = true", Path::new("x")).unwrap();
        assert_eq!((values["canaries"].as_str(), values["confirm_checks"].as_str()), ("a,b", "2"));
        assert_eq!(values["public"], "true");
    }
}
