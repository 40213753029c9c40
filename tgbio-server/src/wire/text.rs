//! A text in a request: a JSON string and nothing else, not longer than it may be.

use std::fmt;

use poem_openapi::registry::MetaSchema;

use super::scalar::scalar;

/// A text of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<const MAX: usize>(pub String);

impl<const MAX: usize> Text<MAX> {
    fn read(text: &str) -> Result<Self, String> {
        if text.chars().nth(MAX).is_some() {
            return Err(format!("the text has more than {MAX} characters"));
        }
        Ok(Self(text.to_owned()))
    }

    fn schema() -> MetaSchema {
        MetaSchema { max_length: Some(MAX), ..MetaSchema::new("string") }
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

scalar!(Text<const MAX: usize>, "text");
