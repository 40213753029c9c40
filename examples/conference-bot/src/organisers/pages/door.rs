//! Log-in, log-out and the choice of the language.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path, Query};
use serde::Deserialize;
use tgbio_server::auth::door::LoginForm;
use tgbio_server::auth::login::LoginError;
use tgbio_server::http::Problem;
use tgbio_server::http::site::{Flash, add_cookie, own_address, see_other};

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::texts::Locale;

#[derive(Debug, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    next: String,
    user: String,
    error: Option<String>,
}

impl LoginPage {
    fn new(visitor: &Visitor, next: &str, user: &str, error: Option<String>) -> Self {
        let f = visitor.frame(Nav::None, visitor.t.log_in);
        Self { f, next: next.to_owned(), user: user.to_owned(), error }
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(next): Query<Next>) -> Reply {
    let next = own_address(next.next.as_deref());
    if visitor.staff.is_some() {
        return Ok(see_other(next));
    }
    visitor.show(&LoginPage::new(&visitor, next, "", None))
}

#[handler]
pub(super) async fn log_in(visitor: Visitor, Form(given): Form<LoginForm>) -> Reply {
    let entered = visitor.desk.login.enter(&given, visitor.client, visitor.desk.cookie).await;
    entered.or_else(|error| refused(&visitor, &given, error))
}

fn refused(visitor: &Visitor, given: &LoginForm, error: LoginError) -> Reply {
    let text = match &error {
        LoginError::Wrong => visitor.t.login_wrong,
        LoginError::TooOften(_) => visitor.t.login_wait,
        _ => return Err(Problem::from(error)),
    };
    let page = LoginPage::new(visitor, given.next(), given.user(), Some(text.to_owned()));
    Ok(error.told_by(visitor.show(&page)?))
}

#[handler]
pub(super) async fn log_out(visitor: Visitor) -> Reply {
    let left = visitor.go("/login", &Flash::good(visitor.t.logged_out));
    let accounts = &visitor.desk.accounts;
    accounts.leave(&visitor.headers, visitor.desk.cookie, left).await.map_err(Problem::from)
}

#[handler]
pub(super) async fn choose_language(
    visitor: Visitor,
    Path(code): Path<String>,
    Query(next): Query<Next>,
) -> Reply {
    let locale =
        Locale::of_code(&code).ok_or_else(|| Problem::not_found("there are no pages in this language"))?;
    let mut response = see_other(own_address(next.next.as_deref()));
    add_cookie(&mut response, visitor.cookies().set_language(locale.code()));
    Ok(response)
}
