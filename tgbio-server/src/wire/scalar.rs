//! What the API framework wants to know about a type that is one JSON text.

/// Implements the framework's traits for a type with `fn read(&str) -> Result<Self, impl Display>`, `Display` and
/// `fn schema() -> MetaSchema`.
macro_rules! scalar {
    ($type:ident $(<const $constant:ident: $of:ty>)?, $name:literal) => {
        impl $(<const $constant: $of>)? poem_openapi::types::Type for $type $(<$constant>)? {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Inline(Box::new(Self::schema()))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl $(<const $constant: $of>)? poem_openapi::types::ParseFromParameter for $type $(<$constant>)? {
            fn parse_from_parameter(text: &str) -> poem_openapi::types::ParseResult<Self> {
                Self::read(text).map_err(poem_openapi::types::ParseError::custom)
            }
        }

        impl $(<const $constant: $of>)? poem_openapi::types::ParseFromJSON for $type $(<$constant>)? {
            fn parse_from_json(value: Option<serde_json::Value>) -> poem_openapi::types::ParseResult<Self> {
                match value.unwrap_or_default() {
                    serde_json::Value::String(text) => {
                        Self::read(&text).map_err(poem_openapi::types::ParseError::custom)
                    }
                    other => Err(poem_openapi::types::ParseError::expected_type(other)),
                }
            }
        }

        impl $(<const $constant: $of>)? poem_openapi::types::ToJSON for $type $(<$constant>)? {
            fn to_json(&self) -> Option<serde_json::Value> {
                Some(serde_json::Value::String(self.to_string()))
            }
        }
    };
}

pub(super) use scalar;
