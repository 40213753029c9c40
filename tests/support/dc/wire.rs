//! Profiles as the protocol's short objects: `user` and `channel`.

use super::profile::{Photo, Profile};
use crate::tme::Kind;
use grammers_tl_types::{Deserializable, Serializable, enums, types};

/// An object whose bytes are these, then zeros: optional fields of any age of the schema are absent.
#[expect(clippy::expect_used, reason = "the beginnings are constants, tried by the tests")]
pub(super) fn blank<T: Deserializable>(mut beginning: Vec<u8>) -> T {
    beginning.resize(beginning.len() + 512, 0);
    T::from_bytes(&beginning).expect("zeros are an object")
}

/// A profile as one account sees it.
pub(super) struct Seen<'a> {
    pub(super) profile: &'a Profile,
    pub(super) access_hash: i64,
    pub(super) is_self: bool,
    pub(super) dc: i32,
}

impl Seen<'_> {
    pub(super) fn user(&self) -> enums::User {
        let of = self.profile;
        let mut user = types::User {
            id: of.id,
            access_hash: Some(self.access_hash),
            is_self: self.is_self,
            deleted: of.deleted,
            ..blank(vec![])
        };
        if of.deleted {
            return user.into();
        }
        user.first_name = Some(of.name.clone());
        user.last_name = of.last_name.clone();
        (user.username, user.usernames) = names(of);
        user.phone = of.phone.clone().filter(|_| self.is_self || of.kind == Kind::User);
        user.photo = of.photo.as_ref().map(|photo| self.user_photo(photo));
        user.emoji_status = emoji(of);
        self.mark_user(&mut user);
        user.into()
    }

    fn mark_user(&self, user: &mut types::User) {
        let of = self.profile;
        (user.verified, user.scam, user.fake) = (of.verified, of.scam, of.fake);
        (user.premium, user.support) = (of.premium, of.support);
        (user.restricted, user.restriction_reason) = (of.restricted.is_some(), restriction(of));
        if of.kind == Kind::Bot {
            // One flag stands for both.
            (user.bot, user.bot_info_version) = (true, Some(1));
            user.bot_active_users = of.monthly_users;
        }
    }

    fn user_photo(&self, photo: &Photo) -> enums::UserProfilePhoto {
        let (photo_id, dc_id) = (photo.id, self.dc);
        types::UserProfilePhoto { has_video: false, personal: false, photo_id, stripped_thumb: None, dc_id }
            .into()
    }

    pub(super) fn channel(&self) -> enums::Chat {
        let of = self.profile;
        let mut bare = vec![0; 20];
        enums::ChatPhoto::Empty.serialize(&mut bare);
        let (username, usernames) = names(of);
        let channel = types::Channel {
            id: of.id,
            access_hash: Some(self.access_hash),
            title: of.name.clone(),
            left: true,
            broadcast: of.kind == Kind::Channel,
            megagroup: of.kind == Kind::Group,
            username,
            usernames,
            verified: of.verified,
            scam: of.scam,
            fake: of.fake,
            restricted: of.restricted.is_some(),
            restriction_reason: restriction(of),
            photo: self.chat_photo(),
            date: 1_500_000_000,
            participants_count: of.members,
            emoji_status: emoji(of),
            has_link: of.linked_chat.is_some(),
            ..blank(bare)
        };
        channel.into()
    }

    fn chat_photo(&self) -> enums::ChatPhoto {
        let Some(photo) = &self.profile.photo else { return enums::ChatPhoto::Empty };
        let (photo_id, dc_id) = (photo.id, self.dc);
        types::ChatPhoto { has_video: false, photo_id, stripped_thumb: None, dc_id }.into()
    }
}

/// One name stands alone; several are a list, and the single field is absent.
fn names(of: &Profile) -> (Option<String>, Option<Vec<enums::Username>>) {
    if of.usernames.len() < 2 && of.inactive_usernames.is_empty() {
        return (of.usernames.first().cloned(), None);
    }
    let active = of.usernames.iter().map(|name| (name, true));
    let inactive = of.inactive_usernames.iter().map(|name| (name, false));
    let list = active.chain(inactive).enumerate().map(|(i, (name, active))| {
        let (editable, username) = (i == 0, name.clone());
        types::Username { editable, active, deletable: false, expired: false, username }.into()
    });
    (None, Some(list.collect()))
}

fn emoji(of: &Profile) -> Option<enums::EmojiStatus> {
    of.emoji_status.map(|document_id| types::EmojiStatus { document_id, until: None }.into())
}

fn restriction(of: &Profile) -> Option<Vec<enums::RestrictionReason>> {
    let text = of.restricted.clone()?;
    Some(vec![types::RestrictionReason { platform: "all".into(), reason: "terms".into(), text }.into()])
}
