//! Scripted profiles survive being written and read.

use super::super::full::{channel_full, user_full};
use super::super::wire::Seen;
use super::super::*;
use grammers_tl_types::{Deserializable, Serializable};

fn rich(mut profile: Profile) -> Profile {
    let text = || Some("x".to_owned());
    profile.inactive_usernames = vec!["old_name".into()];
    (profile.last_name, profile.bio, profile.restricted) = (text(), text(), text());
    (profile.scam, profile.fake, profile.premium, profile.support) = (true, true, true, true);
    (profile.members, profile.online, profile.monthly_users) = (Some(1), Some(2), Some(3));
    profile.emoji_status = Some(5);
    profile.birthday = Some(Birthday { day: 29, month: 2, year: None });
    (profile.personal_channel, profile.linked_chat) = (Some(1_500_000_001), Some(1_500_000_002));
    profile.business_intro = Some(("t".into(), "d".into()));
    profile.bot_description = text();
    profile.phone = text();
    profile.photo(1).verified().also("second_name").id(1_000)
}

#[test]
fn every_profile_survives_the_wire() {
    let bare = [
        Profile::user("ann_example", "Ann"),
        Profile::bot("ann_bot", "Ann"),
        Profile::channel("ann_news", "Ann", 5),
        Profile::group("ann_group", "Ann", 5),
    ];
    for profile in bare.clone().into_iter().chain(bare.map(rich)) {
        let seen = Seen { profile: &profile, access_hash: 7, is_self: false, dc: 2 };
        if profile.is_chat() {
            let (short, full) = (seen.channel(), channel_full(&profile, 2));
            assert_eq!(Deserializable::from_bytes(&short.to_bytes()), Ok(short));
            assert_eq!(Deserializable::from_bytes(&full.to_bytes()), Ok(full));
        } else {
            let (short, full) = (seen.user(), user_full(&profile, 2));
            assert_eq!(Deserializable::from_bytes(&short.to_bytes()), Ok(short));
            assert_eq!(Deserializable::from_bytes(&full.to_bytes()), Ok(full));
        }
    }
}
