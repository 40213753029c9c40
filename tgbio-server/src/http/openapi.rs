//! An OpenAPI document and the page that shows it, from what the framework writes of a service.

use std::sync::OnceLock;

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
    title: &'static str,
    framework: Framework,
    page: OnceLock<String>,
}

/// What the framework makes of a service.
#[derive(Debug, Clone, Copy)]
pub struct Framework {
    /// Its document.
    pub document: fn() -> String,
    /// Its Swagger UI, which has that document in it.
    pub swagger_ui: fn() -> String,
}

impl ApiDocument {
    /// `put_right` makes the document of the framework's, and `title` is what the page is called.
    pub fn new(framework: Framework, put_right: fn(&str) -> Value, title: &'static str) -> Self {
        let value = put_right(&(framework.document)());
        let text = format!("{value:#}\n");
        Self { value, text, title, framework, page: OnceLock::new() }
    }

    /// The document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document as JSON.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Swagger UI, whole in one page: it works without any other host. It takes some megabytes, and is made when somebody
    /// looks at it.
    pub fn page(&self) -> &str {
        self.page.get_or_init(|| {
            let Framework { document, swagger_ui } = self.framework;
            let html = swagger_ui().replace(&document(), self.text.trim_end());
            let html = html.replacen("<html charset=\"UTF-8\">", "<html lang=\"en\">", 1);
            let title = format!("<title>{}</title>", self.title);
            let html = html.replacen("<title>Swagger UI</title>", &title, 1);
            format!("<!doctype html>{html}")
        })
    }

    /// Adds `/openapi.json` and `/docs`.
    pub fn routes(&'static self, routes: Routes) -> Routes {
        routes
            .get("/openapi.json", fixed("application/json", || self.json()))
            .get("/docs", fixed("text/html; charset=utf-8", || self.page()))
    }
}

fn fixed(
    media_type: &'static str,
    body: impl Fn() -> &'static str + Send + Sync + 'static,
) -> impl poem::Endpoint<Output = Response> + 'static {
    make_sync(move |_| {
        let body = Bytes::from_static(body().as_bytes());
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
