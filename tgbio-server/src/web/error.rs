//! Errors for people: in the look and language of the pages. Who is not logged in is led to the log-in.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::{HeaderValue, header};

use super::cookies;
use super::html::fill_plain;
use super::texts::{Lang, Texts};
use super::visitor::{Page, Section, html};
use crate::http::site::{address, login_address, own_address, see_other};
use crate::http::{ErrorPage, FailedRequest, Problem, kinds};

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    page: Page,
    t: &'static Texts,
    code: String,
    help: &'static str,
    detail: Option<&'a str>,
}

/// Draws errors like the other pages.
pub fn error_page() -> ErrorPage {
    Arc::new(|problem, failed| {
        if problem.kind() == kinds::UNAUTHORIZED {
            return see_other(&login_address(failed));
        }
        draw(problem, failed).unwrap_or_else(|problem| problem.to_response())
    })
}

fn draw(problem: &Problem, failed: &FailedRequest) -> Result<Response, Problem> {
    let t = cookies::lang(&failed.headers).texts();
    let (title, help) = t.problem(problem.kind());
    let here = address(&failed.uri);
    let here = own_address(Some(&here));
    let page = Page::new(t, Section::None, title.to_owned(), here, failed.caller.as_ref());
    // The details are written for programs, in English.
    let detail = Some(problem.detail()).filter(|detail| t.lang == Lang::En && !says(&[title, help], detail));
    let code = fill_plain(t.error_code, &[problem.status_code().as_str()]);
    let mut response = html(&Error { page, t, code, help, detail })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Whether these texts have every word of it already.
fn says(texts: &[&str], detail: &str) -> bool {
    let said: BTreeSet<String> = texts.iter().flat_map(|text| words(text)).collect();
    words(detail).all(|word| said.contains(&word))
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
