//! Log-in, log-out and the choice of the language.

use std::time::Duration;

use askama::Template;
use poem::handler;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::{Form, Path, Query};
use serde::Deserialize;

use super::cookies::{self, Flash};
use super::html::fill_plain;
use super::texts::{Lang, Texts};
use super::times;
use super::visitor::{Page, Reply, Section, Visitor, add_cookie, own_address, see_other};
use crate::auth::login::{Credentials, LoginError};
use crate::http::Problem;

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
    fn new(visitor: &Visitor, next: &str, user: String, error: Option<String>) -> Self {
        let page = visitor.page(Section::Login, visitor.t.login_title);
        Self { page, t: visitor.t, next: next.to_owned(), user, error }
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(next): Query<Next>) -> Reply {
    let next = own_address(next.next.as_deref());
    if visitor.user().is_some() {
        return Ok(see_other(next));
    }
    visitor.show(&LoginPage::new(&visitor, next, String::new(), None))
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    remember: Option<String>,
    next: Option<String>,
}

#[handler]
pub(super) async fn log_in(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let next = own_address(given.next.as_deref());
    let user = given.user.trim().to_owned();
    let credentials = Credentials {
        user: user.clone(),
        password: given.password.into(),
        remember: given.remember.is_some(),
    };
    match visitor.web.login.log_in(credentials, visitor.client).await {
        Ok(session) => {
            let mut response = see_other(next);
            add_cookie(&mut response, visitor.web.cookie.begin(&session));
            Ok(response)
        }
        Err(error) => refused(&visitor, next, user, error),
    }
}

fn refused(visitor: &Visitor, next: &str, user: String, error: LoginError) -> Reply {
    let t = visitor.t;
    let (status, text, wait) = match error {
        LoginError::Wrong => (StatusCode::UNAUTHORIZED, t.login_wrong.to_owned(), None),
        LoginError::TooOften(wait) => {
            let text = fill_plain(t.login_wait, &[&times::span(t, wait)]);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(wait))
        }
        error => return Err(Problem::from(error)),
    };
    let mut response = visitor.show_as(status, &LoginPage::new(visitor, next, user, Some(text)))?;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, whole_seconds(wait));
    }
    Ok(response)
}

fn whole_seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs() + 1)
}

#[handler]
pub(super) async fn log_out(visitor: Visitor) -> Reply {
    if let Some(secret) = visitor.web.cookie.secret(&visitor.headers) {
        visitor.web.app.accounts.end_session(secret).await.map_err(Problem::from)?;
    }
    let mut response = visitor.go("/login", &Flash::good(visitor.t.flash_logged_out));
    add_cookie(&mut response, visitor.web.cookie.end());
    Ok(response)
}

#[handler]
pub(super) async fn choose_language(
    visitor: Visitor,
    Path(code): Path<String>,
    Query(next): Query<Next>,
) -> Reply {
    let lang =
        Lang::from_code(&code).ok_or_else(|| Problem::not_found("there are no pages in this language"))?;
    let to = own_address(next.next.as_deref());
    let mut response = see_other(to);
    add_cookie(&mut response, cookies::set_lang(lang, visitor.web.tls));
    Ok(response)
}
