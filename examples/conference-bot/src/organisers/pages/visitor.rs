//! Who looks at a page, in which language, and how handlers answer.

use askama::Template;
use poem::http::{HeaderMap, StatusCode};
use poem::{FromRequest, Request, RequestBody, Response};
use tgbio_server::auth::{Caller, Scope};
use tgbio_server::http::site::{self, Flash, SiteCookies, add_cookie, address, encoded, see_other};
use tgbio_server::http::{Problem, kinds};

use super::cookies;
use super::frame::{Frame, Nav};
use crate::actions::{Act, Done};
use crate::domain::Role;
use crate::organisers::site::Desk;
use crate::organisers::staff::{Staff, problem};
use crate::organisers::texts::{self, Texts};
use crate::store::{Res, Stop};
use crate::texts::Locale;

/// What a handler of a page answers.
pub(super) type Reply = Result<Response, Problem>;

/// Whoever asked for a page.
pub(super) struct Visitor {
    pub(super) desk: Desk,
    pub(super) t: &'static Texts,
    pub(super) locale: Locale,
    pub(super) client: Option<std::net::IpAddr>,
    pub(super) headers: HeaderMap,
    pub(super) staff: Option<Staff>,
    known: bool,
    here: String,
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let caller = Caller::from_request(request, body).await?;
        let missing = || Problem::internal(&"a page without its shared parts");
        let desk = request.data::<Desk>().cloned().ok_or_else(missing)?;
        let locale = cookies::locale(request.headers());
        Ok(Self {
            staff: Staff::of(&desk, &caller).await?,
            known: caller.may(Scope::Read),
            client: desk.world.config.trusted_proxies.client(request),
            headers: request.headers().clone(),
            here: address(request.uri()),
            t: texts::of(locale),
            locale,
            desk,
        })
    }
}

impl Visitor {
    /// The one who is logged in and has one of these roles; organisers have all.
    pub(super) fn with(&self, roles: &[Role]) -> Result<&Staff, Problem> {
        let Some(staff) = &self.staff else {
            let stranger = || Problem::new(kinds::FORBIDDEN, "this log-in acts for nobody at the conference");
            return Err(if self.known { stranger() } else { Problem::unauthorized() });
        };
        staff.require(roles)?;
        Ok(staff)
    }

    /// The organiser who is logged in.
    pub(super) fn organiser(&self) -> Result<&Staff, Problem> {
        self.with(&[])
    }

    /// Does something in one transaction.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        staff: &Staff,
        work: impl FnOnce(&Act<'_>) -> Res<T> + Send + 'static,
    ) -> Result<Res<T>, Problem> {
        staff.reaches(Scope::Write)?;
        match self.desk.act(staff.who(self.locale), work).await {
            Err(failed @ Stop::Failed(_)) => Err(problem(failed)),
            done => Ok(done),
        }
    }

    /// Does something and leads on with a message about it.
    pub(super) async fn act_and_go(
        &self,
        staff: &Staff,
        to: &str,
        work: impl FnOnce(&Act<'_>) -> Res<Done> + Send + 'static,
    ) -> Reply {
        let done = self.act(staff, work).await?;
        Ok(self.after(to, done.map(|done| done.notice.map(|say| say.text(self.locale)))))
    }

    /// Leads on, saying what was done or why not.
    pub(super) fn after(&self, to: &str, done: Res<Option<String>>) -> Response {
        let flash = match done {
            Ok(said) => Flash::good(said.unwrap_or_else(|| self.t.done.to_owned())),
            Err(Stop::Refused(say)) => Flash::bad(say.text(self.locale)),
            Err(Stop::Failed(error)) => return Problem::from(error).to_response(),
        };
        self.go(to, &flash)
    }

    pub(super) fn cookies(&self) -> SiteCookies {
        cookies::cookies(self.desk.tls)
    }

    /// What stands around the content.
    pub(super) fn frame(&self, at: Nav, title: impl Into<String>) -> Frame {
        let here = encoded(&self.here);
        let mut frame =
            Frame::new(&self.desk.world, self.locale, self.staff.as_ref(), at, title.into(), here);
        frame.flash = self.cookies().flash(&self.headers);
        frame
    }

    /// Sends a page. A message that it shows is used up.
    pub(super) fn show(&self, page: &impl Template) -> Reply {
        let mut response = html(page)?;
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

/// Renders a page with the headers that all pages have. What is about people is kept nowhere.
pub(super) fn html(page: &impl Template) -> Reply {
    site::html(page, "private, no-store")
}

/// What is not there.
pub(super) fn nothing() -> Problem {
    Problem::not_found("there is nothing of this number")
}

/// A number from a field of a form; an empty field is none.
pub(super) fn number(text: &str) -> Result<Option<i64>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => {
            text.parse().map(Some).map_err(|_| Problem::new(kinds::BAD_PARAMETER, "a field needs a number"))
        }
    }
}
