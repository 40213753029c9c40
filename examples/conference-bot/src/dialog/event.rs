//! What can happen in a conversation.

use super::button::Press;
use crate::domain::file::Format;

/// An order that wins over any question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// `/start`, perhaps with the token of a link.
    Start(Option<String>),
    /// `/menu`.
    Menu,
    /// `/back`.
    Back,
    /// `/cancel`.
    Cancel,
    /// `/help`.
    Help,
    /// `/lang`.
    Lang,
    /// `/error`.
    Error,
    /// Something else with a slash.
    Unknown,
}

impl Order {
    /// Reads a text that begins with a slash. `/menu@some_bot` is `/menu`.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix('/')?.split_whitespace();
        let name = words.next().unwrap_or_default().split('@').next().unwrap_or_default();
        Some(match name.to_ascii_lowercase().as_str() {
            "start" => Self::Start(words.next().filter(|token| token.len() <= 64).map(str::to_owned)),
            "menu" | "home" => Self::Menu,
            "back" => Self::Back,
            "cancel" => Self::Cancel,
            "help" => Self::Help,
            "lang" => Self::Lang,
            "error" => Self::Error,
            _ => Self::Unknown,
        })
    }
}

/// What was found out about a @name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Telegram's own number of the account, where it could be seen.
    pub tg_id: Option<i64>,
    /// The @name that the account has now.
    pub username: Option<String>,
    /// The name as people see it.
    pub display_name: Option<String>,
    /// `Some(false)` for a name that nobody has, or that is no person's; the text says which.
    pub refused: Option<&'static str>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An order.
    Order(Order),
    /// A button of this revision.
    Press(Press),
    /// A text.
    Text(String),
    /// A text that names somebody, and what was found out.
    Name(String, Named),
    /// A file that was fetched and looked at: the name of a temporary file, and what it is.
    File(Got),
    /// A file that is not taken; the text says why.
    BadFile(&'static str),
    /// Somebody's contact: number, name, and phone.
    Contact(Option<i64>, String, String),
    /// A sticker, a voice message, a place, anything else.
    Other,
}

/// A file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// Where it lies until it is stored.
    pub path: std::path::PathBuf,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
    /// What it is.
    pub format: Format,
    /// Its name as people may see it.
    pub name: String,
    /// By which the same bot can send it again.
    pub file_id: String,
    /// It came as a photo.
    pub photo: bool,
}
