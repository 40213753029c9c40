//! The names of the fields that can change, and their values apart from a profile.

use std::fmt;

use crate::{Birthday, BusinessIntro, Link, Observed, PersonalChannel, Profile, Username};

/// A field of a profile whose changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Field {
    /// Whether there is a public profile at all: `present` or `missing`.
    Presence,
    /// The username; a change of case alone is none.
    Username,
    /// What the profile is.
    Kind,
    /// Telegram's id: another id is another profile, so it never changes.
    TelegramId,
    /// Who has the username now; another id than the profile's own has taken it over.
    UsernameOwner,
    /// First and last name, or the title.
    DisplayName,
    /// Bio or description.
    Bio,
    /// Links in the bio with their targets.
    Links,
    /// Other active usernames.
    Usernames,
    /// Whether there is a photo.
    HasPhoto,
    /// Which photo it is, compared within one source.
    Photo,
    /// Verified by Telegram.
    Verified,
    /// Marked as a scam.
    Scam,
    /// Marked as an impersonation.
    Fake,
    /// Has Telegram Premium.
    Premium,
    /// The custom emoji beside the name.
    EmojiStatus,
    /// The birthday that is shown.
    Birthday,
    /// The channel that a person shows; its name alone is no change.
    PersonalChannel,
    /// The discussion group of a channel, or the channel of a discussion group.
    LinkedChat,
    /// How a business account introduces itself.
    BusinessIntro,
}

impl Field {
    /// The fields that a [`Profile`] itself holds, in the order of the documentation.
    pub const OF_PROFILE: [Self; 19] = [
        Self::Username,
        Self::Kind,
        Self::TelegramId,
        Self::UsernameOwner,
        Self::DisplayName,
        Self::Bio,
        Self::Links,
        Self::Usernames,
        Self::HasPhoto,
        Self::Photo,
        Self::Verified,
        Self::Scam,
        Self::Fake,
        Self::Premium,
        Self::EmojiStatus,
        Self::Birthday,
        Self::PersonalChannel,
        Self::LinkedChat,
        Self::BusinessIntro,
    ];

    /// What a page or an answer tells of a profile: not the name that was asked for, no id, and no photo's bytes.
    pub(crate) const OF_ANSWER: [Self; 15] = [
        Self::Kind,
        Self::DisplayName,
        Self::Bio,
        Self::Links,
        Self::Usernames,
        Self::HasPhoto,
        Self::Verified,
        Self::Scam,
        Self::Fake,
        Self::Premium,
        Self::EmojiStatus,
        Self::Birthday,
        Self::PersonalChannel,
        Self::LinkedChat,
        Self::BusinessIntro,
    ];

    /// The field's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Username => "username",
            Self::Kind => "kind",
            Self::TelegramId => "telegram_id",
            Self::UsernameOwner => "username_owner",
            Self::DisplayName => "display_name",
            Self::Bio => "bio",
            Self::Links => "links",
            Self::Usernames => "usernames",
            Self::HasPhoto => "has_photo",
            Self::Photo => "photo",
            Self::Verified => "verified",
            Self::Scam => "scam",
            Self::Fake => "fake",
            Self::Premium => "premium",
            Self::EmojiStatus => "emoji_status",
            Self::Birthday => "birthday",
            Self::PersonalChannel => "personal_channel",
            Self::LinkedChat => "linked_chat",
            Self::BusinessIntro => "business_intro",
        }
    }

    /// The field with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        std::iter::once(Self::Presence).chain(Self::OF_PROFILE).find(|field| field.as_str() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The value of a field, in the type that the field has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(untagged))]
#[non_exhaustive]
pub enum FieldValue {
    /// A badge, or whether there is a photo.
    Flag(bool),
    /// An id.
    Number(u64),
    /// A name, bio, kind, presence, photo identity or id of a custom emoji.
    Text(String),
    /// Usernames.
    Names(Vec<Username>),
    /// Links.
    Links(Vec<Link>),
    /// A birthday.
    Birthday(Birthday),
    /// A channel.
    Channel(PersonalChannel),
    /// An introduction.
    Intro(BusinessIntro),
}

