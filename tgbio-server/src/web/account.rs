//! `/account`: the admin's own password.

use askama::Template;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Form;
use secrecy::SecretString;
use serde::Deserialize;

use super::html::fill_plain;
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use crate::auth::AuthError;
use crate::http::Problem;
use crate::http::site::{Flash, add_cookie};

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    page: Page,
    t: &'static Texts,
    who: String,
    user: String,
    error: Option<&'static str>,
}

impl Account {
    fn new(visitor: &Visitor, user: &str, error: Option<&'static str>) -> Self {
        let t = visitor.t;
        let page = visitor.page(Section::Account, t.account_title);
        Self { page, t, who: fill_plain(t.account_who, &[user]), user: user.to_owned(), error }
    }
}

#[derive(Deserialize)]
pub(super) struct Given {
    old: String,
    new: String,
    again: String,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    let user = visitor.user().ok_or_else(Problem::unauthorized)?;
    visitor.show(&Account::new(&visitor, &user, None))
}

#[handler]
pub(super) async fn submit(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let user = visitor.user().ok_or_else(Problem::unauthorized)?;
    let t = visitor.t;
    let error = match change(&visitor, &user, given).await {
        Ok(()) => {
            let mut response = visitor.go("/login", &Flash::good(t.flash_password));
            add_cookie(&mut response, visitor.web.cookie.end());
            return Ok(response);
        }
        Err(Refused::Differ) => t.account_differ,
        Err(Refused::By(AuthError::WrongPassword)) => t.account_wrong,
        Err(Refused::By(AuthError::Password(_))) => t.account_short,
        Err(Refused::By(error)) => return Err(error.into()),
    };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &Account::new(&visitor, &user, Some(error)))
}

/// Why a password was not changed.
enum Refused {
    Differ,
    By(AuthError),
}

async fn change(visitor: &Visitor, user: &str, given: Given) -> Result<(), Refused> {
    if given.new != given.again {
        return Err(Refused::Differ);
    }
    let (old, new): (SecretString, SecretString) = (given.old.into(), given.new.into());
    let changed = visitor.web.app.accounts.change_password(user, old, new).await;
    changed.map_err(Refused::By)
}
