//! What the answers and failures of Telegram's protocol mean.

use std::time::Duration;

use grammers_client::InvocationError;
use grammers_client::sender::RpcError;
use tgbio_core::UnreachableReason;

use super::session::SessionError;

/// Why a call gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Fault {
    /// Telegram answered with an error.
    #[error("Telegram answered {0}")]
    Rpc(RpcError),
    /// The way to Telegram is broken.
    #[error("{why}")]
    Way {
        /// How it is broken.
        reason: UnreachableReason,
        /// What was seen.
        why: String,
    },
    /// The data centre does not know the key of the session.
    #[error("the data centre does not know the session's key, which is kept")]
    KeyUnknown,
    /// The answer does not read.
    #[error("the answer does not read: {0}")]
    Unreadable(String),
}

impl Fault {
    pub(super) fn way(reason: UnreachableReason, why: impl Into<String>) -> Self {
        Self::Way { reason, why: why.into() }
    }
}

/// What happened to the pool beside the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Harm {
    /// Nothing: it goes on.
    None,
    /// It must be built anew.
    Broken,
}

/// Sorts a failure of the library. `has_key` says that the session had a key before: only then can one be unknown.
pub(super) fn fault_of(error: InvocationError, has_key: bool) -> (Fault, Harm) {
    use UnreachableReason::{Connect, Reset};
    match error {
        InvocationError::Rpc(error) => (Fault::Rpc(error), Harm::None),
        InvocationError::Deserialize(error) => (Fault::Unreadable(error.to_string()), Harm::None),
        InvocationError::Io(error) => (Fault::way(reason_of(&error), error.to_string()), Harm::Broken),
        InvocationError::Session(error) => (of_session(&*error), Harm::Broken),
        InvocationError::Authentication(_) if has_key => (Fault::KeyUnknown, Harm::Broken),
        InvocationError::Authentication(error) => {
            (Fault::way(Connect, format!("no key could be agreed on: {error}")), Harm::Broken)
        }
        InvocationError::Transport(error) => (of_transport(&error.to_string(), has_key), Harm::Broken),
        InvocationError::Dropped(why) => {
            (Fault::way(Reset, format!("the call was dropped: {why}")), Harm::Broken)
        }
        InvocationError::InvalidDc => (Fault::way(Connect, "the data centre is not known"), Harm::Broken),
    }
}

fn of_session(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
    match error.downcast_ref::<SessionError>() {
        Some(SessionError::KeyRefused) => Fault::KeyUnknown,
        _ => Fault::way(UnreachableReason::Connect, format!("the session cannot be kept: {error}")),
    }
}

/// The library does not give the type of these errors out, only their text: `bad status (negative length -404)`.
fn of_transport(text: &str, has_key: bool) -> Fault {
    if text.contains("-404") && has_key {
        return Fault::KeyUnknown;
    }
    Fault::way(UnreachableReason::Reset, text)
}

fn reason_of(error: &std::io::Error) -> UnreachableReason {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::AddrNotAvailable => UnreachableReason::Connect,
        Kind::TimedOut => UnreachableReason::Timeout,
        _ => UnreachableReason::Reset,
    }
}

/// What an error of Telegram means for whoever called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The method must wait: so long, where Telegram said it.
    Wait(Option<Duration>),
    /// The account is frozen, and waiting does not help.
    Frozen,
    /// The log-in is gone.
    Ended,
    /// The account is closed.
    Banned,
    /// There is nobody by this name, or nobody who may be seen.
    NotFound,
    /// The name cannot exist.
    InvalidName,
    /// Id and access hash are no more good.
    Stale,
    /// The profile's account is deleted.
    Deleted,
    /// The own account lives in another data centre: this one, where Telegram said it.
    Elsewhere(Option<i32>),
    /// Telegram itself failed.
    ServerFailed,
    /// A word that this version does not know.
    Unknown,
}

/// Reads an error. Sources: core.telegram.org/api/errors and the pages of the methods.
pub(super) fn meaning(error: &RpcError) -> Meaning {
    match (error.code, error.name.as_str()) {
        (_, "FROZEN_METHOD_INVALID") => Meaning::Frozen,
        (420, _) => Meaning::Wait(error.value.map(|wait| Duration::from_secs(u64::from(wait)))),
        (_, "USER_DEACTIVATED_BAN" | "USER_DEACTIVATED") => Meaning::Banned,
        (401, _) | (406, "AUTH_KEY_DUPLICATED") => Meaning::Ended,
        (303, _) => Meaning::Elsewhere(error.value.and_then(|dc| i32::try_from(dc).ok())),
        (_, "USERNAME_NOT_OCCUPIED" | "CHANNEL_PRIVATE" | "CHANNEL_PUBLIC_GROUP_NA") => Meaning::NotFound,
        (_, "INPUT_USER_DEACTIVATED") => Meaning::Deleted,
        (_, "USERNAME_INVALID") => Meaning::InvalidName,
        (400, "USER_ID_INVALID" | "PEER_ID_INVALID" | "CHANNEL_INVALID" | "CHAT_ID_INVALID") => {
            Meaning::Stale
        }
        (500.., _) | (..=-1, _) => Meaning::ServerFailed,
        _ => Meaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i32, message: &str) -> RpcError {
        grammers_client::tl::types::RpcError { error_code: code, error_message: message.to_owned() }.into()
    }

    #[test]
    fn every_word_that_matters_is_known() {
        let seconds = |seconds| Meaning::Wait(Some(Duration::from_secs(seconds)));
        let cases = [
            (420, "FLOOD_WAIT_31", seconds(31)),
            (420, "FLOOD_PREMIUM_WAIT_7", seconds(7)),
            (420, "FLOOD_WAIT", Meaning::Wait(None)),
            (420, "FROZEN_METHOD_INVALID", Meaning::Frozen),
            (401, "AUTH_KEY_UNREGISTERED", Meaning::Ended),
            (401, "SESSION_REVOKED", Meaning::Ended),
            (406, "AUTH_KEY_DUPLICATED", Meaning::Ended),
            (401, "USER_DEACTIVATED", Meaning::Banned),
            (401, "USER_DEACTIVATED_BAN", Meaning::Banned),
            (400, "USERNAME_NOT_OCCUPIED", Meaning::NotFound),
            (400, "CHANNEL_PRIVATE", Meaning::NotFound),
            (400, "USERNAME_INVALID", Meaning::InvalidName),
            (400, "USER_ID_INVALID", Meaning::Stale),
            (400, "CHANNEL_INVALID", Meaning::Stale),
            (303, "USER_MIGRATE_4", Meaning::Elsewhere(Some(4))),
            (400, "INPUT_USER_DEACTIVATED", Meaning::Deleted),
            (500, "RPC_CALL_FAIL", Meaning::ServerFailed),
            (-503, "Timeout", Meaning::ServerFailed),
            (400, "BOT_METHOD_INVALID", Meaning::Unknown),
        ];
        for (code, message, expected) in cases {
            assert_eq!(meaning(&error(code, message)), expected, "{message}");
        }
    }
}
