//! Parameters of the query that an operation does not have, or that are given twice, are refused: they would be passed over
//! in silence. No parameter is a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use poem::http::Method;
use poem::{PathPattern, Request};
use serde_json::Value;
use url::form_urlencoded;

use super::document;
use crate::http::routes::shape;
use crate::http::{Problem, kinds};

/// Where the API stands, as patterns of paths name it.
const PREFIX: &str = "/api/v1";
/// Of a name that is not known, so much is repeated.
const MOST_SHOWN: usize = 60;

/// Names of the parameters in the query, by path and method.
static KNOWN: LazyLock<BTreeMap<(String, String), Vec<String>>> = LazyLock::new(|| known(document::value()));

fn known(document: &Value) -> BTreeMap<(String, String), Vec<String>> {
    let mut known = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_query = parameters.filter(|parameter| parameter["in"] == "query");
            let names = in_query.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned);
            known.insert((shape(path), method.to_uppercase()), names.collect());
        }
    }
    known
}

/// Refuses a query with a parameter that the operation of this request does not have, or with one that is given twice.
pub(super) fn refuse(request: &Request) -> Result<(), Problem> {
    let Some(query) = request.uri().query() else { return Ok(()) };
    let Some(known) = known_to(request) else { return Ok(()) };
    let mut seen = BTreeSet::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if known.iter().all(|known| *known != name) {
            return Err(Problem::new(kinds::BAD_PARAMETER, why(&name, known)));
        }
        if seen.contains(&name) {
            return Err(Problem::new(kinds::BAD_PARAMETER, twice(&name)));
        }
        seen.insert(name);
    }
    Ok(())
}

fn twice(name: &str) -> String {
    format!("the parameter `{name}` is given more than once: give it once")
}

fn known_to(request: &Request) -> Option<&'static [String]> {
    let path = request.data::<PathPattern>()?.0.strip_prefix(PREFIX)?;
    let method = if *request.method() == Method::HEAD { &Method::GET } else { request.method() };
    KNOWN.get(&(shape(path), method.to_string())).map(Vec::as_slice)
}

fn why(name: &str, known: &[String]) -> String {
    let name: String = name.chars().take(MOST_SHOWN).collect();
    if known.is_empty() {
        return format!("there is no parameter `{name}` here: this address takes none behind the `?`");
    }
    format!("there is no parameter `{name}` here: known are `{}`", known.join("`, `"))
}
