//! Profiles of every kind, as they are and as they change.

use super::*;
use tgbio_testkit::dc::{Options, Profile, Truth};

#[tokio::test]
async fn a_user_with_all_that_belongs_to_it() {
    let truth = Truth::new();
    let news = truth.set(Profile::channel("ann_news", "Ann's news", 12));
    let ann = Profile::user("ann_example", "Ann").last_name("Lee").bio("Hello\nyou").photo(1).verified();
    let ann = truth.set(Profile {
        personal_channel: Some(news),
        emoji_status: Some(77),
        premium: true,
        ..ann.also("annie_x")
    });
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    let (full, user) = rig.full(rig.input("Annie_X").await).await.unwrap();
    assert_eq!((full.id, full.about.as_deref()), (ann, Some("Hello\nyou")));
    assert_eq!((full.personal_channel_id, user.premium, user.verified), (Some(news), true, true));
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (Some("Ann"), Some("Lee")));
    assert_eq!(user.usernames.unwrap().len(), 2);
    let Some(enums::Photo::Photo(photo)) = full.profile_photo else { panic!("no photo") };
    let Some(enums::UserProfilePhoto::Photo(small)) = user.photo else { panic!("no photo") };
    assert_eq!(photo.id, small.photo_id);
    assert_eq!(dc.hellos()[0].api_id, API_ID);
    assert_eq!((dc.count("contacts.resolveUsername"), dc.count("users.getFullUser")), (1, 1));
    assert_eq!(dc.calls().last().unwrap().peers, [ann]);
}

#[tokio::test]
async fn channels_and_groups() {
    let truth = Truth::new();
    let group = truth.set(Profile::group("ann_talk", "Talk", 9));
    let channel = Profile::channel("ann_news", "News", 12).bio("All of it").photo(2);
    let channel = truth.set(Profile { linked_chat: Some(group), ..channel });
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    for (name, id, bio, broadcast) in
        [("ann_news", channel, "All of it", true), ("ann_talk", group, "", false)]
    {
        let enums::Chat::Channel(chat) = rig.resolve(name).await.unwrap().chats.remove(0) else {
            panic!("no channel")
        };
        assert_eq!((chat.id, chat.broadcast, chat.megagroup), (id, broadcast, !broadcast));
        let (channel_id, access_hash) = (chat.id, chat.access_hash.unwrap());
        let peer: enums::InputChannel = types::InputChannel { channel_id, access_hash }.into();
        let request = functions::channels::GetFullChannel { channel: peer.clone() };
        let enums::messages::ChatFull::Full(full) = rig.ask(&request).await.unwrap();
        let enums::ChatFull::ChannelFull(about) = full.full_chat else { panic!("no channel") };
        assert_eq!(about.about, bio);
        assert_eq!(full.chats.len(), if broadcast { 2 } else { 1 });
        let batch = functions::channels::GetChannels { id: vec![peer.clone()] };
        let enums::messages::Chats::Chats(chats) = rig.ask(&batch).await.unwrap() else { panic!("a slice") };
        assert_eq!(chats.chats.len(), 1);
        truth.update(id, |channel| channel.private = true);
        assert_eq!(refusal(rig.ask(&request).await).1, "CHANNEL_PRIVATE");
        truth.update(id, |channel| channel.private = false);
        dc.change_access_hash(id);
        assert_eq!(refusal(rig.ask(&request).await).1, "CHANNEL_INVALID");
    }
}

#[tokio::test]
async fn names_that_nobody_has() {
    let truth = Truth::new();
    let ann = truth.set(Profile::user("ann_example", "Ann"));
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    assert!(rig.resolve("ann_example").await.is_ok());
    truth.delete(ann);
    let cases = [("ann_example", "USERNAME_NOT_OCCUPIED"), ("nobody_here", "USERNAME_NOT_OCCUPIED")];
    for (name, error) in cases.into_iter().chain([("a b c d", "USERNAME_INVALID")]) {
        assert_eq!(refusal(rig.resolve(name).await), (400, error.into(), None));
    }
    assert!(rig.client.resolve_username("nobody_here").await.unwrap().is_none());
}

#[tokio::test]
async fn changes_are_seen_by_the_next_request() {
    let truth = Truth::new();
    let ann = truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let dc = Dc::start(&truth, Options::default()).await;
    let rig = rig(&dc);
    let id = rig.input("ann_example").await;
    truth.after(ann, 1, |ann| ann.bio = Some("two".into()));
    assert_eq!(rig.full(id.clone()).await.unwrap().0.about.as_deref(), Some("one"));
    assert_eq!(rig.full(id.clone()).await.unwrap().0.about.as_deref(), Some("two"));
    truth.rename(ann, "ann_new");
    assert_eq!(rig.full(id.clone()).await.unwrap().1.username.as_deref(), Some("ann_new"));
    let other = truth.set(Profile::user("ann_example", "Somebody else"));
    assert!(matches!(rig.input("ann_example").await, enums::InputUser::User(user) if user.user_id == other));
    truth.delete(ann);
    let (full, user) = rig.full(id.clone()).await.unwrap();
    assert_eq!((user.deleted, user.username, full.about), (true, None, None));
    truth.remove(ann);
    assert_eq!(refusal(rig.full(id).await).1, "USER_ID_INVALID");
}

#[tokio::test]
async fn access_hashes_belong_to_one_account_and_grow_stale() {
    let truth = Truth::new();
    let ann = truth.set(Profile::user("ann_example", "Ann"));
    let dc = Dc::start(&truth, Options::default()).await;
    let second = dc.join(tgbio_testkit::dc::Account::user("+4900"));
    let (one, two) = (rig(&dc), rig_on(session(&[&dc], second)));
    let (first, other) = (one.input("ann_example").await, two.input("ann_example").await);
    assert_ne!(first, other);
    assert!(one.full(first.clone()).await.is_ok() && two.full(other.clone()).await.is_ok());
    assert_eq!(refusal(one.full(other).await), (400, "USER_ID_INVALID".into(), None));
    assert_eq!(dc.calls().last().unwrap().account, Some(AccountId::FIRST));
    dc.change_access_hash(ann);
    assert_eq!(refusal(one.full(first).await).1, "USER_ID_INVALID");
    assert!(one.full(one.input("ann_example").await).await.is_ok());
}
