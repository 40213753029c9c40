//! The fields of a profile in JSON. Every key is always there: `null` is known to be empty, or not known when the key
//! stands in `hidden`.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::{Birthday, BusinessIntro, Counts, Observed, PersonalChannel, Profile};

/// A piece of the bio and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Link")]
pub struct LinkFields {
    /// The text that a reader sees.
    pub text: String,
    /// The address behind it, as the profile's owner wrote it: check it before you follow it.
    pub url: String,
}

/// A birthday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Birthday")]
pub struct BirthdayFields {
    /// Day of the month.
    pub day: u16,
    /// Month, from 1.
    pub month: u16,
    /// The year; `null` when it is not told.
    #[oai(nullable)]
    pub year: Option<u16>,
}

/// The channel that a person shows.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "PersonalChannel")]
pub struct ChannelFields {
    /// Telegram's id of the channel: the bare positive number.
    pub telegram_id: u64,
    /// The channel's username; `null` when it is not known.
    #[oai(nullable)]
    pub username: Option<String>,
}

/// How a business account introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "BusinessIntro")]
pub struct IntroFields {
    /// The heading.
    #[oai(nullable)]
    pub title: Option<String>,
    /// The text below it.
    #[oai(nullable)]
    pub text: Option<String>,
}

/// What a public profile says about itself. `null` means known to be empty, or, if the key stands in `hidden`, that
/// this source cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "ProfileFields")]
pub struct ProfileFields {
    /// The public username in the owner's spelling, without `@`.
    pub username: String,
    /// `user`, `bot`, `channel` or `group`.
    #[oai(nullable)]
    pub kind: Option<String>,
    /// Telegram's id: the bare positive number.
    #[oai(nullable)]
    pub telegram_id: Option<u64>,
    /// Telegram's id of whoever has the username now. Another id than `telegram_id` has taken the name over; `null` means
    /// that the profile has lost it and nobody else is known to have it. `username` is then the last one it had.
    #[oai(nullable)]
    pub username_owner: Option<u64>,
    /// First and last name, or the title.
    #[oai(nullable)]
    pub display_name: Option<String>,
    /// Bio or description, with its line breaks.
    #[oai(nullable)]
    pub bio: Option<String>,
    /// The links in the bio.
    #[oai(nullable)]
    pub links: Option<Vec<LinkFields>>,
    /// Other active usernames.
    #[oai(nullable)]
    pub usernames: Option<Vec<String>>,
    /// Verified by Telegram.
    #[oai(nullable)]
    pub verified: Option<bool>,
    /// Marked as a scam by Telegram.
    #[oai(nullable)]
    pub scam: Option<bool>,
    /// Marked as an impersonation by Telegram.
    #[oai(nullable)]
    pub fake: Option<bool>,
    /// Has Telegram Premium.
    #[oai(nullable)]
    pub premium: Option<bool>,
    /// The custom emoji beside the name: its document id in decimal digits.
    #[oai(nullable)]
    pub emoji_status: Option<String>,
    /// The birthday that a person shows.
    #[oai(nullable)]
    pub birthday: Option<BirthdayFields>,
    /// The channel that a person shows.
    #[oai(nullable)]
    pub personal_channel: Option<ChannelFields>,
    /// Telegram's id of the discussion group of a channel, or of the channel of a discussion group.
    #[oai(nullable)]
    pub linked_chat: Option<u64>,
    /// How a business account introduces itself.
    #[oai(nullable)]
    pub business_intro: Option<IntroFields>,
    /// Whether there is a photo.
    #[oai(nullable)]
    pub has_photo: Option<bool>,
    /// Where Telegram served the photo; such addresses rotate and expire.
    #[oai(nullable)]
    pub photo_url: Option<String>,
    /// Subscribers of a channel.
    #[oai(nullable)]
    pub subscribers: Option<u64>,
    /// Members of a group.
    #[oai(nullable)]
    pub members: Option<u64>,
    /// Members of a group who were online.
    #[oai(nullable)]
    pub online: Option<u64>,
    /// Monthly users of a bot.
    #[oai(nullable)]
    pub monthly_users: Option<u64>,
    /// The names of the fields that this source cannot see.
    pub hidden: Vec<String>,
}

