//! Faults on order, and the book that remembers which are due.

use std::collections::HashSet;
use std::time::{Duration, Instant};

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

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// To the next answer.
    Once,
    /// To the next so many answers.
    Count(u32),
    /// For this long.
    For(Duration),
    /// Until it is released or all faults are cleared.
    UntilReleased,
}

/// Names an ordered fault, to release it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

impl FaultId {
    /// Belongs to no order.
    pub(super) const NONE: Self = Self(u64::MAX);
}

#[derive(Debug)]
struct Ordered {
    id: FaultId,
    on: On,
    fault: Fault,
    left: Option<u32>,
    until: Option<Instant>,
}

/// All ordered faults, oldest first: several `Once` on one name happen one after the other.
#[derive(Debug, Default)]
pub(super) struct FaultBook {
    ordered: Vec<Ordered>,
    /// Orders whose held answers wait; they outlive their last use.
    holding: HashSet<FaultId>,
    next: u64,
}

/// What an answer is about, as far as faults care.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Photo,
    Name(&'a str),
    Other,
}

impl FaultBook {
    pub(super) fn order(&mut self, on: On, fault: Fault, times: Times) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        let (left, until) = match times {
            Times::Once => (Some(1), None),
            Times::Count(count) => (Some(count), None),
            Times::For(time) => (None, Some(Instant::now() + time)),
            Times::UntilReleased => (None, None),
        };
        let on = match on {
            On::Name(name) => On::Name(name.trim_start_matches('@').to_ascii_lowercase()),
            other => other,
        };
        self.ordered.push(Ordered { id, on, fault, left, until });
        id
    }

    /// The fault that happens to this answer: one ordered for the name goes before one for everybody.
    pub(super) fn take(&mut self, about: About<'_>) -> Option<(FaultId, Fault)> {
        if self.ordered.is_empty() {
            return None;
        }
        let now = Instant::now();
        self.ordered.retain(|o| o.left != Some(0) && o.until.is_none_or(|until| now < until));
        let named = |o: &Ordered| matches!((&o.on, about), (On::Name(on), About::Name(name)) if on == name);
        let general = |o: &Ordered| match about {
            About::Photo => o.on == On::Photos,
            About::Name(_) | About::Other => o.on == On::Everyone,
        };
        let at = self.ordered.iter().position(named).or_else(|| self.ordered.iter().position(general))?;
        let ordered = &mut self.ordered[at];
        ordered.left = ordered.left.map(|left| left - 1);
        let happening = (ordered.id, ordered.fault.clone());
        if happening.1 == Fault::Hold {
            self.holding.insert(happening.0);
        }
        Some(happening)
    }

    /// Whether an answer held by this order must wait on.
    pub(super) fn holds(&self, id: FaultId) -> bool {
        self.holding.contains(&id)
    }

    pub(super) fn release(&mut self, id: FaultId) {
        self.ordered.retain(|o| o.id != id);
        self.holding.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.ordered.clear();
        self.holding.clear();
    }
}
