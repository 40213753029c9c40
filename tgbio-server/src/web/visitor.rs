//! Who looks at a page, in which language, and what every page shows around its content.

use std::sync::Arc;

use askama::Template;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{FromRequest, Request, RequestBody, Response};
use tgbio_core::store::Actor;

use super::cookies;
use super::texts::{Lang, Texts};
use super::{Web, assets};
use crate::auth::{self, Caller, Scope};
use crate::http::Problem;
use crate::http::site::{self, Flash, SiteCookies, add_cookie, encoded, see_other};

/// What a handler of a page answers.
pub(super) type Reply = Result<Response, Problem>;

/// The part of the site that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Profiles,
    Add,
    Status,
    Audit,
    Tokens,
    Account,
    Login,
    None,
}

/// Whoever asked for a page.
pub(super) struct Visitor {
    pub(super) web: Web,
    pub(super) t: &'static Texts,
    pub(super) client: Option<std::net::IpAddr>,
    pub(super) headers: HeaderMap,
    caller: Caller,
    here: String,
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let caller = Caller::from_request(request, body).await?;
        let web = request.data::<Web>().cloned();
        let web = web.ok_or_else(|| Problem::internal(&"a page without its shared parts"))?;
        let here = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self {
            t: cookies::lang(request.headers()).texts(),
            client: web.proxies.client(request),
            headers: request.headers().clone(),
            web,
            caller,
            here,
        })
    }
}

impl Visitor {
    /// Refuses whoever may not read.
    pub(super) fn reads(&self) -> Result<(), Problem> {
        self.caller.require(Scope::Read)
    }

    /// Refuses everybody but admins.
    pub(super) fn manages(&self) -> Result<(), Problem> {
        self.caller.require_own(Scope::Admin)
    }

    /// Whether the forms of the admin will work.
    pub(super) fn is_admin(&self) -> bool {
        self.manages().is_ok()
    }

    /// Whether this is somebody in particular, who may see notes and what is not confirmed.
    pub(super) fn is_known(&self) -> bool {
        self.caller.require_own(Scope::Read).is_ok()
    }

    /// The admin who is logged in.
    pub(super) fn user(&self) -> Option<Arc<str>> {
        logged_in(&self.caller)
    }

    /// Who goes into the audit log.
    pub(super) fn actor(&self) -> Actor {
        let name = self.caller.actor().to_string();
        let (kind, name) = name.split_once(':').unwrap_or(("user", &name));
        Actor::named(kind, name)
    }

    pub(super) fn cookies(&self) -> SiteCookies {
        cookies::cookies(self.web.tls)
    }

    /// What stands around the content.
    pub(super) fn page(&self, section: Section, title: impl Into<String>) -> Page {
        let flash = self.cookies().flash(&self.headers);
        Page { flash, ..Page::new(self.t, section, title.into(), &self.here, Some(&self.caller)) }
    }

    /// Sends a page. A message that it shows is used up.
    pub(super) fn show(&self, page: &impl Template) -> Reply {
        let mut response = html(page)?;
        if self.is_known() {
            // After the log-out nothing of it is left for who goes back.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if self.cookies().flash(&self.headers).is_some() {
            add_cookie(&mut response, self.cookies().clear_flash());
        }
        Ok(response)
    }

    /// As [`show`](Self::show) with another status.
    pub(super) fn show_as(&self, status: StatusCode, page: &impl Template) -> Reply {
        let mut response = self.show(page)?;
        response.set_status(status);
        Ok(response)
    }

    /// Leads on after a form, with a message there.
    pub(super) fn go(&self, to: &str, flash: &Flash) -> Response {
        let mut response = see_other(to);
        add_cookie(&mut response, self.cookies().set_flash(flash));
        response
    }
}

/// What stands around the content of every page.
pub(super) struct Page {
    pub(super) t: &'static Texts,
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) here: String,
    pub(super) user: Option<Arc<str>>,
    pub(super) admin: bool,
    pub(super) reads: bool,
    pub(super) noindex: bool,
    pub(super) flash: Option<Flash>,
}

/// The admin who is logged in.
fn logged_in(caller: &Caller) -> Option<Arc<str>> {
    match caller.actor() {
        auth::Actor::Session { user } => Some(Arc::clone(user)),
        _ => None,
    }
}

impl Page {
    /// What stands around a page at `here` for this caller; without one, for a stranger.
    pub(super) fn new(
        t: &'static Texts,
        section: Section,
        title: String,
        here: &str,
        caller: Option<&Caller>,
    ) -> Self {
        Self {
            t,
            title,
            section,
            here: encoded(here),
            user: caller.and_then(logged_in),
            admin: caller.is_some_and(|caller| caller.require_own(Scope::Admin).is_ok()),
            reads: caller.is_some_and(|caller| caller.may(Scope::Read)),
            noindex: true,
            flash: None,
        }
    }

    pub(super) fn is(&self, section: Section) -> bool {
        self.section == section
    }

    pub(super) fn css(&self) -> &'static str {
        assets::css()
    }

    pub(super) fn js(&self) -> &'static str {
        assets::js()
    }

    pub(super) fn other_languages(&self) -> impl Iterator<Item = Lang> {
        let own = self.t.lang;
        Lang::ALL.into_iter().filter(move |lang| *lang != own)
    }
}

/// Renders a page with the headers that all pages have.
pub(super) fn html(page: &impl Template) -> Reply {
    site::html(page, "private, no-cache")
}
