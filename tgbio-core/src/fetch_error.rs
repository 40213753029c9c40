//! Why a profile could not be read, and what the caller can do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Evidence, Username};

/// A cause below a fetch error.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why a profile could not be read. Says what the caller can do; the cause below says what happened.
#[derive(Debug, Clone)]
pub struct FetchError {
    fetcher: Arc<str>,
    username: Username,
    kind: FetchErrorKind,
    source: Option<Cause>,
    /// What another backend said that was asked in its place.
    other: Option<Arc<FetchError>>,
    /// What was answered.
    evidence: Option<Arc<Evidence>>,
    /// What must wait, should it be a wait.
    scope: WaitScope,
    /// The source was not asked, and will not be for so long.
    not_asked_for: Option<Duration>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// No public profile by this name, for this client, now: evidence and not a fact.
    NotFound,
    /// The site sends the name away as one that cannot exist.
    InvalidName,
    /// Asked too often; what [`FetchError::wait_scope`] says may not be asked before the time is over.
    RateLimited {
        /// How long to wait, if the answer said so.
        retry_after: Option<Duration>,
        /// What told it.
        reason: RateLimitReason,
    },
    /// This client may not ask.
    Denied(DeniedReason),
    /// The network or the server failed.
    Unreachable(UnreachableReason),
    /// There was an answer, and it is no profile page that this version knows.
    Unrecognised(UnrecognisedReason),
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal: $words:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// The stable code, as in JSON.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The reason in words.
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

reasons! {
    /// What said that there were too many requests.
    RateLimitReason {
        /// HTTP 429.
        Http429 = "http_429": "the server answered 429 Too Many Requests",
        /// FLOOD_WAIT of Telegram's protocol.
        FloodWait = "flood_wait": "Telegram asked to wait",
        /// A limit of this program's own that keeps the account from a FLOOD_WAIT; for programs the same code.
        OwnLimit = "flood_wait": "this program looks names up slowly, so that Telegram does not limit the account",
    }
}

reasons! {
    /// Why this client may not ask.
    DeniedReason {
        /// HTTP 401 or 403.
        Http403 = "http_403": "the server refused this client",
        /// The log-in is gone.
        SignedOut = "signed_out": "the account is signed out: sign in again",
        /// The account is frozen.
        Frozen = "frozen": "the account is frozen by Telegram",
        /// The account is banned.
        Banned = "banned": "the account is banned by Telegram",
    }
}

reasons! {
    /// Where the way to the server broke.
    UnreachableReason {
        /// The host name was not found.
        Dns = "dns": "the host name was not found",
        /// No connection.
        Connect = "connect": "no connection could be made",
        /// TLS failed.
        Tls = "tls": "the encrypted connection failed",
        /// Too slow.
        Timeout = "timeout": "the answer took too long",
        /// Broken off.
        Reset = "reset": "the connection broke",
        /// HTTP 5xx.
        Http5xx = "http_5xx": "the server failed",
        /// Sent to a host that is not Telegram's.
        Redirect = "redirect": "the answer leads to a host that is not Telegram's",
    }
}

reasons! {
    /// Why an answer is no profile page.
    UnrecognisedReason {
        /// No body.
        Empty = "empty": "the page is empty",
        /// The end is missing.
        Truncated = "truncated": "the page is cut off",
        /// Not a page of Telegram.
        NotTelegram = "not_telegram": "this is no page of Telegram",
        /// Asks for a proof of being human.
        Challenge = "challenge": "a challenge page stands in the way",
        /// The page of somebody else.
        OtherProfile = "other_profile": "the page belongs to another profile",
        /// A post.
        Post = "post": "this is the page of a post and not of a profile",
        /// An invite link.
        Invite = "invite": "this is an invite and not a public profile",
        /// Parts are missing or contradict each other.
        Layout = "layout": "the page's layout is not known",
        /// More than is read of a page.
        TooLarge = "too_large": "the page is too large",
        /// Not UTF-8.
        Encoding = "encoding": "the page is not UTF-8",
    }
}

/// What must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitScope {
    /// Whatever is asked of the fetcher: its host refuses.
    Fetcher,
    /// The profile that was asked for, and those that need the same of the fetcher; others may be asked for.
    Profile,
}

/// When the same may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Asking again gives the same.
    Never,
    /// Later, after a back-off.
    Later,
    /// Not before this time is over.
    After(Duration),
}

impl FetchError {
    /// A failure of `fetcher` for `username`.
    pub fn new(fetcher: impl Into<Arc<str>>, username: Username, kind: FetchErrorKind) -> Self {
        Self {
            fetcher: fetcher.into(),
            username,
            kind,
            source: None,
            other: None,
            evidence: None,
            scope: WaitScope::Fetcher,
            not_asked_for: None,
        }
    }

