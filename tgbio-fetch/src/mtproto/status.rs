//! Who is signed in, and how the backend stands: for a status page and the `doctor`.

use tgbio_core::{Timestamp, Username};

/// The account that a session belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MtprotoAccount {
    /// Telegram's id of the account.
    pub id: u64,
    /// It is a bot.
    pub bot: bool,
    /// Its public username, where it has one.
    pub username: Option<Username>,
}

impl std::fmt::Display for MtprotoAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.bot { "bot" } else { "user" };
        match &self.username {
            Some(name) => write!(f, "{kind} @{name} ({})", self.id),
            None => write!(f, "{kind} {}", self.id),
        }
    }
}

/// How the backend stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MtprotoState {
    /// It answers, or will as soon as it is asked.
    Ready,
    /// Nobody is signed in.
    SignedOut,
    /// Telegram has ended the session.
    Ended,
    /// Telegram has closed the account.
    Banned,
    /// Telegram has frozen the account.
    Frozen,
    /// The data centre does not know the session's key.
    KeyUnknown,
    /// The data centre cannot be reached; it is tried again with growing pauses.
    Unreachable,
}

impl MtprotoState {
    /// The stable code, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::SignedOut => "signed_out",
            Self::Ended => "ended",
            Self::Banned => "banned",
            Self::Frozen => "frozen",
            Self::KeyUnknown => "key_unknown",
            Self::Unreachable => "unreachable",
        }
    }

    /// What it means and what to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Ready => "the account can be used",
            Self::SignedOut => "no Telegram account is signed in: run `tgbio login`",
            Self::Ended => "Telegram has ended the session: run `tgbio login` again",
            Self::Banned => {
                "Telegram has closed the account: write to recover@telegram.org, or sign in with another one"
            }
            Self::Frozen => {
                "Telegram has frozen the account: appeal with @SpamBot in an official app, or sign in with another one"
            }
            Self::KeyUnknown => {
                "the data centre does not know the session's key: if that lasts, run `tgbio logout` and `tgbio login`"
            }
            Self::Unreachable => "the data centre cannot be reached: check the network; it is tried again",
        }
    }

    /// Whether fetches are answered without a call until a person has acted.
    pub fn is_stopped(self) -> bool {
        matches!(self, Self::SignedOut | Self::Ended | Self::Banned)
    }

    /// Whether it does not go on by itself: a person has to act.
    pub fn needs_person(self) -> bool {
        self.is_stopped() || matches!(self, Self::Frozen | Self::KeyUnknown)
    }
}

/// A method that must not be called for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodWait {
    /// The method's name in Telegram's documentation, like `users.getFullUser`.
    pub method: String,
    /// It may be called again from here on.
    pub not_before: Timestamp,
    /// Telegram's word for it, like `FLOOD_WAIT`.
    pub reason: String,
    /// How often it has asked for a wait since the last answer.
    pub strikes: u32,
}

/// How the backend stands, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MtprotoStatus {
    /// Who is signed in; `None` when nobody is, or when an imported session was not used yet.
    pub account: Option<MtprotoAccount>,
    /// How it stands.
    pub state: MtprotoState,
    /// Since when it stands so.
    pub since: Timestamp,
    /// Telegram's own word for it, like `SESSION_REVOKED`, or what the network said.
    pub detail: Option<String>,
    /// The methods that must wait, by name.
    pub waits: Vec<MethodWait>,
    /// Names that were looked up in the last 24 hours.
    pub resolves: u32,
    /// How many names may be looked up in 24 hours.
    pub resolve_budget: u32,
    /// When the next name may be looked up, where the budget is used up.
    pub next_resolve: Option<Timestamp>,
}
