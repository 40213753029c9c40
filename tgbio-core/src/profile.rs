//! What a public profile says about itself.

use std::fmt;
use std::str::FromStr;

use crate::{Birthday, BusinessIntro, Observed, PersonalChannel, Photo, PhotoId, Username};

/// The stable key of everything that is stored about one profile: a UUID of version 7.
///
/// Usernames are dated facts of a profile and may move between profiles; this id never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ProfileId(uuid::Uuid);

impl ProfileId {
    /// A new id, later than all made before on this machine.
    #[expect(clippy::new_without_default, reason = "a new id is not a default value")]
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7())
    }

    /// The sixteen bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }

    /// The id as a UUID.
    pub fn uuid(self) -> uuid::Uuid {
        self.0
    }
}

impl From<uuid::Uuid> for ProfileId {
    fn from(id: uuid::Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A text is no profile id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a profile id: it is a UUID like 0192f0c1-2345-7abc-8def-0123456789ab")]
pub struct ProfileIdError;

impl FromStr for ProfileId {
    type Err = ProfileIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(text).map(Self).map_err(|_| ProfileIdError)
    }
}

/// What a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProfileKind {
    /// A person.
    User,
    /// A bot.
    Bot,
    /// A channel.
    Channel,
    /// A public group.
    Group,
}

impl ProfileKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::User, Self::Bot, Self::Channel, Self::Group];

    /// The kind's name in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Bot => "bot",
            Self::Channel => "channel",
            Self::Group => "group",
        }
    }
}

impl fmt::Display for ProfileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A piece of the bio and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Link {
    /// The text that a reader sees.
    pub text: String,
    /// The address behind it. It comes from a stranger: check the scheme before it is made clickable.
    pub url: String,
}

/// The facts of a profile that are followed. Every field but the name is three-valued, see [`Observed`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Profile {
    /// The public username in the owner's spelling.
    pub username: Username,
    /// What it is.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub kind: Observed<ProfileKind>,
    /// Telegram's id of the account or chat: the bare positive number, without the `-100` of the Bot API.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub telegram_id: Observed<u64>,
    /// Telegram's id of the account or chat that has the username now: its own, as a rule. Absent when the profile has
    /// lost the name and it is not known to whom; `username` is then the one it had last.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub username_owner: Observed<u64>,
    /// First and last name, or the title.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub display_name: Observed<String>,
    /// Bio or description, with its line breaks and invisible characters.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub bio: Observed<String>,
    /// The links in the bio, in order.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub links: Observed<Vec<Link>>,
    /// Other active usernames of the same profile.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub usernames: Observed<Vec<Username>>,
    /// The photo.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub photo: Observed<Photo>,
    /// Verified by Telegram.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub verified: Observed<bool>,
    /// Marked as a scam by Telegram.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub scam: Observed<bool>,
    /// Marked as an impersonation by Telegram.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub fake: Observed<bool>,
    /// Has Telegram Premium.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub premium: Observed<bool>,
    /// The custom emoji that stands beside the name: its document id.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub emoji_status: Observed<i64>,
    /// The birthday that a person shows.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub birthday: Observed<Birthday>,
    /// The channel that a person shows.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub personal_channel: Observed<PersonalChannel>,
    /// Telegram's id of the discussion group of a channel, or of the channel of a discussion group.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub linked_chat: Observed<u64>,
    /// How a business account introduces itself.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Observed::is_hidden"))]
    pub business_intro: Observed<BusinessIntro>,
}

impl Profile {
    /// A profile of which nothing but the name is known.
    pub fn new(username: Username) -> Self {
        Self {
            username,
            kind: Observed::Hidden,
            telegram_id: Observed::Hidden,
            username_owner: Observed::Hidden,
            display_name: Observed::Hidden,
            bio: Observed::Hidden,
            links: Observed::Hidden,
            usernames: Observed::Hidden,
            photo: Observed::Hidden,
            verified: Observed::Hidden,
            scam: Observed::Hidden,
            fake: Observed::Hidden,
            premium: Observed::Hidden,
            emoji_status: Observed::Hidden,
            birthday: Observed::Hidden,
            personal_channel: Observed::Hidden,
            linked_chat: Observed::Hidden,
            business_intro: Observed::Hidden,
        }
    }

    /// Who has the username: where the source does not say so, the one whose id answered to it.
    pub fn owner(&self) -> Observed<u64> {
        self.username_owner.or(self.telegram_id)
    }

    /// Whether the username is known to be the profile's no longer, so that a source which knows no ids would read
    /// somebody else by it.
    pub fn has_lost_name(&self) -> bool {
        self.username_owner.is_known() && self.username_owner != self.telegram_id
    }

    /// Whether this is the same name, or another active one of the same profile.
    pub fn answers_to(&self, name: &Username) -> bool {
        self.username == *name || self.usernames.present().is_some_and(|names| names.contains(name))
    }

    /// Whether two states are equal, and all names in them are spelt alike: names are equal without regard to case.
    #[cfg(feature = "sqlite")]
    pub(crate) fn is_spelt_alike(&self, other: &Self) -> bool {
        self == other && self.spellings().eq(other.spellings())
    }

    #[cfg(feature = "sqlite")]
    fn spellings(&self) -> impl Iterator<Item = &str> {
        let others = self.usernames.present().into_iter().flatten();
        let channel = self.personal_channel.present().and_then(|channel| channel.username.as_ref());
        std::iter::once(&self.username).chain(others).chain(channel).map(Username::as_str)
    }

    /// The same, where nobody has read the bytes of the photo.
    #[cfg(feature = "sqlite")]
    pub(crate) fn without_photo_id(&self) -> Self {
        let mut profile = self.clone();
        if let Observed::Present(photo) = &mut profile.photo {
            photo.id = None;
        }
        profile
    }

    /// Which photo it is, if there is one and its bytes have been read.
    pub fn photo_id(&self) -> Option<&PhotoId> {
        self.photo.present()?.id.as_ref()
    }
}

/// Measurements that move by nature: they are charted and never told as changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Counts {
    /// Subscribers of a channel.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Observed::is_hidden"))]
    pub subscribers: Observed<u64>,
    /// Members of a group.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Observed::is_hidden"))]
    pub members: Observed<u64>,
    /// Members who are online, as the page says; no single person is ever looked at.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Observed::is_hidden"))]
    pub online: Observed<u64>,
    /// Monthly users of a bot.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Observed::is_hidden"))]
    pub monthly_users: Observed<u64>,
}

impl Counts {
    /// The counts with their names, in the order of the documentation.
    pub fn named(&self) -> [(&'static str, Observed<u64>); 4] {
        [
            ("subscribers", self.subscribers),
            ("members", self.members),
            ("online", self.online),
            ("monthly_users", self.monthly_users),
        ]
    }

    /// Whether any count is present.
    pub fn any(&self) -> bool {
        self.named().iter().any(|(_, count)| count.present().is_some())
    }

    /// These counts, with the older ones where this source could not tell.
    #[must_use]
    pub fn or(self, older: Self) -> Self {
        Self {
            subscribers: self.subscribers.or(older.subscribers),
            members: self.members.or(older.members),
            online: self.online.or(older.online),
            monthly_users: self.monthly_users.or(older.monthly_users),
        }
    }
}
