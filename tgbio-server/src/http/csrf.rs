//! Changes are taken only from this server's own pages, or from programs that show a token.

use poem::http::{HeaderMap, Method, header};
use poem::{Endpoint, Middleware, Request};
use url::Url;

use super::kinds;
use super::problem::Problem;

/// Middleware that refuses forms and scripts of other sites.
#[derive(Debug, Clone, Default)]
pub struct SameOrigin {
    public: Option<String>,
}

impl SameOrigin {
    /// `public_url` is the server's own address if a proxy changes the `Host` header.
    pub fn new(public_url: Option<&Url>) -> Self {
        Self { public: public_url.map(|url| url.origin().ascii_serialization()) }
    }

    fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
        if method.is_safe() || bearer(headers) || self.same_origin(headers) {
            return Ok(());
        }
        Err(Problem::new(
            kinds::CROSS_SITE,
            "nothing was done; a program sends a token with `Authorization: Bearer TOKEN`",
        ))
    }

    fn same_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        if let Some(site) = text("sec-fetch-site") {
            return site == "same-origin" || site == "none";
        }
        // Without either header it is no browser, or one so old that SameSite cookies have to do.
        let Some(origin) = text("origin") else { return true };
        if self.public.as_deref() == Some(origin) {
            return true;
        }
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text("host")
    }
}

/// Another site cannot make a browser send this header.
fn bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.get(..7)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
}

impl<E: Endpoint> Middleware<E> for SameOrigin {
    type Output = SameOriginEndpoint<E>;

    fn transform(&self, inner: E) -> SameOriginEndpoint<E> {
        SameOriginEndpoint { inner, rule: self.clone() }
    }
}

/// Endpoint of [`SameOrigin`].
#[derive(Debug)]
pub struct SameOriginEndpoint<E> {
    inner: E,
    rule: SameOrigin,
}

impl<E: Endpoint> Endpoint for SameOriginEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> poem::Result<E::Output> {
        self.rule.check(request.method(), request.headers())?;
        self.inner.call(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: &Method, headers: &[(&str, &str)]) -> bool {
        let public = Url::parse("https://bios.example/").unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(poem::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        SameOrigin::new(Some(&public)).check(method, &map).is_ok()
    }

    #[test]
    fn other_sites_are_refused() {
        let host = ("host", "inside:8080");
        assert!(allowed(&Method::GET, &[host, ("sec-fetch-site", "cross-site")]));
        assert!(allowed(&Method::POST, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(!allowed(&Method::POST, &[host, ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&Method::POST, &[host, ("sec-fetch-site", "same-site")]));
        assert!(!allowed(&Method::DELETE, &[host, ("origin", "http://evil.example")]));
        assert!(!allowed(&Method::POST, &[host, ("origin", "null")]));
        assert!(!allowed(&Method::POST, &[host, ("origin", "http://inside:8081")]));
        assert!(allowed(&Method::POST, &[host, ("origin", "http://inside:8080")]));
        assert!(allowed(&Method::POST, &[host, ("origin", "https://bios.example")]));
        assert!(allowed(&Method::POST, &[host]), "no browser");
        assert!(allowed(&Method::POST, &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]));
        assert!(!allowed(&Method::POST, &[("sec-fetch-site", "cross-site"), ("authorization", "Basic x")]));
    }
}
