//! Log-in, log-out and the choice of the language.

use askama::Template;
use poem::handler;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::{Form, Path, Query};
use serde::Deserialize;
use tgbio_server::auth::login::{Credentials, LoginError};
use tgbio_server::http::Problem;

use super::cookies::{self, Flash};
use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, add_cookie, own_address, see_other};
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
    fn new(visitor: &Visitor, next: &str, user: String, error: Option<String>) -> Self {
        Self { f: visitor.frame(Nav::None, visitor.t.log_in), next: next.to_owned(), user, error }
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(next): Query<Next>) -> Reply {
    let next = own_address(next.next.as_deref());
    if visitor.staff.is_some() {
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
    match visitor.desk.login.log_in(credentials, visitor.client).await {
        Ok(session) => {
            let mut response = see_other(next);
            add_cookie(&mut response, visitor.desk.cookie.begin(&session));
            Ok(response)
        }
        Err(error) => refused(&visitor, next, user, error),
    }
}

fn refused(visitor: &Visitor, next: &str, user: String, error: LoginError) -> Reply {
    let t = visitor.t;
    let (status, text, wait) = match error {
        LoginError::Wrong => (StatusCode::UNAUTHORIZED, t.login_wrong, None),
        LoginError::TooOften(wait) => (StatusCode::TOO_MANY_REQUESTS, t.login_wait, Some(wait)),
        error => return Err(Problem::from(error)),
    };
    let mut response =
        visitor.show_as(status, &LoginPage::new(visitor, next, user, Some(text.to_owned())))?;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    }
    Ok(response)
}

#[handler]
pub(super) async fn log_out(visitor: Visitor) -> Reply {
    if let Some(secret) = visitor.desk.cookie.secret(&visitor.headers) {
        visitor.desk.accounts.end_session(secret).await.map_err(Problem::from)?;
    }
    let mut response = visitor.go("/login", &Flash::good(visitor.t.logged_out));
    add_cookie(&mut response, visitor.desk.cookie.end());
    Ok(response)
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
    add_cookie(&mut response, cookies::set_locale(locale, visitor.desk.tls));
    Ok(response)
}
