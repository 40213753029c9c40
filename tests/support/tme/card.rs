//! What a simulated profile is: plain data that a page is drawn from.

use bytes::Bytes;

/// Which of the four page classes a card is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    User,
    /// A bot.
    Bot,
    /// A broadcast channel.
    Channel,
    /// A public group.
    Group,
}

impl Kind {
    /// Channels and groups share their markup; so do users and bots.
    pub(super) fn is_chat(self) -> bool {
        matches!(self, Self::Channel | Self::Group)
    }
}

/// Which generation of the site's markup a card is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Today's pages: `View`, `Launch` or `Contact` in the title, bots with a count of monthly users.
    Y2026,
    /// Every title says `Contact`, bots look like people, metas in another order.
    Y2024,
    /// No `tgme_body_wrap`, channels count `members`, `tgme_page_post` on profiles.
    Y2021,
}

/// One piece of a bio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Plain text; mentions in it become links as on the real site, bare addresses stay text.
    Text(String),
    /// A link with its own target.
    Link {
        /// What the reader sees.
        text: String,
        /// Where it leads.
        href: String,
    },
    /// Markup sent as it stands, and the text that a right reading makes of it.
    Markup {
        /// Sent unescaped.
        html: String,
        /// The right reading, also used for `og:description`.
        text: String,
    },
}

/// A bio or description, built from parts. `"text".into()` makes one of plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bio {
    /// The pieces in order.
    pub parts: Vec<Part>,
}

impl Bio {
    /// The text that a right reading finds, line breaks as `\n`.
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) | Part::Link { text, .. } | Part::Markup { text, .. } => text.as_str(),
            })
            .collect()
    }

    /// Adds a link with its own target.
    pub fn link(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.parts.push(Part::Link { text: text.into(), href: href.into() });
        self
    }

    /// Adds plain text.
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }
}

impl From<&str> for Bio {
    fn from(text: &str) -> Self {
        Self::default().then(text)
    }
}

impl From<String> for Bio {
    fn from(text: String) -> Self {
        Self::default().then(text)
    }
}

/// One public profile, as its owner set it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The page class.
    pub kind: Kind,
    /// The name in the owner's spelling, without `@`.
    pub username: String,
    /// First and last name, or the title.
    pub display_name: String,
    /// What the last line of a user's page calls them; the first word of the display name when `None`.
    pub first_name: Option<String>,
    /// The bio; `None` or an empty text draws no block at all.
    pub bio: Option<Bio>,
    /// Whether the badge is drawn.
    pub verified: bool,
    /// The bytes of the photo; `None` draws nothing (users, bots) or a letter avatar (channels, groups).
    pub photo: Option<Bytes>,
    /// Of a channel.
    pub subscribers: Option<u64>,
    /// Of a group.
    pub members: Option<u64>,
    /// Of a group; ignored without `members`.
    pub online: Option<u64>,
    /// Of a bot.
    pub monthly_users: Option<u64>,
    /// Whether a channel has the web preview (`/s/NAME` and the link to it).
    pub preview: bool,
    /// The stable id that the posts of a channel's preview show; none is shown without it.
    pub channel_id: Option<u64>,
    /// The markup it is drawn in.
    pub layout: Layout,
}

impl Card {
    fn new(kind: Kind, username: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            kind,
            username: username.into(),
            display_name: display_name.into(),
            first_name: None,
            bio: None,
            verified: false,
            photo: None,
            subscribers: None,
            members: None,
            online: None,
            monthly_users: None,
            preview: false,
            channel_id: None,
            layout: Layout::Y2026,
        }
    }

    /// A person without bio and photo.
    pub fn user(username: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self::new(Kind::User, username, display_name)
    }

    /// A bot without a count line.
    pub fn bot(username: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self::new(Kind::Bot, username, display_name)
    }

    /// A channel with a web preview and this many subscribers.
    pub fn channel(username: impl Into<String>, display_name: impl Into<String>, subscribers: u64) -> Self {
        let card = Self::new(Kind::Channel, username, display_name);
        Self { subscribers: Some(subscribers), preview: true, ..card }
    }

    /// A group that shows its members but not who is online.
    pub fn group(username: impl Into<String>, display_name: impl Into<String>, members: u64) -> Self {
        Self { members: Some(members), ..Self::new(Kind::Group, username, display_name) }
    }

    /// With this bio or description.
    pub fn bio(self, bio: impl Into<Bio>) -> Self {
        Self { bio: Some(bio.into()), ..self }
    }

    /// With the badge.
    pub fn verified(self) -> Self {
        Self { verified: true, ..self }
    }

    /// With these bytes as the photo, see [`photo`](super::photo).
    pub fn photo(self, bytes: impl Into<Bytes>) -> Self {
        Self { photo: Some(bytes.into()), ..self }
    }

    /// With this many members online (groups).
    pub fn online(self, online: u64) -> Self {
        Self { online: Some(online), ..self }
    }

    /// With the count line of a bot.
    pub fn monthly_users(self, users: u64) -> Self {
        Self { monthly_users: Some(users), ..self }
    }

    /// A channel without the web preview.
    pub fn without_preview(self) -> Self {
        Self { preview: false, ..self }
    }

    /// Drawn in this layout.
    pub fn layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The text of the bio, `None` when there is none to be seen.
    pub fn bio_text(&self) -> Option<String> {
        self.bio.as_ref().map(Bio::text).filter(|text| !text.is_empty())
    }

    /// What a user's page calls them in its last line.
    pub(super) fn short_name(&self) -> &str {
        match &self.first_name {
            Some(first) => first,
            None => self.display_name.split(' ').next().unwrap_or_default(),
        }
    }
}
