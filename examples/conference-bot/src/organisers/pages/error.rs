//! Errors for people: in the look and language of the pages. Who is not logged in is led to the log-in.

use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::{HeaderValue, header};
use tgbio_server::http::site::{address, encoded, login_address, own_address, see_other};
use tgbio_server::http::{ErrorPage, FailedRequest, Problem, kinds};

use super::cookies;
use super::frame::{Frame, Nav};
use super::visitor::html;
use crate::World;
use crate::organisers::texts;
use crate::texts::Locale;

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    f: Frame,
    status: u16,
    detail: Option<&'a str>,
}

/// Draws errors like the other pages.
pub(in crate::organisers) fn error_page(world: &World) -> ErrorPage {
    let world = world.clone();
    Arc::new(move |problem, failed| {
        if problem.kind() == kinds::UNAUTHORIZED {
            return see_other(&login_address(failed));
        }
        draw(&world, problem, failed).unwrap_or_else(|problem| problem.to_response())
    })
}

fn draw(world: &World, problem: &Problem, failed: &FailedRequest) -> Result<Response, Problem> {
    let locale = cookies::locale(&failed.headers);
    let t = texts::of(locale);
    let title = match problem.status_code().as_u16() {
        403 => t.error_forbidden,
        404 => t.error_not_found,
        409 | 422 => t.error_conflict,
        429 | 503 => t.error_later,
        500.. => t.error_server,
        _ => t.error_request,
    };
    let here = encoded(own_address(Some(&address(&failed.uri))));
    let f = Frame::new(world, locale, None, Nav::None, title.to_owned(), here);
    // The details are written for programs, in English.
    let detail = Some(problem.detail()).filter(|_| locale == Locale::En);
    let mut response = html(&Error { f, status: problem.status_code().as_u16(), detail })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
