//! The order in which the middleware stands around the application.

use poem::{Endpoint, EndpointExt, Response};
use url::Url;

use super::compress::Compress;
use super::csrf::SameOrigin;
use super::errors::{ErrorPage, Problems};
use super::limits::BodyLimit;
use super::metrics::CountRequests;
use super::routes::Routes;
use super::security::SecurityHeaders;
use crate::auth::guard::Authenticate;

/// What the shell needs to know.
#[derive(Clone)]
pub struct Shell {
    /// The server's own address as its users see it.
    pub public_url: Option<Url>,
    /// Keeps search engines away.
    pub noindex: bool,
    /// Largest request body, and how long it may take.
    pub body: BodyLimit,
    /// Draws errors for people; without it everybody gets problem documents.
    pub error_page: Option<ErrorPage>,
    /// Finds out who is asking.
    pub authenticate: Authenticate,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// The application behind all middleware. It never answers with an error that is not a problem document.
pub fn shell(routes: Routes, shell: Shell) -> impl Endpoint<Output = Response> + 'static {
    let tls = shell.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let (route, allow) = routes.with_problem_pages().finish();
    let problems = Problems::new(allow, shell.error_page, shell.authenticate.clone());
    route
        .with(shell.authenticate)
        .with(shell.body)
        .with(SameOrigin::new(shell.public_url.as_ref()))
        .with(problems)
        .with(Compress)
        .with(SecurityHeaders { noindex: shell.noindex, tls })
        .with(CountRequests)
}