impl FieldValue {
    /// The text, where the value is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Profile {
    /// What is known of a field; [`Field::Presence`] is no part of a profile and always hidden.
    pub fn value(&self, field: Field) -> Observed<FieldValue> {
        let text = |value: &str| FieldValue::Text(value.to_owned());
        match field {
            Field::Presence => Observed::Hidden,
            Field::Username => Observed::Present(text(self.username.as_str())),
            Field::Kind => self.kind.map(|kind| text(kind.as_str())),
            Field::TelegramId => self.telegram_id.map(FieldValue::Number),
            Field::UsernameOwner => self.username_owner.map(FieldValue::Number),
            Field::DisplayName => self.display_name.as_ref().map(|name| text(name)),
            Field::Bio => self.bio.as_ref().map(|bio| text(bio)),
            Field::Links => self.links.clone().map(FieldValue::Links),
            Field::Usernames => self.usernames.clone().map(FieldValue::Names),
            Field::HasPhoto => self.has_photo().map(FieldValue::Flag),
            Field::Photo => self.photo_value(),
            Field::Verified => self.verified.map(FieldValue::Flag),
            Field::Scam => self.scam.map(FieldValue::Flag),
            Field::Fake => self.fake.map(FieldValue::Flag),
            Field::Premium => self.premium.map(FieldValue::Flag),
            Field::EmojiStatus => self.emoji_status.map(|id| FieldValue::Text(id.to_string())),
            Field::Birthday => self.birthday.map(FieldValue::Birthday),
            Field::PersonalChannel => self.personal_channel.clone().map(FieldValue::Channel),
            Field::LinkedChat => self.linked_chat.map(FieldValue::Number),
            Field::BusinessIntro => self.business_intro.clone().map(FieldValue::Intro),
        }
    }

    /// Whether a field has something to show: a value, and no flag that is not set. `None` when it is hidden.
    pub fn shows(&self, field: Field) -> Option<bool> {
        fn has<T>(value: &Observed<T>) -> Option<bool> {
            value.is_known().then(|| value.present().is_some())
        }
        fn is_set(flag: Observed<bool>) -> Option<bool> {
            flag.is_known().then(|| flag == Observed::Present(true))
        }
        match field {
            Field::Presence => None,
            Field::Username => Some(true),
            Field::Kind => has(&self.kind),
            Field::TelegramId => has(&self.telegram_id),
            Field::UsernameOwner => has(&self.username_owner),
            Field::DisplayName => has(&self.display_name),
            Field::Bio => has(&self.bio),
            Field::Links => has(&self.links),
            Field::Usernames => has(&self.usernames),
            Field::HasPhoto => has(&self.photo),
            Field::Photo => self.photo_id().map(|_| true),
            Field::Verified => is_set(self.verified),
            Field::Scam => is_set(self.scam),
            Field::Fake => is_set(self.fake),
            Field::Premium => is_set(self.premium),
            Field::EmojiStatus => has(&self.emoji_status),
            Field::Birthday => has(&self.birthday),
            Field::PersonalChannel => has(&self.personal_channel),
            Field::LinkedChat => has(&self.linked_chat),
            Field::BusinessIntro => has(&self.business_intro),
        }
    }

    /// Whether there is a photo.
    pub fn has_photo(&self) -> Observed<bool> {
        match &self.photo {
            Observed::Present(_) => Observed::Present(true),
            Observed::Absent => Observed::Present(false),
            Observed::Hidden => Observed::Hidden,
        }
    }

    /// The photo's identity: hidden until its bytes have been read, or when there is none.
    fn photo_value(&self) -> Observed<FieldValue> {
        self.photo_id().map_or(Observed::Hidden, |id| Observed::Present(id.as_str().into()))
    }

    /// Takes over one field from another profile; the two faces of the photo go together.
    pub fn take(&mut self, field: Field, from: &Self) {
        match field {
            Field::Presence => {}
            Field::Username => self.username = from.username.clone(),
            Field::Kind => self.kind = from.kind,
            Field::TelegramId => self.telegram_id = from.telegram_id,
            Field::UsernameOwner => self.username_owner = from.username_owner,
            Field::DisplayName => self.display_name.clone_from(&from.display_name),
            Field::Bio => self.bio.clone_from(&from.bio),
            Field::Links => self.links.clone_from(&from.links),
            Field::Usernames => self.usernames.clone_from(&from.usernames),
            Field::HasPhoto | Field::Photo => self.photo.clone_from(&from.photo),
            Field::Verified => self.verified = from.verified,
            Field::Scam => self.scam = from.scam,
            Field::Fake => self.fake = from.fake,
            Field::Premium => self.premium = from.premium,
            Field::EmojiStatus => self.emoji_status = from.emoji_status,
            Field::Birthday => self.birthday = from.birthday,
            Field::PersonalChannel => self.personal_channel.clone_from(&from.personal_channel),
            Field::LinkedChat => self.linked_chat = from.linked_chat,
            Field::BusinessIntro => self.business_intro.clone_from(&from.business_intro),
        }
    }

    /// The fields that are known, be they empty or not.
    pub fn known_fields(&self) -> Vec<Field> {
        Field::OF_PROFILE.into_iter().filter(|field| self.value(*field).is_known()).collect()
    }
}
