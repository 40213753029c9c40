//! What can be asked of a store, page by page.

use crate::{Field, Presence, ProfileId, ProfileKind, Timestamp, Username};

/// A page of a list. The cursor stays good while rows come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page and where the next one starts.
    pub fn new(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

/// How a list of profiles is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// The longest followed first: a list that never shifts under its reader.
    #[default]
    Followed,
    /// By username.
    Username,
    /// The latest change first, profiles without one last.
    LastChanged,
}

impl Order {
    /// The name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::Username => "username",
            Self::LastChanged => "changed",
        }
    }

    /// The order with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Followed, Self::Username, Self::LastChanged].into_iter().find(|order| order.as_str() == name)
    }
}

/// Which followed profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileQuery {
    /// Where to go on.
    pub cursor: Option<String>,
    /// Rows at most.
    pub limit: usize,
    /// The order; a cursor belongs to one order.
    pub order: Order,
    /// Text that stands in the username or the display name, without regard to case; one of one or two characters, at
    /// their beginning, see [`is_short_text`](super::is_short_text). A link to a profile, and a name with `@`, is looked for
    /// as the name alone.
    pub text: Option<String>,
    /// Only this kind.
    pub kind: Option<ProfileKind>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only with this presence.
    pub presence: Option<Presence>,
    /// Only monitored, or only paused ones.
    pub monitored: Option<bool>,
    /// Only those whose last look failed.
    pub failing: bool,
}

impl Default for ProfileQuery {
    fn default() -> Self {
        Self {
            cursor: None,
            limit: 50,
            order: Order::default(),
            text: None,
            kind: None,
            tag: None,
            presence: None,
            monitored: None,
            failing: false,
        }
    }
}

/// Names a profile: by its id or its current username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileKey {
    /// The stable id.
    Id(ProfileId),
    /// The current username.
    Username(Username),
}

impl ProfileKey {
    /// Reads an id, or a username in any spelling.
    ///
    /// # Errors
    /// As [`Username::parse`], when the text is no id either.
    pub fn parse(text: &str) -> Result<Self, crate::UsernameError> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => Username::parse(text).map(Self::Username),
        }
    }
}

impl From<ProfileId> for ProfileKey {
    fn from(id: ProfileId) -> Self {
        Self::Id(id)
    }
}

impl From<Username> for ProfileKey {
    fn from(name: Username) -> Self {
        Self::Username(name)
    }
}

/// A place where a text was found in the histories.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchHit {
    /// Whose.
    pub profile_id: ProfileId,
    /// The current name.
    pub username: Username,
    /// In which revision.
    pub revision: u64,
    /// In which field.
    pub field: Field,
    /// The field's whole text.
    pub text: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

impl SearchHit {
    /// A place.
    pub fn new(
        id: ProfileId,
        username: Username,
        revision: u64,
        field: Field,
        text: String,
        at: Timestamp,
    ) -> Self {
        Self { profile_id: id, username, revision, field, text, first_seen: at }
    }
}

/// Totals, kept up to date with every write and never counted by scanning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Followed profiles.
    pub profiles: u64,
    /// Of them monitored.
    pub monitored: u64,
    /// Of them confirmed missing.
    pub missing: u64,
    /// Of them with a failed last look.
    pub failing: u64,
    /// Revisions.
    pub revisions: u64,
    /// Waiting changes.
    pub held: u64,
}

/// Who did something: a person, a token, a command or the program itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor(String);

impl Actor {
    /// The program itself.
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// An actor of a kind, like `user`, `token` or `cli`, by name.
    pub fn named(kind: &str, name: &str) -> Self {
        Self(format!("{kind}:{name}"))
    }

    /// The name as it stands in the audit log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line of the audit log. It holds no content of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its place, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, like `profile.follow`.
    pub action: String,
    /// Which profile.
    pub profile_id: Option<ProfileId>,
    /// More, without content: a revision's number, a field's name.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// An entry that a store gives out.
    pub fn new(seq: u64, at: Timestamp, actor: String, action: String) -> Self {
        Self { seq, at, actor, action, profile_id: None, detail: None }
    }
}
