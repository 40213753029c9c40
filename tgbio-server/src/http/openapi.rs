//! An OpenAPI document and the page that shows it, from what the framework writes of a service.

use bytes::Bytes;
use poem::Response;
use poem::endpoint::make_sync;
use poem_openapi::registry::MetaSecurityScheme;
use serde_json::{Map, Value};

use super::routes::Routes;

/// A document with its page.
#[derive(Debug)]
pub struct ApiDocument {
    value: Value,
    text: String,
    page: String,
}

impl ApiDocument {
    /// `written` is the document as the framework writes it, `value` what it is after being put right, `swagger_ui` the
    /// framework's page, which has `written` in it, and `title` what the page is called.
    pub fn new(written: &str, value: Value, swagger_ui: &str, title: &str) -> Self {
        let text = format!("{value:#}\n");
        let html = swagger_ui.replace(written, text.trim_end());
        let html = html.replacen("<html charset=\"UTF-8\">", "<html lang=\"en\">", 1);
        let html = html.replacen("<title>Swagger UI</title>", &format!("<title>{title}</title>"), 1);
        Self { value, text, page: format!("<!doctype html>{html}") }
    }

    /// The document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document as JSON.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Swagger UI, whole in one page: it works without any other host.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Adds `/openapi.json` and `/docs`.
    pub fn routes(&'static self, routes: Routes) -> Routes {
        routes
            .get("/openapi.json", fixed("application/json", self.json()))
            .get("/docs", fixed("text/html; charset=utf-8", self.page()))
    }
}

fn fixed(media_type: &'static str, body: &'static str) -> impl poem::Endpoint<Output = Response> + 'static {
    make_sync(move |_| {
        let body = Bytes::from_static(body.as_bytes());
        Response::builder().content_type(media_type).header("cache-control", "no-cache").body(body)
    })
}

/// The scheme of tokens in the header `Authorization`.
pub fn bearer(description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some(description),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    }
}

/// Changes every object of a document, from the outside in.
pub fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| each_object(value, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_object(value, change)),
        _ => {}
    }
}

/// JSON has no charset, although the framework writes one.
pub fn plain_media_types(object: &mut Map<String, Value>) {
    if let Some(content) = object.remove("application/json; charset=utf-8") {
        object.insert("application/json".to_owned(), content);
    }
}
