//! The pages: rendered here, usable without JavaScript, in English and Russian.
//!
//! [`routes`] adds them to the route table, [`error_page`] draws errors in their look. Every change is a plain form
//! that is answered with a redirect; that forms come from this site is checked by the shell around.

mod account;
mod add;
mod alarms;
mod assets;
mod audit;
mod change;
mod chart;
mod cookies;
mod coverage;
mod door;
mod edit;
mod error;
mod files;
mod held;
mod history;
mod html;
mod list;
mod manage;
mod names;
mod pasted;
mod period;
mod plain;
mod present;
mod revision;
mod sources;
mod status;
mod telegram;
#[cfg(test)]
mod tests;
mod texts;
mod times;
mod tokens;
mod visitor;

use std::sync::Arc;

use poem::{EndpointExt, IntoEndpoint};

use crate::auth::Login;
use crate::auth::cookie::SessionCookie;
use crate::http::Routes;
use crate::http::client_addr::TrustedProxies;
use crate::state::App;

pub use assets::CSS as STYLE;
pub use error::error_page;

/// What all pages share.
#[derive(Clone)]
struct Web(Arc<Shared>);

struct Shared {
    app: App,
    login: Login,
    cookie: SessionCookie,
    proxies: TrustedProxies,
    tls: bool,
    histories: history::Cache,
}

impl std::ops::Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Web {
    fn new(app: &App, proxies: TrustedProxies) -> Self {
        let tls = behind_tls(app);
        Self(Arc::new(Shared {
            login: Login::new(app.accounts.clone()),
            cookie: SessionCookie::new(tls),
            proxies,
            tls,
            histories: history::Cache::new(history::ROOM),
            app: app.clone(),
        }))
    }
}

impl Web {
    /// Drops what was made of a profile whose content was removed.
    fn forget(&self, id: tgbio_core::ProfileId) {
        self.histories.forget(id);
        self.app.answers().forget(id);
    }
}

/// Whether browsers reach this server over TLS.
fn behind_tls(app: &App) -> bool {
    app.settings.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
}

/// Adds all pages. `proxies` are those whose forwarding headers tell the address that log-ins are counted by.
pub fn routes(routes: Routes, app: &App, proxies: TrustedProxies) -> Routes {
    let pages = Pages { routes, web: Web::new(app, proxies) };
    let pages = reading(pages);
    let pages = managing(pages);
    own_things(pages).routes
}

/// The route table with what every page needs.
struct Pages {
    routes: Routes,
    web: Web,
}

impl Pages {
    fn get<E>(self, path: &str, page: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let Self { routes, web } = self;
        Self { routes: routes.get(path, page.data(web.clone())), web }
    }

    fn post<E>(self, path: &str, form: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let Self { routes, web } = self;
        Self { routes: routes.post(path, form.data(web.clone())), web }
    }
}

fn reading(pages: Pages) -> Pages {
    pages
        .get("/", list::show)
        .get("/profiles/:p", history::show)
        .get("/profiles/:p/pulse", history::pulse)
        .get("/profiles/:p/coverage", period::show)
        .get("/profiles/:p/photos/:sha256", files::photo)
        .get("/profiles/:p/revisions/:number/evidence", files::evidence)
        .get("/status", status::show)
        .get("/assets/:name", assets::asset)
        .get("/favicon.ico", assets::icon)
        .get("/lang/:code", door::choose_language)
        .get("/login", door::show)
        .post("/login", door::log_in)
        .post("/logout", door::log_out)
}

fn managing(pages: Pages) -> Pages {
    pages
        .get("/add", add::show)
        .post("/add", add::submit)
        .post("/profiles/:p/check", manage::check)
        .post("/profiles/:p/pause", manage::pause)
        .post("/profiles/:p/resume", manage::resume)
        .get("/profiles/:p/edit", edit::show)
        .post("/profiles/:p/edit", edit::submit)
        .get("/profiles/:p/erase", manage::erase_page)
        .post("/profiles/:p/erase", manage::erase)
        .get("/profiles/:p/revisions/:number/remove", manage::remove_page)
        .post("/profiles/:p/revisions/:number/remove", manage::remove)
        .post("/held/:id/accept", held::accept)
        .post("/held/:id/reject", held::reject)
        .post("/surges/:kind/accept", alarms::accept)
        .post("/surges/:kind/reject", alarms::reject)
        .post("/drifts/:drift/accept", alarms::accept_drift)
        .post("/drifts/:drift/reject", alarms::reject_drift)
}

fn own_things(pages: Pages) -> Pages {
    pages
        .get("/account", account::show)
        .post("/account", account::submit)
        .get("/tokens", tokens::show)
        .post("/tokens", tokens::make)
        .post("/tokens/revoke", tokens::revoke)
        .get("/audit", audit::show)
}
