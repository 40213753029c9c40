//! `/problems` and `/problems/NAME`: the pages that the `type` of problem documents points to.

use std::fmt::Write as _;

use poem::web::{Html, Path};
use poem::{IntoResponse, Response, handler};

use super::kinds::{self, Kind};
use super::problem::Problem;
use super::routes::Routes;

impl Routes {
    /// Adds the pages that explain problems.
    #[must_use]
    pub fn with_problem_pages(self) -> Self {
        self.get("/problems", all).get("/problems/:name", one)
    }
}

#[handler]
fn all() -> Html<String> {
    page("Problems", kinds::ALL)
}

#[handler]
fn one(Path(name): Path<String>) -> Result<Response, Problem> {
    let kind = kinds::by_name(&name).ok_or_else(|| Problem::not_found("there is no problem of this name"))?;
    Ok(page(kind.title, &[kind]).into_response())
}

/// All texts come from the table and hold no markup.
fn page(title: &str, kinds: &[&Kind]) -> Html<String> {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1><dl>"
    );
    for Kind { name, status, title, help } in kinds {
        let status = status.as_u16();
        // Writing to a String cannot fail.
        let _ = write!(html, "<dt><code>{name}</code> ({status}): {title}</dt><dd>{help}</dd>");
    }
    html.push_str("</dl><p><a href=\"/problems\">All problems</a></p></main></body></html>");
    Html(html)
}
