//! Every field of a profile, kept and told in its own type.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::{
    Birthday, BusinessIntro, FieldValue, Link, Observed, PersonalChannel, Photo, PhotoId, Profile,
    ProfileKind,
};

/// A profile with something in every field.
fn full(bio: &str) -> Profile {
    let mut profile = user(&name("someone"), Some(bio));
    profile.telegram_id = Observed::Present(1_234_567_890);
    profile.username_owner = profile.telegram_id;
    profile.links = Observed::Present(vec![Link { text: "@other".into(), url: "https://t.me/other".into() }]);
    profile.usernames = Observed::Present(vec![name("second_name")]);
    profile.photo = Observed::Present(Photo::named(PhotoId::telegram(77)));
    profile.verified = Observed::Present(false);
    profile.scam = Observed::Present(false);
    profile.fake = Observed::Present(false);
    profile.premium = Observed::Present(false);
    profile.emoji_status = Observed::Present(5_368_324_170_671_202_286);
    profile.birthday = Observed::from_option(Birthday::new(29, 2, None));
    profile.personal_channel = Observed::Present(PersonalChannel::new(42, None));
    profile.linked_chat = Observed::Present(43);
    profile.business_intro = Observed::from_option(BusinessIntro::new("Shop", ""));
    profile
}

/// The same profile with another value in every field that may change without being held.
fn changed() -> Profile {
    let mut profile = full("b");
    profile.display_name = Observed::Present("Another Name".into());
    profile.links = Observed::Present(vec![Link { text: "@third".into(), url: "https://t.me/third".into() }]);
    profile.usernames = Observed::Present(vec![name("third_name"), name("second_name")]);
    profile.photo = Observed::Present(Photo::named(PhotoId::telegram(78)));
    profile.verified = Observed::Present(true);
    profile.scam = Observed::Present(true);
    profile.fake = Observed::Present(true);
    profile.premium = Observed::Present(true);
    profile.emoji_status = Observed::Present(i64::MAX);
    profile.birthday = Observed::from_option(Birthday::new(1, 3, Some(1990)));
    profile.personal_channel = Observed::Present(PersonalChannel::new(44, Some(name("my_channel"))));
    profile.linked_chat = Observed::Present(45);
    profile.business_intro = Observed::from_option(BusinessIntro::new("Shop", "Open from nine\nto five"));
    profile
}

pub(super) async fn every_field_comes_back_as_it_was(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &seen(full("a"), 60)).await;
    assert_eq!(get(&store, id).await.state, Some(full("a")));
    see(&store, id, &seen(changed(), 120)).await;
    assert_eq!(get(&store, id).await.state, Some(changed()));
    assert_eq!(store.revision(id, 1).await.unwrap().unwrap().profile, full("a"));
    assert_eq!(store.revision(id, 2).await.unwrap().unwrap().profile, changed());
    let told = store.changes_of(id, 2).await.unwrap();
    assert_eq!(told, crate::diff(&full("a"), &changed()));
    assert_eq!(told.len(), 14, "every field but the name, the kind, the id and whether there is a photo");
    let logged = store.changes(0, 99).await.unwrap();
    let values: Vec<_> = logged.into_iter().map(|entry| (entry.field, entry.before, entry.after)).collect();
    assert_eq!(
        values,
        told.into_iter().map(|told| (told.field, told.before, told.after)).collect::<Vec<_>>()
    );
}

pub(super) async fn every_emptied_field_waits_in_its_own_type(store: Store) {
    let id = follow(&store, "someone").await.id;
    see(&store, id, &seen(full("a"), 60)).await;
    let mut bare = full("a");
    bare.emoji_status = Observed::Absent;
    bare.birthday = Observed::Absent;
    bare.personal_channel = Observed::Absent;
    bare.linked_chat = Observed::Absent;
    bare.business_intro = Observed::Absent;
    see(&store, id, &seen(bare.clone(), 120)).await;
    let held = store.held(Some(id), 0, 99).await.unwrap();
    let before: Vec<_> = held.iter().filter_map(|held| held.changes[0].before.clone()).collect();
    assert_eq!(
        before,
        [
            FieldValue::Text("5368324170671202286".into()),
            FieldValue::Birthday(Birthday::new(29, 2, None).unwrap()),
            FieldValue::Channel(PersonalChannel::new(42, None)),
            FieldValue::Number(43),
            FieldValue::Intro(BusinessIntro::new("Shop", "").unwrap()),
        ]
    );
    assert_eq!(held[0].after, Some(bare));
}

pub(super) async fn a_state_without_the_newer_fields_reads_as_hidden(store: Store) {
    let id = with_bios(&store, "someone", &["a"]).await;
    let state = get(&store, id).await.state.unwrap();
    assert!(state.emoji_status.is_hidden() && state.birthday.is_hidden() && state.linked_chat.is_hidden());
    assert!(state.personal_channel.is_hidden() && state.business_intro.is_hidden());
    see(&store, id, &seen(Profile { kind: Observed::Present(ProfileKind::User), ..full("a") }, 120)).await;
    assert_eq!(get(&store, id).await.revisions, 1, "a field seen for the first time is a baseline");
    assert!(store.changes(0, 9).await.unwrap().is_empty());
    see(&store, id, &seen(user(&name("someone"), Some("a")), 180)).await;
    let record = get(&store, id).await;
    assert_eq!((record.revisions, record.state.unwrap().birthday), (1, full("a").birthday));
}
