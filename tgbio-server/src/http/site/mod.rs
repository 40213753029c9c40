//! What the pages of an application have in common that work without scripts: every change is a plain form that is
//! answered with a redirect, and errors lead to the log-in or back.

mod cookies;

use askama::Template;
use poem::http::{HeaderMap, HeaderValue, Method, Uri, header};
use poem::web::Redirect;
use poem::{Body, IntoResponse, Response};
use url::form_urlencoded;

use super::errors::FailedRequest;
use super::problem::Problem;

pub use cookies::{Flash, SiteCookies};

/// Renders a page. It depends on who asks and in which language; `caching` says what else browsers may keep of it, like
/// `private, no-cache`.
///
/// # Errors
/// [`Problem`] when the template cannot be rendered.
pub fn html(page: &impl Template, caching: &'static str) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, caching)
        .header(header::VARY, "Cookie, Accept-Language")
        .body(Body::from_string(text)))
}

/// Leads on to another page, which is asked for with `GET`.
pub fn see_other(to: &str) -> Response {
    Redirect::see_other(to).into_response()
}

/// Adds a cookie to an answer, if there is one.
pub fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A text as part of a query.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An address of this site to go on to, or the start page: never another site.
pub fn own_address(next: Option<&str>) -> &str {
    let own = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(own).unwrap_or("/")
}

/// The path and query of an address.
pub fn address(uri: &Uri) -> String {
    uri.path_and_query().map_or("/", |path| path.as_str()).to_owned()
}

/// The log-in page, leading back to where somebody wanted to go.
pub fn login_address(failed: &FailedRequest) -> String {
    // A form cannot be sent again: back to the page that it stood on.
    let wanted = match failed.method {
        Method::GET => Some(address(&failed.uri)),
        _ => referring_page(&failed.headers),
    };
    match own_address(wanted.as_deref()) {
        "/" => "/login".to_owned(),
        next => format!("/login?next={}", encoded(next)),
    }
}

fn referring_page(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    referer.parse().ok().map(|uri| address(&uri))
}

#[cfg(test)]
mod tests {
    use super::own_address;

    #[test]
    fn only_this_site_is_gone_on_to() {
        assert_eq!(own_address(Some("/profiles/a?before=3")), "/profiles/a?before=3");
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb", "/\tb"] {
            assert_eq!(own_address(Some(next)), "/", "{next}");
        }
        assert_eq!(own_address(None), "/");
    }
}
