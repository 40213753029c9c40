//! What is kept of an answer: a list of what may be kept, and nothing else.
//!
//! This is the evidence of an observation, as JSON of the media type [`MEDIA_TYPE`]. An answer of the protocol also
//! tells how the operator's account stands to the profile (contact, mutual contact, common chats, blocked, settings,
//! private notes, themes), access hashes, file references, telephone numbers and when a person was online. None of
//! that has a place here, so a newer layer cannot slip it in.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use tgbio_core::UnrecognisedReason;

/// The media type of evidence of this backend.
pub const MEDIA_TYPE: &str = "application/vnd.tgbio.telegram+json";

/// The form of the evidence that this version writes.
pub(super) const FORM: u32 = 1;

/// What the profile is to the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Type {
    #[default]
    User,
    Bot,
    /// Only those who run it write.
    Channel,
    /// A supergroup, a gigagroup or a group of old.
    Group,
}

/// A username as the answer lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Name {
    pub(super) username: String,
    pub(super) active: bool,
}

/// The emoji beside the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Emoji {
    pub(super) document_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<i32>,
}

/// A day of birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    pub(super) day: i32,
    pub(super) month: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) year: Option<i32>,
}

/// How a business introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intro {
    pub(super) title: String,
    pub(super) description: String,
}

/// A channel that the profile names, and its public name where the answer tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channel {
    pub(super) id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username: Option<String>,
}

/// Why Telegram shows it to some only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Restriction {
    pub(super) platform: String,
    pub(super) reason: String,
    pub(super) text: String,
}

/// What a bot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bot {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) commands: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) privacy_policy_url: Option<String>,
}

/// The part of an answer that the short calls give too: the face of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Face {
    #[serde(rename = "type")]
    pub(super) kind: Type,
    pub(super) id: i64,
    /// First name, or the title. Left out where the operator gave the name: a contact of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_name: Option<String>,
    /// The name is the operator's own for a contact.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) name_withheld: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) usernames: Vec<Name>,
    /// The id of the photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) photo: Option<i64>,
    /// The photo cannot be told: the operator gave one of their own.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) photo_withheld: bool,
    pub(super) verified: bool,
    pub(super) scam: bool,
    pub(super) fake: bool,
    pub(super) premium: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) deleted: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) support: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) forum: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) restrictions: Vec<Restriction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) emoji_status: Option<Emoji>,
}

/// What is kept of a full answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    pub(super) form: u32,
    pub(super) layer: i32,
    #[serde(flatten)]
    pub(super) face: Face,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) birthday: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) personal_channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) linked_chat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) business_intro: Option<Intro>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bot: Option<Bot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participants: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) online: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bot_active_users: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) boost_level: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gifts: Option<i32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Evidence does not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// It is no JSON of this backend.
    #[error("this is no evidence of the protocol backend: {0}")]
    Malformed(String),
    /// Its form is newer than this version.
    #[error("the evidence has form {0}, and this version knows up to {FORM}: update")]
    Newer(u32),
    /// It shows no profile with a usable name.
    #[error("the evidence shows no public profile: {}", .0.words())]
    NoProfile(UnrecognisedReason),
}

impl Facts {
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let malformed = |error: serde_json::Error| EvidenceError::Malformed(error.to_string());
        let facts: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        match facts.form {
            FORM => Ok(facts),
            0 => Err(EvidenceError::Malformed("it does not name its form".to_owned())),
            newer => Err(EvidenceError::Newer(newer)),
        }
    }
}

impl Face {
    /// The active usernames, in order.
    pub(super) fn active(&self) -> impl Iterator<Item = &str> {
        self.usernames.iter().filter(|name| name.active).map(|name| name.username.as_str())
    }

    /// A digest that differs when a name, the photo or a badge does. Another version may compute it otherwise, which
    /// costs no more than a needless look.
    pub(super) fn digest(&self) -> i64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.hash(&mut hasher);
        hasher.0.cast_signed()
    }
}

/// FNV-1a, which needs no seed: the digest is kept.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, step);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
