//! The OpenAPI document and the page that shows it.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tgbio_server::http::Routes;
use tgbio_server::http::openapi::{ApiDocument, Framework, each_object, plain_media_types};

use super::service;

/// What the document says about the whole API.
pub(super) const DESCRIPTION: &str = "People, papers, moderation, programme and everything else of a conference.\n\n\
    Times are milliseconds since 1970 in UTC. Errors are problem documents (RFC 9457). Tokens are made on the page of \
    roles, act for the person who made them and have a scope: `read`, `write` or `admin`. Files are at `/exports/`: \
    `people.csv`, `papers.csv`, `reviews.csv`, `programme.csv`, `conference.json`, `documents.zip`, `abstracts.html` and \
    `abstracts.md` (with `abstracts-sent` also of papers that are not accepted).";

static DOCUMENT: LazyLock<ApiDocument> = LazyLock::new(|| {
    let framework = Framework { document: || service().spec(), swagger_ui: || service().swagger_ui_html() };
    ApiDocument::new(framework, put_right, "Conference desk API")
});

/// The document as JSON.
pub fn openapi_json() -> &'static str {
    DOCUMENT.json()
}

pub(super) fn value() -> &'static Value {
    DOCUMENT.value()
}

/// Adds `/openapi.json` and `/docs`.
pub(super) fn routes(routes: Routes) -> Routes {
    DOCUMENT.routes(routes)
}

/// The framework writes version 3.0.0, a charset for JSON, and formats of its own.
fn put_right(written: &str) -> Value {
    // A test reads what the framework writes.
    let mut document: Value = serde_json::from_str(written).unwrap_or_default();
    document["openapi"] = json!("3.0.3");
    each_object(&mut document, &mut |object| {
        plain_media_types(object);
        if object.get("format").and_then(Value::as_str) == Some("uint32") {
            object.insert("format".to_owned(), json!("int64"));
        }
    });
    document
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_operation_needs_somebody_and_asks_nobody_else() {
        for (path, operations) in value()["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(operation["security"].is_array(), "{method} {path} is open to everybody");
                assert!(
                    operation["responses"]["default"].is_object(),
                    "{method} {path} has no problem document"
                );
            }
        }
        assert!(!DOCUMENT.page().contains("src=\"http"));
    }
}