impl From<Birthday> for BirthdayFields {
    fn from(birthday: Birthday) -> Self {
        Self { day: birthday.day.into(), month: birthday.month.into(), year: birthday.year }
    }
}

impl From<PersonalChannel> for ChannelFields {
    fn from(channel: PersonalChannel) -> Self {
        let username = channel.username.map(|name| name.to_string());
        Self { telegram_id: channel.telegram_id, username }
    }
}

impl From<BusinessIntro> for IntroFields {
    fn from(intro: BusinessIntro) -> Self {
        Self { title: intro.title, text: intro.text }
    }
}

/// Collects which fields are hidden while their values are read.
#[derive(Default)]
struct Hidden(Vec<String>);

impl Hidden {
    fn read<T>(&mut self, name: &str, field: Observed<T>) -> Option<T> {
        match field {
            Observed::Present(value) => Some(value),
            Observed::Absent => None,
            Observed::Hidden => {
                self.0.push(name.to_owned());
                None
            }
        }
    }
}

impl ProfileFields {
    /// The fields of a profile with its measurements.
    pub fn new(profile: &Profile, counts: &Counts) -> Self {
        let mut hidden = Hidden::default();
        let links = |links: Vec<tgbio_core::Link>| -> Vec<LinkFields> {
            links.into_iter().map(|link| LinkFields { text: link.text, url: link.url }).collect()
        };
        let names = |names: Vec<tgbio_core::Username>| -> Vec<String> {
            names.iter().map(ToString::to_string).collect()
        };
        let photo_url = match &profile.photo {
            Observed::Present(photo) => Observed::from_option(photo.url.clone()),
            Observed::Absent => Observed::Absent,
            Observed::Hidden => Observed::Hidden,
        };
        let mut fields = Self {
            username: profile.username.to_string(),
            kind: hidden.read("kind", profile.kind.map(|kind| kind.to_string())),
            telegram_id: hidden.read("telegram_id", profile.telegram_id),
            username_owner: hidden.read("username_owner", profile.username_owner),
            display_name: hidden.read("display_name", profile.display_name.clone()),
            bio: hidden.read("bio", profile.bio.clone()),
            links: hidden.read("links", profile.links.clone().map(links)),
            usernames: hidden.read("usernames", profile.usernames.clone().map(names)),
            verified: hidden.read("verified", profile.verified),
            scam: hidden.read("scam", profile.scam),
            fake: hidden.read("fake", profile.fake),
            premium: hidden.read("premium", profile.premium),
            emoji_status: hidden.read("emoji_status", profile.emoji_status.map(|id| id.to_string())),
            birthday: hidden.read("birthday", profile.birthday.map(BirthdayFields::from)),
            personal_channel: hidden
                .read("personal_channel", profile.personal_channel.clone().map(Into::into)),
            linked_chat: hidden.read("linked_chat", profile.linked_chat),
            business_intro: hidden.read("business_intro", profile.business_intro.clone().map(Into::into)),
            has_photo: hidden.read("has_photo", profile.has_photo()),
            photo_url: hidden.read("photo_url", photo_url),
            subscribers: hidden.read("subscribers", counts.subscribers),
            members: hidden.read("members", counts.members),
            online: hidden.read("online", counts.online),
            monthly_users: hidden.read("monthly_users", counts.monthly_users),
            hidden: Vec::new(),
        };
        fields.hidden = hidden.0;
        fields
    }

    /// A profile of which nothing but the name is known.
    pub fn unknown(username: &tgbio_core::Username) -> Self {
        Self::new(&Profile::new(username.clone()), &Counts::default())
    }
}
