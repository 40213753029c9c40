//! `/tokens`: the API's tokens. A new one is shown once, in the answer to the form.

use askama::Template;
use poem::handler;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Form;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tgbio_core::Timestamp;

use super::html::{Html, fill_plain};
use super::texts::Texts;
use super::times;
use super::visitor::{Page, Reply, Section, Visitor};
use crate::auth::{AuthError, Scope, TokenInfo};
use crate::http::Problem;
use crate::http::site::Flash;

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens {
    page: Page,
    t: &'static Texts,
    rows: Vec<Row>,
    name: String,
    error: Option<&'static str>,
    new: Option<String>,
}

struct Row {
    name: String,
    scope: &'static str,
    created: Html,
    used: Html,
    revoke: String,
}

impl Tokens {
    fn scopes(&self) -> [Scope; 3] {
        [Scope::Read, Scope::Write, Scope::Admin]
    }

    async fn new(visitor: &Visitor) -> Result<Self, Problem> {
        let t = visitor.t;
        let tokens = visitor.web.app.accounts.tokens().await?;
        let rows = tokens.iter().map(|token| row(t, token)).collect();
        let page = visitor.page(Section::Tokens, t.nav_tokens);
        Ok(Self { page, t, rows, name: String::new(), error: None, new: None })
    }
}

fn row(t: &Texts, token: &TokenInfo) -> Row {
    Row {
        name: token.name.clone(),
        scope: t.scope(token.scope),
        created: times::time(t, Timestamp::from_millis(token.created_at)),
        used: times::ago_or_never(t, token.last_used_at.map(Timestamp::from_millis)),
        revoke: fill_plain(t.tokens_revoke_named, &[&token.name]),
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.manages()?;
    visitor.show(&Tokens::new(&visitor).await?)
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: String,
}

#[handler]
pub(super) async fn make(visitor: Visitor, Form(wanted): Form<Wanted>) -> Reply {
    visitor.manages()?;
    let name = wanted.name.trim();
    let Ok(scope) = wanted.scope.parse() else {
        return refused(&visitor, name, visitor.t.tokens_bad_scope).await;
    };
    let made = match visitor.web.app.accounts.create_token(name, scope).await {
        Err(AuthError::TokenExists(_)) => return refused(&visitor, name, visitor.t.tokens_exists).await,
        Err(AuthError::TokenName) => return refused(&visitor, name, visitor.t.tokens_bad_name).await,
        made => made?,
    };
    let new = Some(made.secret.expose_secret().to_owned());
    audit(&visitor, "token.create", name).await?;
    let mut response = visitor.show(&Tokens { new, ..Tokens::new(&visitor).await? })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The form again, with what is wrong in it.
async fn refused(visitor: &Visitor, name: &str, error: &'static str) -> Reply {
    let page = Tokens { error: Some(error), name: name.to_owned(), ..Tokens::new(visitor).await? };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

#[derive(Debug, Deserialize)]
pub(super) struct Unwanted {
    name: String,
}

#[handler]
pub(super) async fn revoke(visitor: Visitor, Form(unwanted): Form<Unwanted>) -> Reply {
    visitor.manages()?;
    let t = visitor.t;
    if !visitor.web.app.accounts.revoke_token(&unwanted.name).await? {
        return Ok(visitor.go("/tokens", &Flash::bad(t.flash_no_token)));
    }
    audit(&visitor, "token.revoke", &unwanted.name).await?;
    Ok(visitor.go("/tokens", &Flash::good(fill_plain(t.flash_revoked, &[&unwanted.name]))))
}

async fn audit(visitor: &Visitor, action: &str, detail: &str) -> Result<(), Problem> {
    let app = &visitor.web.app;
    Ok(app.store().audit(app.now(), &visitor.actor(), action, Some(detail)).await?)
}
