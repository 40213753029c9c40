//! How the bot speaks with Telegram, behind a trait so that another client can take its place.

mod client;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::store::outbox::{Keyboard, Out};

pub use client::BotApi;

/// Why Telegram did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BotError {
    /// Too much was asked; again after this time.
    #[error("Telegram asks to wait {0:?}")]
    TooMany(Duration),
    /// The person does not want to hear from the bot, or is no more.
    #[error("the person has blocked the bot")]
    Blocked,
    /// Somebody else gets the updates of this bot.
    #[error("another program gets the updates of this bot: stop it")]
    Conflict,
    /// The token is not right.
    #[error("Telegram does not know the token of this bot: check it")]
    Token,
    /// It will never be done.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// It may be done later.
    #[error("Telegram cannot be reached: {0}")]
    Unreachable(String),
    /// The file is larger than is taken.
    #[error("the file is too large")]
    TooLarge,
}

/// A document to send.
#[derive(Debug, Clone, Copy)]
pub enum Attachment<'a> {
    /// By what the bot knows it.
    Known {
        /// What the bot was given for it.
        file_id: &'a str,
        /// It is a photo.
        photo: bool,
    },
    /// A file to upload under a name.
    File(&'a Path, &'a str),
}

/// What a sent message is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub message_id: Option<i64>,
    /// The document in it.
    pub file_id: Option<String>,
}

/// How a bot presents itself in one language.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the Bot API")]
pub struct Profile {
    pub language: Option<&'static str>,
    pub name: String,
    pub description: String,
    pub short_description: String,
    pub commands: Vec<(&'static str, String)>,
}

/// One bot at Telegram.
///
/// # For implementers
/// Nothing is retried and nothing is waited for inside, beyond one bounded exchange. A message that was changed to what
/// it is already, and a press whose time is over, count as done.
#[async_trait]
pub trait BotTransport: Send + Sync {
    /// The bot's @name.
    async fn name(&self) -> Result<String, BotError>;

    /// Updates from this number on, after waiting for the first one.
    async fn updates(&self, from: i64, wait: Duration) -> Result<Vec<Value>, BotError>;

    /// Sends, changes or answers something that is no document.
    async fn deliver(&self, chat: &str, out: &Out) -> Result<Sent, BotError>;

    /// Sends a document.
    async fn document(&self, chat: &str, file: Attachment<'_>, caption: &str) -> Result<Sent, BotError>;

    /// Gets a file of at most so many bytes.
    async fn download(&self, file_id: &str, to: &Path, most: u64) -> Result<u64, BotError>;

    /// Presents the bot.
    async fn present(&self, profile: &Profile) -> Result<(), BotError>;

    /// Whether the bot has a picture.
    async fn has_picture(&self) -> Result<bool, BotError>;

    /// Gives the bot this JPEG for a picture.
    async fn set_picture(&self, jpeg: &Path) -> Result<(), BotError>;

    /// Has Telegram call an address, or with `None` wait to be asked.
    async fn webhook(&self, to: Option<(&str, &str)>) -> Result<(), BotError>;
}

/// Rows of buttons as they are sent.
pub(crate) type Buttons = Keyboard;
