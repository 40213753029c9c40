//! The form of a log-in page and what follows from it, for the pages of any application.

use std::net::IpAddr;

use poem::Response;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::accounts::Accounts;
use super::cookie::SessionCookie;
use super::error::AuthError;
use super::login::{Credentials, Login, LoginError, whole_seconds};
use crate::http::site::{add_cookie, own_address, see_other};

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    user: String,
    #[serde(default, deserialize_with = "secret")]
    password: SecretString,
    remember: Option<String>,
    next: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(form: D) -> Result<SecretString, D::Error> {
    String::deserialize(form).map(Into::into)
}

impl LoginForm {
    /// The name of whoever wants to log in.
    pub fn user(&self) -> &str {
        self.user.trim()
    }

    /// Where they want to go, on this site.
    pub fn next(&self) -> &str {
        own_address(self.next.as_deref())
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            user: self.user().to_owned(),
            password: self.password.expose_secret().into(),
            remember: self.remember.is_some(),
        }
    }
}

impl Login {
    /// Begins a session and leads on to where somebody wanted to go.
    ///
    /// # Errors
    /// As [`Login::log_in`].
    pub async fn enter(
        &self,
        form: &LoginForm,
        client: Option<IpAddr>,
        cookie: SessionCookie,
    ) -> Result<Response, LoginError> {
        let session = self.log_in(form.credentials(), client).await?;
        let mut response = see_other(form.next());
        add_cookie(&mut response, cookie.begin(&session));
        Ok(response)
    }
}

impl Accounts {
    /// Ends the session that a request carries, and takes its cookie back in the answer.
    ///
    /// # Errors
    /// When the session cannot be ended.
    pub async fn leave(
        &self,
        headers: &HeaderMap,
        cookie: SessionCookie,
        mut answer: Response,
    ) -> Result<Response, AuthError> {
        if let Some(secret) = cookie.secret(headers) {
            self.end_session(secret).await?;
        }
        add_cookie(&mut answer, cookie.end());
        Ok(answer)
    }
}

impl LoginError {
    /// Gives the page that tells of it its status, and says when to try again.
    #[must_use]
    pub fn told_by(&self, mut page: Response) -> Response {
        match self {
            Self::Wrong => page.set_status(StatusCode::UNAUTHORIZED),
            Self::TooOften(wait) => {
                page.set_status(StatusCode::TOO_MANY_REQUESTS);
                page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(*wait)));
            }
            Self::Auth(_) => page.set_status(StatusCode::INTERNAL_SERVER_ERROR),
        }
        page
    }
}