    /// The same with its cause.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(cause));
        self
    }

    /// The same, with what another backend said that was asked as well.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.other = Some(Arc::new(other));
        self
    }

    /// The same, where it is a wait that covers this: [`WaitScope::Fetcher`] unless told otherwise.
    #[must_use]
    pub fn covering(mut self, scope: WaitScope) -> Self {
        self.scope = scope;
        self
    }

    /// The same, where nobody was asked: it is what the source said the last time, and is asked again after this.
    #[must_use]
    pub fn from_memory(mut self, asked_again_after: Duration) -> Self {
        self.not_asked_for = Some(asked_again_after);
        self
    }

    /// For how long the source will not be asked, where this is only what it said the last time: that is no new sight, and
    /// confirms nothing.
    pub fn not_asked_for(&self) -> Option<Duration> {
        self.not_asked_for
    }

    /// The same with the raw answer, where one came.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(Arc::new(evidence));
        self
    }

    /// The raw answer that could not be read.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_deref()
    }

    /// What another backend said that was asked as well.
    pub fn other(&self) -> Option<&Self> {
        self.other.as_deref()
    }

    /// What another backend said, if it is the same.
    pub(crate) fn same_told(&self) -> Option<&Self> {
        self.other().filter(|other| other.kind == self.kind)
    }

    /// The fetcher that failed.
    pub fn fetcher(&self) -> &str {
        &self.fetcher
    }

    /// Whom it was about.
    pub fn username(&self) -> &Username {
        &self.username
    }

    /// What failed.
    pub fn kind(&self) -> FetchErrorKind {
        self.kind
    }

    /// When to ask again.
    pub fn retry(&self) -> Retry {
        match self.kind {
            FetchErrorKind::InvalidName => Retry::Never,
            FetchErrorKind::RateLimited { retry_after: Some(wait), .. } => Retry::After(wait),
            FetchErrorKind::Denied(DeniedReason::SignedOut | DeniedReason::Banned) => Retry::Never,
            _ => Retry::Later,
        }
    }

    /// How long the answer said to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            FetchErrorKind::RateLimited { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// What must wait, where it is a wait. While another backend that was asked [beside](Self::other) goes on answering
    /// for other profiles, this one alone does.
    pub fn wait_scope(&self) -> Option<WaitScope> {
        let is_wait = matches!(self.kind, FetchErrorKind::RateLimited { .. });
        let others_go_on = self.other().is_some_and(Self::is_of_this_profile);
        is_wait.then_some(if others_go_on { WaitScope::Profile } else { self.scope })
    }

    /// Whether it tells nothing about looks at other profiles.
    fn is_of_this_profile(&self) -> bool {
        match self.kind {
            FetchErrorKind::RateLimited { .. } => self.scope == WaitScope::Profile,
            // The account may call some methods still.
            FetchErrorKind::Denied(reason) => reason == DeniedReason::Frozen,
            FetchErrorKind::Unreachable(_) => false,
            FetchErrorKind::NotFound | FetchErrorKind::InvalidName | FetchErrorKind::Unrecognised(_) => true,
        }
    }

    /// The outcome's name: `not_found`, `invalid_name`, `rate_limited`, `denied`, `unreachable`, `unrecognised`.
    pub fn outcome(&self) -> &'static str {
        self.kind.outcome()
    }

    /// The stable reason code, where the outcome has any.
    pub fn reason(&self) -> Option<&'static str> {
        self.kind.reason()
    }
}

impl FetchErrorKind {
    /// The outcome's name, as in [`FetchError::outcome`].
    pub fn outcome(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidName => "invalid_name",
            Self::RateLimited { .. } => "rate_limited",
            Self::Denied(_) => "denied",
            Self::Unreachable(_) => "unreachable",
            Self::Unrecognised(_) => "unrecognised",
        }
    }

    /// The stable reason code, where the outcome has any.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::NotFound | Self::InvalidName => None,
            Self::RateLimited { reason, .. } => Some(reason.code()),
            Self::Denied(reason) => Some(reason.code()),
            Self::Unreachable(reason) => Some(reason.code()),
            Self::Unrecognised(reason) => Some(reason.code()),
        }
    }
}

/// Rounded up, so that nobody asks too early: no wait is told as none.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl fmt::Display for FetchErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no public profile by this name now"),
            Self::InvalidName => f.write_str("a public profile cannot have this name"),
            Self::RateLimited { retry_after: Some(wait), reason } => {
                write!(f, "{}: ask again in {} s", reason.words(), whole_seconds(*wait))
            }
            Self::RateLimited { retry_after: None, reason } => {
                write!(f, "{}: ask again later", reason.words())
            }
            Self::Denied(reason) => f.write_str(reason.words()),
            Self::Unreachable(reason) => f.write_str(reason.words()),
            Self::Unrecognised(reason) => f.write_str(reason.words()),
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}: {}", self.username, self.kind)?;
        let Some(other) = &self.other else { return Ok(()) };
        write!(f, " ({}); {} ({})", self.fetcher, other.kind, other.fetcher)
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}
