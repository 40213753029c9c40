//! From the protocol's answers to what may be kept of them.

use grammers_client::tl::{LAYER, enums, types};

use super::facts::{Bot, Channel, Day, Emoji, FORM, Face, Facts, Intro, Name, Restriction, Type};
use super::peers::{Peer, PeerKind};

/// What a list of users or chats shows of one of them.
pub(super) struct Shown {
    pub(super) face: Face,
    /// How it is asked for; `None` for those that an answer mentions only in passing (`min`), whose hash is not good.
    pub(super) peer: Option<Peer>,
}

/// A user of an answer; `None` for an empty shell.
pub(super) fn user(user: &enums::User) -> Option<Shown> {
    let enums::User::User(user) = user else { return None };
    let hash = user.access_hash.filter(|_| !user.min);
    let peer = hash.map(|access_hash| Peer { kind: PeerKind::User, id: user.id, access_hash });
    let withheld = user.contact && !user.is_self;
    let own = |name: &Option<String>| name.clone().filter(|_| !withheld);
    let (photo, photo_withheld) = user_photo(user.photo.as_ref());
    let face = Face {
        kind: if user.bot { Type::Bot } else { Type::User },
        id: user.id,
        name: own(&user.first_name),
        last_name: own(&user.last_name),
        name_withheld: withheld,
        usernames: names(user.usernames.as_deref(), user.username.as_deref()),
        photo,
        photo_withheld,
        verified: user.verified,
        scam: user.scam,
        fake: user.fake,
        premium: user.premium,
        deleted: user.deleted,
        support: user.support,
        forum: false,
        restrictions: restrictions(user.restriction_reason.as_deref()),
        emoji_status: emoji(user.emoji_status.as_ref()),
    };
    Some(Shown { face, peer })
}

/// A channel or group of an answer; `None` for what shows nothing.
pub(super) fn chat(chat: &enums::Chat) -> Option<Shown> {
    match chat {
        enums::Chat::Channel(chat) => Some(channel(chat)),
        enums::Chat::Chat(chat) => Some(Shown { face: basic_group(chat), peer: None }),
        _ => None,
    }
}

fn channel(chat: &types::Channel) -> Shown {
    let hash = chat.access_hash.filter(|_| !chat.min);
    let peer = hash.map(|access_hash| Peer { kind: PeerKind::Channel, id: chat.id, access_hash });
    let group = chat.megagroup || chat.gigagroup || !chat.broadcast;
    let face = Face {
        kind: if group { Type::Group } else { Type::Channel },
        id: chat.id,
        name: Some(chat.title.clone()),
        usernames: names(chat.usernames.as_deref(), chat.username.as_deref()),
        photo: chat_photo(&chat.photo),
        verified: chat.verified,
        scam: chat.scam,
        fake: chat.fake,
        forum: chat.forum,
        restrictions: restrictions(chat.restriction_reason.as_deref()),
        emoji_status: emoji(chat.emoji_status.as_ref()),
        ..Face::default()
    };
    Shown { face, peer }
}

/// A group of old has no username, so nobody follows one; its answer reads all the same.
fn basic_group(chat: &types::Chat) -> Face {
    let (kind, photo) = (Type::Group, chat_photo(&chat.photo));
    Face { kind, id: chat.id, name: Some(chat.title.clone()), photo, ..Face::default() }
}

/// What a full answer gives.
pub(super) struct Full {
    pub(super) facts: Facts,
    pub(super) peer: Option<Peer>,
    /// The digest of the part that a short answer gives as well.
    pub(super) face: i64,
}

/// A full answer about a user.
pub(super) fn full_user(answer: &types::users::UserFull, id: i64) -> Option<Full> {
    let enums::UserFull::Full(full) = &answer.full_user;
    let (raw, shown) =
        answer.users.iter().filter_map(|raw| Some((raw, user(raw)?))).find(|(_, s)| s.face.id == id)?;
    let enums::User::User(raw) = raw else { return None };
    let Shown { mut face, peer } = shown;
    let digest = face.digest();
    // The photo that others see goes before the one that the operator gave a contact.
    if let Some(photo) =
        photo_id(full.profile_photo.as_ref()).or_else(|| photo_id(full.fallback_photo.as_ref()))
    {
        (face.photo, face.photo_withheld) = (Some(photo), false);
    }
    let facts = Facts {
        form: FORM,
        layer: LAYER,
        face,
        about: full.about.clone(),
        birthday: full.birthday.as_ref().map(day),
        personal_channel: full.personal_channel_id.map(|id| named_channel(id, &answer.chats)),
        business_intro: full.business_intro.as_ref().map(intro),
        bot: full.bot_info.as_ref().map(bot),
        bot_active_users: raw.bot_active_users,
        gifts: full.stargifts_count,
        ..Facts::default()
    };
    Some(Full { facts, peer, face: digest })
}

