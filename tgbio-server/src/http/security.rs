//! Headers that tell the browser what pages may not do.

use poem::http::{HeaderName, HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

/// Nothing but what comes from this server, and no inline script.
const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; \
    base-uri 'none'";

/// Swagger UI is one page with inline script and style. It shows an answer that is a picture by an address of its own.
const DOCS: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// Middleware that sets the security headers on every answer, unless the handler has set its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SecurityHeaders {
    /// Keeps search engines away.
    pub noindex: bool,
    /// Tells browsers to come back over TLS only; for servers whose public URL is `https`.
    pub tls: bool,
}

impl SecurityHeaders {
    fn set(self, response: &mut Response, docs: bool) {
        let mut default = |name: HeaderName, value| {
            response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
        };
        default(header::CONTENT_SECURITY_POLICY, if docs { DOCS } else { PAGES });
        default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        default(header::REFERRER_POLICY, "same-origin");
        default(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        default(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
        if self.noindex {
            default(X_ROBOTS_TAG, "noindex, nofollow");
        }
        if self.tls {
            default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> SecurityHeadersEndpoint<E> {
        SecurityHeadersEndpoint { inner, headers: *self }
    }
}

/// Endpoint of [`SecurityHeaders`].
#[derive(Debug)]
pub struct SecurityHeadersEndpoint<E> {
    inner: E,
    headers: SecurityHeaders,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path();
        let docs = path == "/docs" || path.starts_with("/docs/");
        let mut response = self.inner.call(request).await?.into_response();
        self.headers.set(&mut response, docs);
        Ok(response)
    }
}
