//! Who makes a request, and whether they may.

use std::fmt;
use std::sync::Arc;

use poem::http::{HeaderMap, header};
use poem::{Endpoint, FromRequest, Middleware, Request, RequestBody};

use super::accounts::Accounts;
use super::cookie::SessionCookie;
use super::error::AuthError;
use super::scope::Scope;
use crate::http::{Problem, kinds};

/// Somebody who asks. Its text form goes to the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Actor {
    /// Nobody in particular.
    Anonymous,
    /// An admin who logged in on the pages.
    Session {
        /// The admin's name.
        user: Arc<str>,
    },
    /// A program with a token.
    Token {
        /// The token's name.
        name: Arc<str>,
        /// How far it reaches.
        scope: Scope,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Session { user } => write!(f, "user:{user}"),
            Self::Token { name, .. } => write!(f, "token:{name}"),
        }
    }
}

impl Actor {
    /// How far the actor reaches by its own credentials.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            Self::Anonymous => None,
            Self::Session { .. } => Some(Scope::Admin),
            Self::Token { scope, .. } => Some(*scope),
        }
    }
}

/// The actor of a request together with this server's rule for strangers. Handlers take it as a parameter
/// (`&Caller`, or `Data<&Caller>` in API operations).
#[derive(Debug, Clone)]
pub struct Caller {
    actor: Actor,
    bad_token: bool,
    public: bool,
}

impl Caller {
    /// A caller for tests and for work that no request asked for.
    pub fn new(actor: Actor, public: bool) -> Self {
        Self { actor, bad_token: false, public }
    }

    /// Who it is.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the caller may do things of this scope. For pages that offer only what will work.
    pub fn may(&self, scope: Scope) -> bool {
        self.require(scope).is_ok()
    }

    /// Refuses with 401 or 403 unless the caller reaches so far. Where reading is public, it is for everybody,
    /// except for a program that shows a token which is not valid: it should hear about that.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if scope == Scope::Read && self.public && !self.bad_token {
            return Ok(());
        }
        self.require_own(scope)
    }

    /// Whether the caller reaches so far by its own credentials.
    pub fn reaches(&self, scope: Scope) -> bool {
        self.actor.scope().is_some_and(|own| own >= scope)
    }

    /// As [`require`](Self::require), but never open to strangers.
    pub fn require_own(&self, scope: Scope) -> Result<(), Problem> {
        match self.actor.scope() {
            Some(own) if own >= scope => Ok(()),
            Some(own) => {
                let detail = format!("this needs the scope `{scope}`, the token has `{own}`");
                Err(Problem::new(kinds::FORBIDDEN, detail))
            }
            None if self.bad_token => {
                Err(Problem::new(kinds::INVALID_TOKEN, "the token is misspelt or was revoked"))
            }
            None => Err(Problem::unauthorized()),
        }
    }
}

impl<'a> FromRequest<'a> for &'a Caller {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(request.data().ok_or_else(|| Problem::internal(&"no middleware has found out who is asking"))?)
    }
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        <&Self>::from_request(request, body).await.cloned()
    }
}

/// Middleware that finds out who is asking and leaves a [`Caller`] with the request. It refuses nothing itself.
#[derive(Debug, Clone)]
pub struct Authenticate {
    accounts: Accounts,
    cookie: SessionCookie,
    public: bool,
}

impl Authenticate {
    /// `public`: reading is open to everybody.
    pub fn new(accounts: Accounts, cookie: SessionCookie, public: bool) -> Self {
        Self { accounts, cookie, public }
    }

    /// Who asks with these headers.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, AuthError> {
        let mut caller = Caller::new(Actor::Anonymous, self.public);
        if let Some(token) = bearer(headers) {
            // A request with a token never acts for the session of the browser it may come from.
            match self.accounts.token(token).await? {
                Some(token) => caller.actor = Actor::Token { name: token.name, scope: token.scope },
                None => caller.bad_token = true,
            }
        } else if let Some(secret) = self.cookie.secret(headers)
            && let Some(user) = self.accounts.session(secret).await?
        {
            caller.actor = Actor::Session { user };
        }
        Ok(caller)
    }
}

/// The text after `Bearer`. Other schemes may be meant for a proxy in front and are passed over.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<E: Endpoint> Middleware<E> for Authenticate {
    type Output = AuthenticateEndpoint<E>;

    fn transform(&self, inner: E) -> AuthenticateEndpoint<E> {
        AuthenticateEndpoint { inner, rule: self.clone() }
    }
}

/// Endpoint of [`Authenticate`].
#[derive(Debug)]
pub struct AuthenticateEndpoint<E> {
    inner: E,
    rule: Authenticate,
}

impl<E: Endpoint> Endpoint for AuthenticateEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let caller = self.rule.caller(request.headers()).await.map_err(Problem::from)?;
        request.set_data(caller);
        self.inner.call(request).await
    }
}
