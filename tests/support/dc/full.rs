//! Profiles as the protocol's full objects: `userFull` and `channelFull`.

use super::profile::{Photo, Profile};
use super::wire::blank;
use crate::tme::Kind;
use grammers_tl_types::{Serializable, enums, types};

/// A personal channel is told with its newest message.
const NEWEST: i32 = 11;

pub(super) fn user_full(of: &Profile, dc: i32) -> enums::UserFull {
    let mut bare = vec![0; 16];
    settings().serialize(&mut bare);
    notifications().serialize(&mut bare);
    let mut full = types::UserFull { id: of.id, ..blank(bare) };
    if of.deleted {
        return full.into();
    }
    full.about = of.bio.clone();
    full.profile_photo = of.photo.as_ref().map(|photo| photo_of(photo, dc));
    full.birthday = of.birthday.map(|b| types::Birthday { day: b.day, month: b.month, year: b.year }.into());
    full.personal_channel_id = of.personal_channel;
    full.personal_channel_message = of.personal_channel.map(|_| NEWEST);
    full.business_intro = of
        .business_intro
        .clone()
        .map(|(title, description)| types::BusinessIntro { title, description, sticker: None }.into());
    full.bot_info = (of.kind == Kind::Bot).then(|| bot_info(of));
    full.into()
}

fn bot_info(of: &Profile) -> enums::BotInfo {
    types::BotInfo { user_id: Some(of.id), description: of.bot_description.clone(), ..blank(vec![]) }.into()
}

pub(super) fn channel_full(of: &Profile, dc: i32) -> enums::ChatFull {
    // Flags, id, no description, three counters; then what zeros cannot be.
    let mut bare = vec![0; 32];
    no_photo().serialize(&mut bare);
    notifications().serialize(&mut bare);
    Vec::<enums::BotInfo>::new().serialize(&mut bare);
    let full = types::ChannelFull {
        id: of.id,
        about: of.bio.clone().unwrap_or_default(),
        participants_count: of.members,
        online_count: of.online,
        chat_photo: of.photo.as_ref().map_or_else(no_photo, |photo| photo_of(photo, dc)),
        linked_chat_id: of.linked_chat,
        ..blank(bare)
    };
    full.into()
}

fn settings() -> enums::PeerSettings {
    enums::PeerSettings::Settings(blank(vec![]))
}

fn notifications() -> enums::PeerNotifySettings {
    enums::PeerNotifySettings::Settings(blank(vec![]))
}

fn no_photo() -> enums::Photo {
    types::PhotoEmpty { id: 0 }.into()
}

fn photo_of(photo: &Photo, dc: i32) -> enums::Photo {
    let size = types::PhotoSize { r#type: "x".into(), w: 640, h: 640, size: photo.bytes.len() as i32 };
    let photo = types::Photo {
        has_stickers: false,
        id: photo.id,
        access_hash: photo.id ^ 0x5555,
        file_reference: vec![1, 2, 3],
        date: 1_600_000_000,
        sizes: vec![size.into()],
        video_sizes: None,
        dc_id: dc,
    };
    photo.into()
}
