//! Why a log-in did not succeed, and what to ask again.

use std::time::Duration;

use super::super::MtprotoError;

/// Why a log-in did not succeed. Each says in one sentence what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The code is not the one that was sent.
    #[error("that is not the code: enter the one that Telegram sent last")]
    WrongCode,
    /// The code is too old.
    #[error("the code has expired: ask for a new one")]
    CodeExpired,
    /// The password is not right.
    #[error("that is not the password: enter the password of two-step verification, it is not the code")]
    WrongPassword,
    /// There is no account with this number.
    #[error("this number has no Telegram account: sign up in an official app first")]
    SignUpRequired,
    /// The number is none.
    #[error("Telegram does not know this number: enter it with the country code, like +31612345678")]
    PhoneInvalid,
    /// The number is banned.
    #[error("Telegram has banned this number: write to recover@telegram.org, or take another account")]
    PhoneBanned,
    /// The account was closed.
    #[error("Telegram has closed this account: write to recover@telegram.org, or take another account")]
    AccountClosed,
    /// Too many tries.
    #[error("there were too many tries: Telegram wants a wait of {}; do not try before that", wait.map_or_else(
        || "up to a day".to_owned(), |wait| format!("{} s", wait.as_secs_f32().ceil())))]
    TooManyTries {
        /// How long, where Telegram said so.
        wait: Option<Duration>,
    },
    /// The token of the bot is not right.
    #[error("Telegram does not know this bot token: take it from @BotFather, like 123456:ABC-DEF")]
    TokenInvalid,
    /// API id and hash do not belong together.
    #[error("the API id and hash are not right: take your own pair from https://my.telegram.org")]
    ApiIdInvalid,
    /// The API id is a published one.
    #[error("this API id is a published one and is limited: take your own pair from https://my.telegram.org")]
    ApiIdPublished,
    /// Telegram asks for a kind of log-in that this program does not know.
    #[error(
        "Telegram asks for something that this program cannot do ({0}): sign in with an official app first, or with a bot token"
    )]
    Unsupported(&'static str),
    /// The steps came out of order.
    #[error("there is no log-in to go on with: begin with the telephone number")]
    OutOfOrder,
    /// The data centre cannot be reached.
    #[error("the data centre cannot be reached ({0}): check the network and try again")]
    Unreachable(String),
    /// Telegram refused with a word of its own.
    #[error("Telegram refused the log-in ({0}): try again later, or sign in with an official app first")]
    Refused(String),
    /// The session cannot be kept.
    #[error(transparent)]
    Session(#[from] MtprotoError),
}

/// What a person can be asked after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AskAgain {
    /// The same code step: the code is asked again.
    Code,
    /// The password is asked again.
    Password,
    /// The telephone number: from there on again.
    Phone,
    /// Nothing new: the same step is made again with the same answer, as soon as the network is back. Whether Telegram has
    /// heard it the first time is found out.
    SameStep,
    /// Nothing: the log-in is over.
    Nothing,
}

impl LoginError {
    /// What to ask again.
    pub fn ask_again(&self) -> AskAgain {
        match self {
            Self::WrongCode => AskAgain::Code,
            Self::WrongPassword => AskAgain::Password,
            Self::CodeExpired | Self::PhoneInvalid => AskAgain::Phone,
            Self::Unreachable(_) => AskAgain::SameStep,
            _ => AskAgain::Nothing,
        }
    }
}
