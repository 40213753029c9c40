//! The OpenAPI document: what the framework writes, put right, and the pages that show it.
//!
//! The framework writes version 3.0.0 with some claims that are not so. The steps below make it a valid document of
//! version 3.0.3 that says what the server does; clients are made from it, and tests are.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::service;
use crate::http::Routes;
use crate::http::openapi::{ApiDocument, Framework, each_object, plain_media_types};

/// What the document says about the whole API.
pub(super) const DESCRIPTION: &str = "When public Telegram profiles changed, what they were before, and how sure that \
    is.\n\nEvery key of an answer is always there. In the fields of a profile `null` means known to be empty, or, if \
    the key stands in `hidden`, that the source cannot tell. Times are RFC 3339 in UTC. Errors are problem documents \
    (RFC 9457); parameters that an operation does not have are refused as well.\n\nReading needs a token of scope `read`, following, changing, checking and deciding `write`, erasing \
    and removing `admin`.";

/// Larger integers lose digits in some readers of JSON.
const LARGEST: u64 = 9_000_000_000_000_000;

static DOCUMENT: LazyLock<ApiDocument> = LazyLock::new(|| {
    let framework = Framework { document: || service().spec(), swagger_ui: || service().swagger_ui_html() };
    ApiDocument::new(framework, put_right, "tgbio API")
});

/// The document as JSON.
pub fn openapi_json() -> &'static str {
    DOCUMENT.json()
}

/// Swagger UI, whole in one page: it works without any other host.
pub fn swagger_ui_html() -> &'static str {
    DOCUMENT.page()
}

pub(super) fn value() -> &'static Value {
    DOCUMENT.value()
}

/// Adds `/openapi.json` and `/docs`.
pub(super) fn routes(routes: Routes) -> Routes {
    DOCUMENT.routes(routes)
}

fn put_right(written: &str) -> Value {
    // A test reads what the framework writes.
    let mut document: Value = serde_json::from_str(written).unwrap_or_default();
    document["openapi"] = json!("3.0.3");
    let bodies = request_bodies(&document);
    each_object(&mut document, &mut |object| {
        plain_media_types(object);
        integer_bounds(object);
        whole_numbers(object);
    });
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if bodies.contains(name) {
            schema["additionalProperties"] = json!(false);
        } else {
            require_nullable(schema);
        }
    }
    each_operation(&mut document, impossible_answers);
    document
}

/// Names of the schemas that requests send.
fn request_bodies(document: &Value) -> BTreeSet<String> {
    let operations =
        document["paths"].as_object().into_iter().flatten().flat_map(|(_, path)| path.as_object());
    let bodies =
        operations.flatten().filter_map(|(_, operation)| operation["requestBody"]["content"].as_object());
    let schemas = bodies.flatten().filter_map(|(_, content)| content["schema"]["$ref"].as_str());
    schemas.filter_map(|schema| schema.rsplit('/').next()).map(str::to_owned).collect()
}

fn each_operation(document: &mut Value, change: impl Fn(&str, &str, &mut Value)) {
    for (path, operations) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            change(path, method, operation);
        }
    }
}

/// Unsigned formats are the framework's own invention.
fn integer_bounds(object: &mut Map<String, Value>) {
    let (format, largest) = match object.get("format").and_then(Value::as_str) {
        Some("uint16") => ("int32", u64::from(u16::MAX)),
        Some("uint32") => ("int64", u64::from(u32::MAX)),
        Some("uint64") => ("int64", LARGEST),
        _ => return,
    };
    object.insert("format".to_owned(), json!(format));
    object.entry("minimum").or_insert(json!(0));
    object.entry("maximum").or_insert(json!(largest));
}

/// Bounds of integers are integers, or readers lose their last digits.
fn whole_numbers(object: &mut Map<String, Value>) {
    for bound in ["minimum", "maximum"] {
        let whole = object.get(bound).and_then(Value::as_f64).filter(|number| number.fract() == 0.0);
        let whole = whole.and_then(|number| format!("{number:.0}").parse::<i64>().ok());
        if let (Some(whole), true) = (whole, object.get("type").is_some_and(|kind| kind == "integer")) {
            object.insert(bound.to_owned(), json!(whole));
        }
    }
}

/// A field that may be `null` is there all the same.
fn require_nullable(schema: &mut Value) {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let nullable =
        properties.filter(|(_, property)| property["nullable"] == true).map(|(name, _)| name.clone());
    let nullable: BTreeSet<String> = nullable.collect();
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let required: BTreeSet<String> = required.map(str::to_owned).chain(nullable).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
}

/// Leaves out the statuses that an operation never answers with.
fn impossible_answers(path: &str, method: &str, operation: &mut Value) {
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    let reads = method == "get";
    let names_something = path.contains('{') || method == "post";
    let names_profile = path.contains("{p}") || (path == "/profiles" && method == "post");
    for (status, possible) in
        [("403", !reads), ("404", names_something), ("409", !reads), ("422", names_profile)]
    {
        if !possible {
            answers.remove(status);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

    use super::*;

    /// JSON in which no object has the same key twice.
    struct Unique;

    impl<'de> Deserialize<'de> for Unique {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Self)
        }
    }

    impl<'de> Visitor<'de> for Unique {
        type Value = Self;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
            let mut seen = BTreeSet::new();
            while let Some((key, Unique)) = map.next_entry::<String, Self>()? {
                if let Some(twice) = seen.replace(key) {
                    return Err(A::Error::custom(format!("{twice} stands twice")));
                }
            }
            Ok(Self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
            while seq.next_element::<Self>()?.is_some() {}
            Ok(Self)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self, E> {
            Ok(Self)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
            Ok(Self)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
            Ok(Self)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
            Ok(Self)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
            Ok(Self)
        }

        fn visit_unit<E>(self) -> Result<Self, E> {
            Ok(Self)
        }
    }

    #[test]
    fn no_key_stands_twice() {
        assert!(serde_json::from_str::<Unique>(r#"{"a": [{"b": 1, "b": 2}]}"#).is_err());
        serde_json::from_str::<Unique>(&service().spec()).unwrap();
        serde_json::from_str::<Unique>(openapi_json()).unwrap();
    }

    #[test]
    fn nothing_of_the_framework_is_left() {
        for wrong in ["charset", "uint", "3.0.0", "</script"] {
            assert!(!openapi_json().contains(wrong), "{wrong}");
        }
        assert!(serde_json::from_str::<IgnoredAny>(openapi_json()).is_ok());
    }

    #[test]
    fn the_page_shows_the_document_and_asks_nobody_else() {
        assert!(swagger_ui_html().contains(openapi_json().trim_end()));
        let head = &swagger_ui_html()[..500];
        assert!(
            head.contains("<title>tgbio API</title>") && !swagger_ui_html().contains("src=\"http"),
            "{head}"
        );
    }

    /// The document changes only on purpose: run with `UPDATE_OPENAPI=1` to write it anew.
    #[test]
    fn the_document_is_the_committed_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, openapi_json()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == openapi_json(), "openapi.json is old: run this test with UPDATE_OPENAPI=1");
    }
}
