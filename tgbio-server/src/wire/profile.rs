//! The fields of a profile in JSON. Every key is always there: `null` is known to be empty, or not known when the key
//! stands in `hidden`.

use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::{Counts, Observed, Profile};

/// A piece of the bio and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Link")]
pub struct LinkFields {
    /// The text that a reader sees.
    pub text: String,
    /// The address behind it, as the profile's owner wrote it: check it before you follow it.
    pub url: String,
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
            display_name: hidden.read("display_name", profile.display_name.clone()),
            bio: hidden.read("bio", profile.bio.clone()),
            links: hidden.read("links", profile.links.clone().map(links)),
            usernames: hidden.read("usernames", profile.usernames.clone().map(names)),
            verified: hidden.read("verified", profile.verified),
            scam: hidden.read("scam", profile.scam),
            fake: hidden.read("fake", profile.fake),
            premium: hidden.read("premium", profile.premium),
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
