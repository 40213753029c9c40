//! The route table: paths with their methods, kept so that a refused method can name those that work.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::http::{HeaderValue, Method};
use poem::{Endpoint, IntoEndpoint, Response, Route, RouteMethod};
use serde_json::Value;

use super::expected::Schemas;
use super::shortcut::{Shortcut, Shortcuts};

/// Paths and what may be done at them, in the order of the alphabet.
#[derive(Default)]
pub struct Routes {
    methods: BTreeMap<String, RouteMethod>,
    nested: Vec<Box<dyn FnOnce(Route) -> Route + Send>>,
    shortcuts: Vec<Arc<dyn Shortcut>>,
    allow: PathTable,
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
    pub fn finish(self) -> (impl Endpoint<Output = Response> + 'static, PathTable) {
        let nested = self.nested.into_iter().fold(Route::new(), |route, nest| nest(route));
        let route = self.methods.into_iter().fold(nested, |route, (path, methods)| route.at(path, methods));
        (Shortcuts::new(self.shortcuts, route), self.allow)
    }
}

/// Which methods work at which path, and what is expected of parameters.
#[derive(Debug, Clone, Default)]
pub struct PathTable {
    methods: BTreeMap<String, Vec<Method>>,
    parameters: BTreeMap<String, Vec<Parameter>>,
}

/// A parameter of the operations at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    name: String,
    in_path: bool,
    expected: String,
}

impl PathTable {
    /// Adds one method of a path, whose parameters are written `:name` or `{name}`.
    pub fn add(&mut self, path: &str, method: Method) {
        let methods = self.methods.entry(shape(path)).or_default();
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
            let operations = operations.as_object().into_iter().flatten();
            for (_, operation) in operations {
                self.add_parameters(&format!("{prefix}{path}"), operation, Schemas::of(openapi));
            }
        }
    }

    fn add_parameters(&mut self, path: &str, operation: &Value, schemas: Schemas<'_>) {
        let known = self.parameters.entry(shape(path)).or_default();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let text = |key: &str| parameter[key].as_str().unwrap_or_default();
            let (name, in_path) = (text("name").to_owned(), parameter["in"] == "path");
            if known.iter().all(|other| (&other.name, other.in_path) != (&name, in_path)) {
                let expected = schemas.words(&parameter["schema"], text("description"));
                known.push(Parameter { name, in_path, expected });
            }
        }
    }

    /// What to say of a parameter that could not be read: its name is that of the document, or `paramN` for the Nth
    /// part of the path.
    pub fn wrong_parameter(&self, pattern: &str, name: &str) -> String {
        let known = self.parameters.get(&shape(pattern)).map_or(&[][..], Vec::as_slice);
        let place: Option<usize> = name.strip_prefix("param").and_then(|place| place.parse().ok());
        let by_place = place.and_then(|place| known.iter().filter(|known| known.in_path).nth(place));
        match known.iter().find(|known| known.name == name).or(by_place) {
            Some(Parameter { name, expected, .. }) => {
                format!("the parameter `{name}` is missing or cannot be used: {expected} is expected")
            }
            None if place.is_some() => "a parameter in the path cannot be used: check the address".to_owned(),
            None => format!("the parameter `{name}` is missing or cannot be used"),
        }
    }

    /// Value of `Allow` for a path pattern.
    pub fn header(&self, pattern: &str) -> Option<HeaderValue> {
        let methods = self.methods.get(&shape(pattern))?;
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
pub(crate) fn shape(path: &str) -> String {
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
        let mut table = PathTable::default();
        let document =
            serde_json::json!({"paths": {"/profiles/{p}": {"get": {}, "patch": {}, "parameters": []}}});
        table.add_openapi("/api/v1", &document);
        assert_eq!(table.header("/api/v1/profiles/:param1").unwrap(), "GET, HEAD, PATCH");
        assert_eq!(table.header("/api/v1/profiles"), None);
    }

    #[test]
    fn parameters_are_told_in_words() {
        let mut table = PathTable::default();
        let parameter = |name: &str, place: &str| serde_json::json!({"name": name, "in": place, "schema": {"type": "boolean"}});
        let get = serde_json::json!({"parameters": [parameter("p", "path"), parameter("on", "query")]});
        table.add_openapi("/api", &serde_json::json!({"paths": {"/things/{p}": {"get": get}}}));
        let told = |name: &str| table.wrong_parameter("/api/things/:param0", name);
        for (name, shown) in [("on", "on"), ("param0", "p"), ("p", "p")] {
            let words = format!(
                "the parameter `{shown}` is missing or cannot be used: `true` or `false` is expected"
            );
            assert_eq!(told(name), words);
        }
        assert_eq!(told("param1"), "a parameter in the path cannot be used: check the address");
        assert_eq!(told("other"), "the parameter `other` is missing or cannot be used");
    }
}