/// A full answer about a channel or a group.
pub(super) fn full_chat(answer: &types::messages::ChatFull, id: i64) -> Option<Full> {
    let (raw, shown) =
        answer.chats.iter().filter_map(|raw| Some((raw, chat(raw)?))).find(|(_, s)| s.face.id == id)?;
    let digest = shown.face.digest();
    let mut facts = Facts { form: FORM, layer: LAYER, face: shown.face, ..Facts::default() };
    match &answer.full_chat {
        enums::ChatFull::ChannelFull(full) => {
            facts.about = Some(full.about.clone());
            facts.participants = full.participants_count;
            facts.online = full.online_count;
            facts.linked_chat = full.linked_chat_id;
            facts.gifts = full.stargifts_count;
            facts.face.photo = photo_id(Some(&full.chat_photo)).or(facts.face.photo);
        }
        enums::ChatFull::Full(full) => facts.about = Some(full.about.clone()),
        enums::ChatFull::CommunityFull(_) => return None,
    }
    if let enums::Chat::Channel(raw) = raw {
        facts.created = Some(raw.date);
        facts.boost_level = raw.level;
        facts.participants = facts.participants.or(raw.participants_count);
    }
    Some(Full { facts, peer: shown.peer, face: digest })
}

fn names(list: Option<&[enums::Username]>, single: Option<&str>) -> Vec<Name> {
    let name = |username: &str, active| Name { username: username.to_owned(), active };
    match list {
        Some(list) if !list.is_empty() => {
            list.iter().map(|enums::Username::Username(one)| name(&one.username, one.active)).collect()
        }
        _ => single.map(|one| name(one, true)).into_iter().collect(),
    }
}

fn restrictions(reasons: Option<&[enums::RestrictionReason]>) -> Vec<Restriction> {
    let reason = |enums::RestrictionReason::Reason(reason): &enums::RestrictionReason| Restriction {
        platform: reason.platform.clone(),
        reason: reason.reason.clone(),
        text: reason.text.clone(),
    };
    reasons.unwrap_or_default().iter().map(reason).collect()
}

fn emoji(status: Option<&enums::EmojiStatus>) -> Option<Emoji> {
    match status? {
        enums::EmojiStatus::Empty => None,
        enums::EmojiStatus::Status(status) => {
            Some(Emoji { document_id: status.document_id, until: status.until })
        }
        enums::EmojiStatus::Collectible(status) => {
            Some(Emoji { document_id: status.document_id, until: status.until })
        }
        _ => None,
    }
}

/// The id, or that the photo is one that only the operator sees.
fn user_photo(photo: Option<&enums::UserProfilePhoto>) -> (Option<i64>, bool) {
    match photo {
        Some(enums::UserProfilePhoto::Photo(photo)) if photo.personal => (None, true),
        Some(enums::UserProfilePhoto::Photo(photo)) => (Some(photo.photo_id), false),
        _ => (None, false),
    }
}

fn chat_photo(photo: &enums::ChatPhoto) -> Option<i64> {
    match photo {
        enums::ChatPhoto::Photo(photo) => Some(photo.photo_id),
        enums::ChatPhoto::Empty => None,
    }
}

fn photo_id(photo: Option<&enums::Photo>) -> Option<i64> {
    match photo? {
        enums::Photo::Photo(photo) => Some(photo.id),
        enums::Photo::Empty(_) => None,
    }
}

fn day(birthday: &enums::Birthday) -> Day {
    let enums::Birthday::Birthday(day) = birthday;
    Day { day: day.day, month: day.month, year: day.year }
}

fn intro(intro: &enums::BusinessIntro) -> Intro {
    let enums::BusinessIntro::Intro(intro) = intro;
    Intro { title: intro.title.clone(), description: intro.description.clone() }
}

fn bot(info: &enums::BotInfo) -> Bot {
    let enums::BotInfo::Info(info) = info;
    let command =
        |enums::BotCommand::Command(one): &enums::BotCommand| (one.command.clone(), one.description.clone());
    Bot {
        description: info.description.clone(),
        commands: info.commands.iter().flatten().map(command).collect(),
        privacy_policy_url: info.privacy_policy_url.clone(),
    }
}

fn named_channel(id: i64, chats: &[enums::Chat]) -> Channel {
    let shown = chats.iter().filter_map(chat).find(|shown| shown.face.id == id);
    Channel { id, username: shown.and_then(|shown| shown.face.active().next().map(str::to_owned)) }
}
