//! Logging in: throttled, then the password, then a new session.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::accounts::Accounts;
use super::error::AuthError;
use super::sessions::NewSession;
use super::throttle::Throttle;
use crate::http::limits::network_of;
use crate::http::{Problem, kinds};

/// More of a name is not logged.
const LONGEST_TOLD: usize = 64;

/// The door. One per process, because it remembers failures.
#[derive(Debug, Clone)]
pub struct Login {
    accounts: Accounts,
    throttle: Arc<Throttle>,
}

/// What a person sends.
#[derive(Debug)]
pub struct Credentials {
    /// Name of the admin.
    pub user: String,
    /// The password.
    pub password: SecretString,
    /// Keep the session when the browser closes.
    pub remember: bool,
}

/// A wait is told rounded up, so that nobody tries too early.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Wrong user name or password; which one is not said.
    #[error("user name or password is wrong")]
    Wrong,
    /// Too many failures; try again after this time.
    #[error("too many failed attempts; wait {} seconds", whole_seconds(*.0))]
    TooOften(Duration),
    /// It could not be checked.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl Login {
    /// Lets admins of these accounts in.
    pub fn new(accounts: Accounts) -> Self {
        Self { accounts, throttle: Arc::default() }
    }

    /// Begins a session if the password is right. `client` is the client's address, see
    /// [`TrustedProxies::client`](crate::http::client_addr::TrustedProxies::client).
    pub async fn log_in(&self, given: Credentials, client: Option<IpAddr>) -> Result<NewSession, LoginError> {
        let (address, client) = (client, client.map(network_of));
        self.throttle.attempt(client, &given.user).map_err(LoginError::TooOften)?;
        if !self.accounts.verify(&given.user, given.password).await? {
            tell_failure(&given.user, address);
            return Err(LoginError::Wrong);
        }
        self.throttle.forgive(client, &given.user);
        Ok(self.accounts.begin_session(&given.user, given.remember).await?)
    }
}

/// For whoever watches the log. It cannot be flooded: attempts that the throttle refuses never come here.
fn tell_failure(user: &str, client: Option<IpAddr>) {
    // The name is a stranger's text: either form of the log escapes texts, which keeps it within its field.
    let user: String = user.chars().take(LONGEST_TOLD).collect();
    let client = client.map(tracing::field::display);
    tracing::warn!(user, client, "a log-in failed: user name or password is wrong");
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Wrong => Self::new(kinds::BAD_CREDENTIALS, error.to_string()),
            LoginError::TooOften(wait) => {
                Self::new(kinds::TOO_MANY_REQUESTS, error.to_string()).retry_after(wait)
            }
            LoginError::Auth(error) => error.into(),
        }
    }
}
