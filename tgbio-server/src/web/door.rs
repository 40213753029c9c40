//! Log-in, log-out and the choice of the language.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path, Query};
use serde::Deserialize;

use super::html::fill_plain;
use super::texts::{Lang, Texts};
use super::times;
use super::visitor::{Page, Reply, Section, Visitor};
use crate::auth::door::LoginForm;
use crate::auth::login::LoginError;
use crate::http::Problem;
use crate::http::site::{Flash, add_cookie, own_address, see_other};

#[derive(Debug, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    t: &'static Texts,
    next: String,
    user: String,
    error: Option<String>,
}

impl LoginPage {
    fn new(visitor: &Visitor, next: &str, user: &str, error: Option<String>) -> Self {
        let page = visitor.page(Section::Login, visitor.t.login_title);
        Self { page, t: visitor.t, next: next.to_owned(), user: user.to_owned(), error }
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(next): Query<Next>) -> Reply {
    let next = own_address(next.next.as_deref());
    if visitor.user().is_some() {
        return Ok(see_other(next));
    }
    visitor.show(&LoginPage::new(&visitor, next, "", None))
}

#[handler]
pub(super) async fn log_in(visitor: Visitor, Form(given): Form<LoginForm>) -> Reply {
    let entered = visitor.web.login.enter(&given, visitor.client, visitor.web.cookie).await;
    entered.or_else(|error| refused(&visitor, &given, error))
}

fn refused(visitor: &Visitor, given: &LoginForm, error: LoginError) -> Reply {
    let t = visitor.t;
    let text = match &error {
        LoginError::Wrong => t.login_wrong.to_owned(),
        LoginError::TooOften(wait) => fill_plain(t.login_wait, &[&times::span(t, *wait)]),
        LoginError::Auth(_) => return Err(Problem::from(error)),
    };
    let page = LoginPage::new(visitor, given.next(), given.user(), Some(text));
    Ok(error.told_by(visitor.show(&page)?))
}

#[handler]
pub(super) async fn log_out(visitor: Visitor) -> Reply {
    let left = visitor.go("/login", &Flash::good(visitor.t.flash_logged_out));
    let accounts = &visitor.web.app.accounts;
    accounts.leave(&visitor.headers, visitor.web.cookie, left).await.map_err(Problem::from)
}

#[handler]
pub(super) async fn choose_language(
    visitor: Visitor,
    Path(code): Path<String>,
    Query(next): Query<Next>,
) -> Reply {
    let lang =
        Lang::from_code(&code).ok_or_else(|| Problem::not_found("there are no pages in this language"))?;
    let mut response = see_other(own_address(next.next.as_deref()));
    add_cookie(&mut response, visitor.cookies().set_language(lang.code()));
    Ok(response)
}
