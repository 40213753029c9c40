//! What can go wrong with an answer, and with whose.

use std::time::Duration;

use crate::orders::Orderable;

/// The `Retry-After` header of a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `Retry-After: 17`.
    Seconds(u64),
    /// `Retry-After: Sun, 06 Nov 1994 08:49:37 GMT`, so many seconds from now.
    DateIn(u64),
    /// No header.
    Missing,
}

/// Where an answer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In the middle of all bytes.
    Half,
    /// Before the description block: what arrives looks like a profile without a bio.
    BeforeBio,
    /// In the middle of the bio: what arrives looks like a shorter bio.
    InBio,
    /// Just before `</html>`: the card is whole.
    BeforeEnd,
}

/// Something that goes wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 429.
    TooManyRequests(RetryAfter),
    /// Any status with the error page of the web server in front of the site.
    Status(u16),
    /// "Just a moment...", with this status (200, 403 and 503 occur).
    ChallengePage(u16),
    /// 200 with a provider's page, nothing of Telegram in it.
    ProviderBlockPage,
    /// 200 without a body.
    EmptyOk,
    /// The not-found shell for a living name, byte for byte like that of a free one.
    NotFoundShell,
    /// The page of this other profile (its not-found shell if there is none).
    OtherProfile(String),
    /// 302 to this address.
    RedirectTo(String),
    /// Class tokens with other names: `(from, to)`.
    RenamedClasses(Vec<(String, String)>),
    /// A complete HTTP message whose HTML stops early.
    CutHtml(Cut),
    /// Bytes that are no UTF-8 in the name and the bio.
    BadUtf8,
    /// The whole page in UTF-16 with a byte order mark and a header that says so.
    Utf16,
    /// 200 and `image/jpeg`, but the bytes are text (meant for photos).
    NotAnImage,
    /// `Content-Length` announces the whole body, but the connection closes early.
    CutBody(Cut),
    /// So many bytes, then a pause, until the whole answer is out.
    SlowDrip {
        /// Bytes between two pauses.
        bytes: usize,
        /// The pause.
        every: Duration,
    },
    /// A right answer, this much later.
    Delay(Duration),
    /// A right answer, but only once this fault is released or cleared.
    Hold,
    /// RST in place of an answer.
    Reset,
    /// RST in the middle of the body.
    ResetInBody,
    /// Silence until the client gives up.
    NeverAnswer,
    /// FIN in place of an answer.
    CloseBeforeAnswer,
    /// Bytes that are not HTTP.
    GarbageAnswer,
    /// The right page, then filler up to this size, without `</html>`.
    HugeBody {
        /// Size of the body.
        bytes: usize,
        /// Whether `Content-Length` tells beforehand; chunks otherwise.
        announced: bool,
    },
    /// A small gzip body that unpacks to this size.
    GzipBomb {
        /// Size unpacked.
        bytes: usize,
    },
}

impl Orderable for Fault {
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
}

impl Fault {
    /// One class token under another name.
    pub fn renamed_class(from: &str, to: &str) -> Self {
        Self::RenamedClasses(vec![(from.into(), to.into())])
    }
}

/// Whose answers a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Every page; photos are served on.
    Everyone,
    /// The pages of one name, in any spelling.
    Name(String),
    /// Every photo.
    Photos,
}

impl From<&str> for On {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl On {
    /// With its name as names are compared.
    pub(super) fn normal(self) -> Self {
        match self {
            Self::Name(name) => Self::Name(name.trim_start_matches('@').to_ascii_lowercase()),
            other => other,
        }
    }

    /// The rank of an order that fits: one for the name goes before one for everybody.
    pub(super) fn fits(&self, about: About<'_>) -> Option<u8> {
        match (self, about) {
            (Self::Name(on), About::Name(name)) if on == name => Some(0),
            (Self::Photos, About::Photo) | (Self::Everyone, About::Name(_) | About::Other) => Some(1),
            _ => None,
        }
    }
}

/// What an answer is about, as far as faults care.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Photo,
    Name(&'a str),
    Other,
}
