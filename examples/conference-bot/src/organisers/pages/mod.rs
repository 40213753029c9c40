//! The pages: rendered here, usable without JavaScript, in Russian and English. Every change is a plain form that is
//! answered with a redirect; that forms come from this site is checked by the shell around.

mod account;
mod assets;
mod audit;
mod broadcasts;
mod chart;
mod cookies;
mod deadlines;
mod delivery;
mod documents;
mod door;
mod error;
mod exports;
mod frame;
mod home;
mod papers;
mod people;
mod person;
mod programme;
mod queue;
mod roles;
mod sections;
mod visitor;

use poem::{EndpointExt, IntoEndpoint, handler};
use tgbio_server::http::Routes;

use super::site::Desk;

pub(super) use error::error_page;

/// The route table with what every page needs.
struct Pages {
    routes: Routes,
    desk: Desk,
}

impl Pages {
    fn get<E>(self, path: &str, page: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let Self { routes, desk } = self;
        Self { routes: routes.get(path, page.data(desk.clone())), desk }
    }

    fn post<E>(self, path: &str, form: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let Self { routes, desk } = self;
        Self { routes: routes.post(path, form.data(desk.clone())), desk }
    }
}

/// Adds all pages.
pub(super) fn routes(routes: Routes, desk: &Desk) -> Routes {
    let pages = Pages { routes, desk: desk.clone() };
    organising(conference(open(pages))).routes
}

/// What everybody may see.
fn open(pages: Pages) -> Pages {
    pages
        .get("/login", door::show)
        .post("/login", door::log_in)
        .post("/logout", door::log_out)
        .get("/lang/:code", door::choose_language)
        .get("/assets/:name", assets::asset)
        .get("/favicon.ico", assets::icon)
        .get("/programme", programme::public)
        .get("/programme.ics", programme::ics)
        .get("/programme.md", programme::plain)
        .get("/healthz", healthz)
}

#[handler]
fn healthz() -> &'static str {
    "ok"
}

/// People and papers.
fn conference(pages: Pages) -> Pages {
    pages
        .get("/", home::show)
        .get("/people", people::show)
        .get("/people/:id", person::show)
        .get("/people/:id/data.json", person::data)
        .get("/people/:id/data.zip", person::package)
        .get("/people/:id/erase", person::erase_page)
        .post("/people/:id/erase", person::erase)
        .get("/papers", papers::list)
        .get("/papers/:id", papers::show)
        .post("/papers/:id/offer", papers::offer)
        .post("/papers/:id/decide", papers::decide)
        .post("/papers/:id/undo", papers::undo)
        .post("/papers/:id/:verb", papers::screen)
        .get("/queue", queue::show)
        .post("/queue/undo", queue::undo)
        .get("/applications/:id", queue::card)
        .post("/applications/:id/organisation", queue::organisation)
        .post("/applications/:id/:verb", queue::moderate)
        .get("/documents/:id", documents::show)
}

/// What organisers set.
fn organising(pages: Pages) -> Pages {
    pages
        .get("/deadlines", deadlines::show)
        .post("/deadlines", deadlines::set_limit)
        .post("/links", deadlines::make_link)
        .get("/sections", sections::show)
        .post("/sections", sections::add)
        .post("/sections/:id", sections::change)
        .get("/broadcasts", broadcasts::show)
        .post("/broadcasts", broadcasts::write)
        .get("/broadcasts/:id", broadcasts::preview)
        .post("/broadcasts/:id/send", broadcasts::send)
        .get("/slots", programme::edit)
        .post("/slots", programme::add)
        .post("/slots/:id/move", programme::shift)
        .post("/slots/:id/remove", programme::remove)
        .get("/exports", exports::show)
        .get("/exports/:name", exports::file)
        .get("/roles", roles::show)
        .post("/roles", roles::grant)
        .post("/roles/:id/revoke", roles::revoke)
        .post("/identities", roles::let_in)
        .post("/identities/remove", roles::shut_out)
        .post("/identities/reset", roles::reset)
        .get("/delivery", delivery::show)
        .post("/delivery/:id/retry", delivery::retry)
        .get("/reports", delivery::reports)
        .post("/reports/:id/close", delivery::close)
        .get("/audit", audit::show)
        .get("/account", account::show)
        .post("/account", account::submit)
}
