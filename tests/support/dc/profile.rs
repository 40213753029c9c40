//! What a scripted profile is: plain data that protocol answers (and pages of t.me) are made from.

use crate::tme::{Bio, Card, Kind, Part, photo};
use bytes::Bytes;

/// A profile's photo: uploaded again, the same picture has another id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// As the protocol tells photos apart.
    pub id: i64,
    /// A JPEG, for t.me.
    pub bytes: Bytes,
}

impl Photo {
    /// A tiny photo; the same seed makes the same one.
    pub fn new(seed: u32) -> Self {
        Self { id: 0x5200_0000_0000_0000 + i64::from(seed), bytes: photo(seed.into()) }
    }
}

/// A birthday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birthday {
    /// 1 to 31.
    pub day: i32,
    /// 1 to 12.
    pub month: i32,
    /// If it is told.
    pub year: Option<i32>,
}

/// One account, channel or group. Fields that its kind does not have are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The stable id; 0 lets [`Truth::set`](super::Truth::set) choose one.
    pub id: i64,
    /// What it is. Groups are megagroups.
    pub kind: Kind,
    /// First name or title.
    pub name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Active usernames in order, the main one first.
    pub usernames: Vec<String>,
    /// Usernames that it owns but does not use.
    pub inactive_usernames: Vec<String>,
    /// Bio or description.
    pub bio: Option<String>,
    /// The photo.
    pub photo: Option<Photo>,
    /// Verified by Telegram.
    pub verified: bool,
    /// Marked as scam.
    pub scam: bool,
    /// Marked as fake.
    pub fake: bool,
    /// Has Telegram Premium.
    pub premium: bool,
    /// Of Telegram's support.
    pub support: bool,
    /// Why it is restricted, if it is.
    pub restricted: Option<String>,
    /// A deleted account: names, photo and bio are gone.
    pub deleted: bool,
    /// Subscribers or members.
    pub members: Option<i32>,
    /// Members who are online (groups).
    pub online: Option<i32>,
    /// Monthly users (bots).
    pub monthly_users: Option<i32>,
    /// The characters of the bio that are custom emoji, which both sources draw their own way.
    pub bio_emoji: Vec<char>,
    /// The custom emoji beside the name.
    pub emoji_status: Option<i64>,
    /// Of a user.
    pub birthday: Option<Birthday>,
    /// Id of a user's personal channel.
    pub personal_channel: Option<i64>,
    /// Id of a channel's discussion group, or of a group's channel.
    pub linked_chat: Option<i64>,
    /// Title and description of a business introduction.
    pub business_intro: Option<(String, String)>,
    /// What a bot can do, as shown before its first message.
    pub bot_description: Option<String>,
    /// A channel whose preview on t.me shows posts, and its id with them.
    pub with_preview: bool,
    /// A channel that the accounts have no right to see.
    pub private: bool,
    /// The phone number, as a contact would see it.
    pub phone: Option<String>,
}

impl Profile {
    fn new(kind: Kind, username: &str, name: &str) -> Self {
        Self {
            id: 0,
            kind,
            name: name.into(),
            last_name: None,
            usernames: vec![username.to_owned()],
            inactive_usernames: vec![],
            bio: None,
            photo: None,
            verified: false,
            scam: false,
            fake: false,
            premium: false,
            support: false,
            restricted: None,
            deleted: false,
            members: None,
            online: None,
            monthly_users: None,
            bio_emoji: vec![],
            emoji_status: None,
            birthday: None,
            personal_channel: None,
            linked_chat: None,
            business_intro: None,
            bot_description: None,
            with_preview: false,
            private: false,
            phone: None,
        }
    }

    /// A person.
    pub fn user(username: &str, name: &str) -> Self {
        Self::new(Kind::User, username, name)
    }

    /// A bot.
    pub fn bot(username: &str, name: &str) -> Self {
        Self::new(Kind::Bot, username, name)
    }

