//! `/roles`: who may do what, who can log in here, and which programs may ask.

use askama::Template;
use poem::handler;
use poem::web::{Form, Path};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tgbio_server::auth::{AuthError, Scope};
use tgbio_server::http::Problem;
use tgbio_server::http::site::Flash;

use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor, nothing, number};
use crate::actions::settings as set;
use crate::domain::Role;
use crate::organisers::read::settings;
use crate::organisers::read::settings::{IdentityRow, RoleRow, SectionRow};

#[derive(Template)]
#[template(path = "roles.html")]
struct Roles {
    f: Frame,
    roles: Vec<RoleRow>,
    identities: Vec<IdentityRow>,
    sections: Vec<SectionRow>,
    made: Option<(String, SecretString)>,
    me: String,
}

impl Roles {
    /// The secret that was just made, to be shown once.
    fn secret(&self) -> Option<(&str, &str)> {
        self.made.as_ref().map(|(name, secret)| (name.as_str(), secret.expose_secret()))
    }
}

async fn page(visitor: &Visitor, made: Option<(String, SecretString)>) -> Reply {
    let me = visitor.organiser()?.name.to_string();
    let look = visitor
        .desk
        .look(|conn| Ok((settings::roles(conn)?, settings::identities(conn)?, settings::sections(conn)?)));
    let (roles, identities, sections) = look.await?;
    let f = visitor.frame(Nav::Roles, visitor.t.nav_roles);
    visitor.show(&Roles { f, roles, identities, sections, made, me })
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    page(&visitor, None).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    person: String,
    role: String,
    section: String,
    back: String,
}

#[handler]
pub(super) async fn grant(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    let staff = visitor.organiser()?;
    let (person, section) = (number(&given.person)?.unwrap_or(0), number(&given.section)?);
    let role = Role::of(&given.role).ok_or_else(nothing)?;
    let done = visitor.act(staff, move |act| set::grant(act, person, role, section)).await?;
    let to = if given.back == "person" { format!("/people/{person}") } else { "/roles".to_owned() };
    Ok(visitor.after(&to, done.map(|()| None)))
}

#[handler]
pub(super) async fn revoke(visitor: Visitor, Path(id): Path<i64>) -> Reply {
    let staff = visitor.organiser()?;
    let done = visitor.act(staff, move |act| set::revoke(act, id)).await?;
    Ok(visitor.after("/roles", done.map(|()| None)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identity {
    kind: String,
    name: String,
    person: String,
    scope: String,
}

/// Makes the secret, which is shown once.
async fn secret(visitor: &Visitor, given: &Identity) -> Result<SecretString, AuthError> {
    let accounts = &visitor.desk.accounts;
    match given.kind.as_str() {
        "token" => {
            let scope: Scope = given.scope.parse().unwrap_or(Scope::Read);
            Ok(accounts.create_token(&given.name, scope).await?.secret)
        }
        _ => Ok(accounts.add_admin(&given.name).await?.0),
    }
}

/// A log-in is for a person who has a role; a token acts for the one who makes it.
#[handler]
pub(super) async fn let_in(visitor: Visitor, Form(given): Form<Identity>) -> Reply {
    let staff = visitor.organiser()?;
    staff.reaches(Scope::Admin)?;
    let token = given.kind == "token";
    let person = if token { staff.person } else { number(&given.person)?.unwrap_or(0) };
    let known = visitor.desk.look(move |conn| crate::store::people::get(conn, person)).await?;
    if known.is_none_or(|person| person.erased_at.is_some()) {
        return Ok(visitor.go("/roles", &Flash::bad(visitor.t.identity_nobody)));
    }
    let secret = match secret(&visitor, &given).await {
        Ok(secret) => secret,
        Err(AuthError::UserExists(_) | AuthError::TokenExists(_)) => {
            return Ok(visitor.go("/roles", &Flash::bad(visitor.t.identity_taken)));
        }
        Err(AuthError::UserName | AuthError::TokenName) => {
            return Ok(visitor.go("/roles", &Flash::bad(visitor.t.identity_name)));
        }
        Err(error) => return Err(Problem::from(error)),
    };
    let (kind, name) = (if token { "token" } else { "user" }, given.name.clone());
    let kept = visitor.act(staff, move |act| set::let_in(act, kind, &name, person)).await?;
    match kept {
        Ok(()) => page(&visitor, Some((given.name, secret))).await,
        refused => Ok(visitor.after("/roles", refused.map(|()| None))),
    }
}

#[handler]
pub(super) async fn shut_out(visitor: Visitor, Form(given): Form<Identity>) -> Reply {
    let staff = visitor.organiser()?;
    staff.reaches(Scope::Admin)?;
    let accounts = &visitor.desk.accounts;
    let (kind, gone) = match given.kind.as_str() {
        "token" => ("token", accounts.revoke_token(&given.name).await.map_err(Problem::from)?),
        _ if *given.name == *staff.name => ("user", false),
        _ => ("user", accounts.remove_admin(&given.name).await.map_err(Problem::from)?),
    };
    if !gone {
        return Ok(visitor.go("/roles", &Flash::bad(visitor.t.identity_stays)));
    }
    let done = visitor.act(staff, move |act| set::shut_out(act, kind, &given.name)).await?;
    Ok(visitor.after("/roles", done.map(|()| None)))
}

/// A new random password for somebody else's log-in, shown once.
#[handler]
pub(super) async fn reset(visitor: Visitor, Form(given): Form<Identity>) -> Reply {
    let staff = visitor.organiser()?;
    staff.reaches(Scope::Admin)?;
    if *given.name == *staff.name {
        return Ok(visitor.go("/roles", &Flash::bad(visitor.t.identity_stays)));
    }
    let secret = visitor.desk.accounts.reset_password(&given.name).await.map_err(Problem::from)?.0;
    let name = given.name.clone();
    let noted =
        visitor.act(staff, move |act| act.audit("password.reset", ("web_identity", 0), &name)).await?;
    match noted {
        Ok(()) => page(&visitor, Some((given.name, secret))).await,
        refused => Ok(visitor.after("/roles", refused.map(|()| None))),
    }
}
