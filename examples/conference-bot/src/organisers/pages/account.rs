//! `/account`: one's own password.

use askama::Template;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Form;
use secrecy::SecretString;
use serde::Deserialize;
use tgbio_server::auth::AuthError;
use tgbio_server::http::Problem;
use tgbio_server::http::site::{Flash, add_cookie};

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::domain::Role;

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    f: Frame,
    error: Option<&'static str>,
}

#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.with(Role::ALL)?;
    visitor.show(&Account { f: visitor.frame(Nav::None, visitor.t.account_title), error: None })
}

#[handler]
pub(super) async fn submit(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let staff = visitor.with(Role::ALL)?;
    let t = visitor.t;
    let error = match change(&visitor, &staff.name, given).await? {
        None => {
            let who = staff.who(visitor.locale);
            let person = staff.person;
            let noted =
                visitor.desk.act(who, move |act| act.audit("password.changed", ("person", person), ""));
            noted.await.map_err(crate::organisers::staff::problem)?;
            let mut response = visitor.go("/login", &Flash::good(t.account_changed));
            add_cookie(&mut response, visitor.desk.cookie.end());
            return Ok(response);
        }
        Some(error) => error,
    };
    let page = Account { f: visitor.frame(Nav::None, t.account_title), error: Some(error) };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Why a password was not changed.
async fn change(visitor: &Visitor, user: &str, given: Given) -> Result<Option<&'static str>, Problem> {
    let t = visitor.t;
    if given.new != given.again {
        return Ok(Some(t.account_differ));
    }
    let (old, new): (SecretString, SecretString) = (given.old.into(), given.new.into());
    match visitor.desk.accounts.change_password(user, old, new).await {
        Ok(()) => Ok(None),
        Err(AuthError::WrongPassword) => Ok(Some(t.account_wrong)),
        Err(AuthError::Password(_)) => Ok(Some(t.account_short)),
        Err(error) => Err(error.into()),
    }
}
