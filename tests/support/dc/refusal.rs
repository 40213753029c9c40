//! The errors that Telegram answers with.

use grammers_tl_types::{Serializable, enums, types};

/// An `rpc_error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Like an HTTP status, 303 and 420 among them.
    pub code: i32,
    /// `FLOOD_WAIT_31`.
    pub name: String,
}

impl Refusal {
    /// Any error.
    pub fn new(code: i32, name: impl Into<String>) -> Self {
        Self { code, name: name.into() }
    }

    pub(super) fn bad(name: &str) -> Self {
        Self::new(400, name)
    }

    /// The seconds are part of the name.
    pub fn flood_wait(seconds: u32) -> Self {
        Self::new(420, format!("FLOOD_WAIT_{seconds}"))
    }

    /// Without saying for how long.
    pub fn flood_wait_without_value() -> Self {
        Self::new(420, "FLOOD_WAIT")
    }

    /// A wait that Premium would spare.
    pub fn premium_wait(seconds: u32) -> Self {
        Self::new(420, format!("FLOOD_PREMIUM_WAIT_{seconds}"))
    }

    /// The account is frozen; no waiting helps.
    pub fn frozen() -> Self {
        Self::new(420, "FROZEN_METHOD_INVALID")
    }

    /// `what` is `USER`, `PHONE` or `NETWORK`.
    pub fn migrate(what: &str, dc: i32) -> Self {
        Self::new(303, format!("{what}_MIGRATE_{dc}"))
    }

    /// An error of Telegram's own making.
    pub fn internal() -> Self {
        Self::new(500, "INTERNAL")
    }

    /// Nobody is logged in with this key.
    pub fn unregistered() -> Self {
        Self::new(401, "AUTH_KEY_UNREGISTERED")
    }

    /// Somebody ended the session from another device.
    pub fn revoked() -> Self {
        Self::new(401, "SESSION_REVOKED")
    }

    /// The account was deleted.
    pub fn deactivated() -> Self {
        Self::new(401, "USER_DEACTIVATED")
    }

    /// The account was banned.
    pub fn banned() -> Self {
        Self::new(401, "USER_DEACTIVATED_BAN")
    }

    /// The key was used from two places at once.
    pub fn duplicated() -> Self {
        Self::new(406, "AUTH_KEY_DUPLICATED")
    }

    /// The seconds to wait, if it says so.
    pub(super) fn wait(&self) -> Option<u32> {
        let (kind, seconds) = self.name.rsplit_once('_')?;
        if self.code == 420 && kind.ends_with("_WAIT") { seconds.parse().ok() } else { None }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let error = types::RpcError { error_code: self.code, error_message: self.name.clone() };
        enums::RpcError::from(error).to_bytes()
    }
}
