//! The route table: paths with their methods, kept so that a refused method can name those that work.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::http::{HeaderValue, Method};
use poem::{Endpoint, IntoEndpoint, Response, Route, RouteMethod};
use serde_json::Value;

use super::shortcut::{Shortcut, Shortcuts};

/// Paths and what may be done at them, in the order of the alphabet.
#[derive(Default)]
pub struct Routes {
    methods: BTreeMap<String, RouteMethod>,
    nested: Vec<Box<dyn FnOnce(Route) -> Route + Send>>,
    shortcuts: Vec<Arc<dyn Shortcut>>,
    allow: AllowTable,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes").field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl Routes {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `GET` (and `HEAD`).
    #[must_use]
    pub fn get<E>(self, path: &str, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.method(path, Method::GET, endpoint)
    }

    /// Answers `POST`.
    #[must_use]
    pub fn post<E>(self, path: &str, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.method(path, Method::POST, endpoint)
    }

    /// Answers any method.
    #[must_use]
    pub fn method<E>(mut self, path: &str, method: Method, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.allow.add(path, method.clone());
        let methods = self.methods.remove(path).unwrap_or_default();
        self.methods.insert(path.to_owned(), methods.method(method, endpoint));
        self
    }

    /// Puts an API under `prefix`; its paths and methods are taken from its OpenAPI document.
    #[must_use]
    pub fn nest_api<E>(mut self, prefix: &'static str, endpoint: E, openapi: &Value) -> Self
    where
        E: IntoEndpoint + Send + 'static,
        E::Endpoint: Endpoint + 'static,
    {
        self.allow.add_openapi(prefix, openapi);
        self.nested.push(Box::new(move |route| route.nest(prefix, endpoint)));
        self
    }

    /// Answers some requests before the routes are looked at.
    #[must_use]
    pub fn shortcut(mut self, shortcut: Arc<dyn Shortcut>) -> Self {
        self.shortcuts.push(shortcut);
        self
    }

    /// The router, and the methods of each path.
    pub fn finish(self) -> (impl Endpoint<Output = Response> + 'static, AllowTable) {
        let nested = self.nested.into_iter().fold(Route::new(), |route, nest| nest(route));
        let route = self.methods.into_iter().fold(nested, |route, (path, methods)| route.at(path, methods));
        (Shortcuts::new(self.shortcuts, route), self.allow)
    }
}

/// Which methods work at which path.
#[derive(Debug, Clone, Default)]
pub struct AllowTable(BTreeMap<String, Vec<Method>>);

impl AllowTable {
    /// Adds one method of a path, whose parameters are written `:name` or `{name}`.
    pub fn add(&mut self, path: &str, method: Method) {
        let methods = self.0.entry(shape(path)).or_default();
        if method == Method::GET {
            methods.push(Method::HEAD);
        }
        methods.push(method);
        methods.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        methods.dedup();
    }

    /// Adds all operations of an OpenAPI document.
    pub fn add_openapi(&mut self, prefix: &str, openapi: &Value) {
        let paths = openapi["paths"].as_object().into_iter().flatten();
        for (path, operations) in paths {
            let names = operations.as_object().into_iter().flatten().map(|(name, _)| name);
            for method in names.filter_map(|name| method_named(name)) {
                self.add(&format!("{prefix}{path}"), method);
            }
        }
    }

    /// Value of `Allow` for a path pattern.
    pub fn header(&self, pattern: &str) -> Option<HeaderValue> {
        let methods = self.0.get(&shape(pattern))?;
        let names: Vec<_> = methods.iter().map(Method::as_str).collect();
        HeaderValue::from_str(&names.join(", ")).ok()
    }
}

fn method_named(name: &str) -> Option<Method> {
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        .contains(&name)
        .then(|| Method::from_bytes(name.to_uppercase().as_bytes()).ok())
        .flatten()
}

/// A pattern without the names of its parameters, which the framework and the document write differently.
fn shape(path: &str) -> String {
    let shaped = path.split('/').map(|part| match part.as_bytes().first() {
        Some(b':' | b'{' | b'<') => "{}",
        Some(b'*') => "*",
        _ => part,
    });
    shaped.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_parameters_are_one_path() {
        let mut table = AllowTable::default();
        let document =
            serde_json::json!({"paths": {"/profiles/{p}": {"get": {}, "patch": {}, "parameters": []}}});
        table.add_openapi("/api/v1", &document);
        assert_eq!(table.header("/api/v1/profiles/:param1").unwrap(), "GET, HEAD, PATCH");
        assert_eq!(table.header("/api/v1/profiles"), None);
    }
}