    /// A broadcast channel.
    pub fn channel(username: &str, title: &str, subscribers: i32) -> Self {
        Self { members: Some(subscribers), ..Self::new(Kind::Channel, username, title) }
    }

    /// A public group.
    pub fn group(username: &str, title: &str, members: i32) -> Self {
        Self { members: Some(members), ..Self::new(Kind::Group, username, title) }
    }

    /// With this id.
    pub fn id(self, id: i64) -> Self {
        Self { id, ..self }
    }

    /// With this bio or description.
    pub fn bio(self, bio: &str) -> Self {
        Self { bio: Some(bio.into()), ..self }
    }

    /// With this last name.
    pub fn last_name(self, name: &str) -> Self {
        Self { last_name: Some(name.into()), ..self }
    }

    /// With these characters of the bio as custom emoji.
    pub fn bio_emoji(self, emoji: &[char]) -> Self {
        Self { bio_emoji: emoji.into(), ..self }
    }

    /// With the photo of this seed.
    pub fn photo(self, seed: u32) -> Self {
        Self { photo: Some(Photo::new(seed)), ..self }
    }

    /// With the badge.
    pub fn verified(self) -> Self {
        Self { verified: true, ..self }
    }

    /// With one more active username.
    pub fn also(mut self, username: &str) -> Self {
        self.usernames.push(username.into());
        self
    }

    /// First and last name, or the title.
    pub fn display_name(&self) -> String {
        match &self.last_name {
            Some(last) if !self.is_chat() => {
                format!("{} {}", self.name.trim_ascii(), last.trim_ascii()).trim_ascii().to_owned()
            }
            _ => self.name.clone(),
        }
    }

    /// Channels and groups, as against people and bots.
    pub fn is_chat(&self) -> bool {
        matches!(self.kind, Kind::Channel | Kind::Group)
    }

    /// The bio with its custom emoji as the site draws them: a picture, and the ordinary character inside.
    fn drawn(&self, bio: &str) -> Bio {
        let mut drawn = Bio::default();
        for piece in bio.split_inclusive(|c| self.bio_emoji.contains(&c)) {
            let emoji = piece.chars().next_back().filter(|last| self.bio_emoji.contains(last));
            let text = piece.strip_suffix(|c| emoji == Some(c)).unwrap_or(piece);
            if !text.is_empty() {
                drawn = drawn.then(text);
            }
            drawn.parts.extend(emoji.map(custom_emoji));
        }
        drawn
    }

    /// As t.me shows it under this name.
    pub(super) fn card(&self, username: &str) -> Card {
        let (shown, members) = (self.display_name(), self.members.unwrap_or_default().unsigned_abs().into());
        let mut card = match self.kind {
            Kind::User => Card::user(username, shown),
            Kind::Bot => Card::bot(username, shown),
            Kind::Channel => Card::channel(username, shown, members),
            Kind::Group => Card::group(username, shown, members),
        };
        card.first_name = (!self.is_chat()).then(|| self.name.clone());
        // The site writes one `<br/>` for a line break, however that was typed, and no page can hold NUL.
        let written = |bio: &String| bio.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
        card.bio = self.bio.as_ref().map(|bio| self.drawn(&written(bio)));
        card.verified = self.verified;
        card.photo = self.photo.as_ref().map(|photo| photo.bytes.clone());
        card.online = self.online.map(|online| online.unsigned_abs().into());
        card.monthly_users = self.monthly_users.map(|users| users.unsigned_abs().into());
        card.channel_id = self.with_preview.then(|| self.id.unsigned_abs());
        card
    }
}

fn custom_emoji(character: char) -> Part {
    let html = format!(
        "<tg-emoji emoji-id=\"5{:018}\"><i class=\"emoji\" style=\"background-image:url('//telegram.org/img/emoji/40/{:X}.png')\"><b>{character}</b></i></tg-emoji>",
        u32::from(character),
        u32::from(character),
    );
    Part::Markup { html, text: character.into() }
}
