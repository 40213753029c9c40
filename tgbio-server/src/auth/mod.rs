//! Who may do what: the admin's password, sessions of the pages, tokens of the API, and log-in that cannot be guessed.
//!
//! [`Accounts`] keeps it all in the server's own tables. [`guard`] finds out who makes a request, and handlers ask
//! the resulting [`Caller`] for the scope they need.

mod accounts;
mod cache;
pub mod cookie;
pub mod db;
pub mod door;
mod error;
pub mod guard;
pub mod login;
mod password;
mod scope;
mod secret;
mod sessions;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;

pub use accounts::{Accounts, GeneratedPassword};
pub use error::AuthError;
pub use guard::{Actor, Caller};
pub use login::Login;
pub use password::check_chosen;
pub use scope::Scope;
pub use sessions::NewSession;
pub use tokens::{NewToken, TokenInfo};
