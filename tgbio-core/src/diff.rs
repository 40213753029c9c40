//! What differs between two states of a profile, field by field. Pure: no I/O, no clock.

use crate::{Field, FieldValue, Link, Observed, PersonalChannel, Photo, PhotoId, Profile, links};

/// One field that differs. `None` is known to be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Change {
    /// Which field.
    pub field: Field,
    /// The value before.
    pub before: Option<FieldValue>,
    /// The value after.
    pub after: Option<FieldValue>,
}

impl Change {
    /// A change of a field from one known value to another.
    pub fn new(field: Field, before: Option<FieldValue>, after: Option<FieldValue>) -> Self {
        Self { field, before, after }
    }

    /// Whether something was there and is gone: a text, a photo, a badge.
    ///
    /// This is what a page that lost a part of its layout looks like, so it is held before it is believed.
    pub fn empties(&self) -> bool {
        self.after.is_none()
            || (self.before == Some(FieldValue::Flag(true)) && self.after == Some(FieldValue::Flag(false)))
    }
}

/// The fields that are known on both sides and differ.
///
/// A field that either side cannot see is no change, nor is a username in another case, nor a photo that is named by
/// another source.
pub fn diff(before: &Profile, after: &Profile) -> Vec<Change> {
    let mut changes = Vec::new();
    for field in Field::OF_PROFILE {
        if field_differs(field, before, after) {
            changes.push(change_of(field, before, after));
        }
    }
    changes
}

fn change_of(field: Field, before: &Profile, after: &Profile) -> Change {
    if let (Field::Photo, Some((before, after))) = (field, differing_photos(before, after)) {
        return Change::new(field, Some(before.as_str().into()), Some(after.as_str().into()));
    }
    Change::new(field, known(before.value(field)), known(after.value(field)))
}

fn differing_photos<'a>(before: &'a Profile, after: &'a Profile) -> Option<(&'a PhotoId, &'a PhotoId)> {
    before.photo.present()?.differing(after.photo.present()?)
}

fn known(value: Observed<FieldValue>) -> Option<FieldValue> {
    match value {
        Observed::Present(value) => Some(value),
        Observed::Absent | Observed::Hidden => None,
    }
}

fn field_differs(field: Field, a: &Profile, b: &Profile) -> bool {
    match field {
        Field::Presence => false,
        Field::Username => a.username != b.username,
        Field::Kind => both_differ(&a.kind, &b.kind),
        Field::TelegramId => both_differ(&a.telegram_id, &b.telegram_id),
        Field::UsernameOwner => both_differ(&a.username_owner, &b.username_owner),
        Field::DisplayName => both_differ(&a.display_name, &b.display_name),
        Field::Bio => both_differ(&a.bio, &b.bio),
        Field::Links => both_differ(&a.links, &b.links),
        Field::Usernames => both_differ(&a.usernames, &b.usernames),
        Field::HasPhoto => {
            a.photo.is_known() && b.photo.is_known() && a.photo.is_absent() != b.photo.is_absent()
        }
        Field::Photo => differing_photos(a, b).is_some(),
        Field::Verified => both_differ(&a.verified, &b.verified),
        Field::Scam => both_differ(&a.scam, &b.scam),
        Field::Fake => both_differ(&a.fake, &b.fake),
        Field::Premium => both_differ(&a.premium, &b.premium),
        Field::EmojiStatus => both_differ(&a.emoji_status, &b.emoji_status),
        Field::Birthday => both_differ(&a.birthday, &b.birthday),
        Field::PersonalChannel => channels_differ(&a.personal_channel, &b.personal_channel),
        Field::LinkedChat => both_differ(&a.linked_chat, &b.linked_chat),
        Field::BusinessIntro => both_differ(&a.business_intro, &b.business_intro),
    }
}

fn both_differ<T: PartialEq>(a: &Observed<T>, b: &Observed<T>) -> bool {
    a.is_known() && b.is_known() && a != b
}

/// Another name of the same channel is no change of the profile that shows it.
fn channels_differ(a: &Observed<PersonalChannel>, b: &Observed<PersonalChannel>) -> bool {
    match (a, b) {
        (Observed::Present(a), Observed::Present(b)) => a.differs_from(b),
        _ => both_differ(a, b),
    }
}

/// What is known after a new look: the new fields, and the older ones where the new source could not tell.
///
/// `same_source` says that both looks come from the same backend. Another backend may know the bio and not the targets
/// of its links, so they are kept as long as the text is the same and nothing but the text is said by its links. What
/// other sources call the same photo is kept too.
pub fn overlay(older: &Profile, newer: &Profile, same_source: bool) -> Profile {
    Profile {
        username: newer.username.clone(),
        kind: newer.kind.or(older.kind),
        telegram_id: newer.telegram_id.or(older.telegram_id),
        username_owner: newer.owner().or(older.username_owner),
        display_name: newer.display_name.clone().or(older.display_name.clone()),
        bio: newer.bio.clone().or(older.bio.clone()),
        links: overlay_links(older, newer, same_source),
        usernames: newer.usernames.clone().or(older.usernames.clone()),
        photo: overlay_photo(&older.photo, &newer.photo),
        verified: newer.verified.or(older.verified),
        scam: newer.scam.or(older.scam),
        fake: newer.fake.or(older.fake),
        premium: newer.premium.or(older.premium),
        emoji_status: newer.emoji_status.or(older.emoji_status),
        birthday: newer.birthday.or(older.birthday),
        personal_channel: overlay_channel(&older.personal_channel, &newer.personal_channel),
        linked_chat: newer.linked_chat.or(older.linked_chat),
        business_intro: newer.business_intro.clone().or(older.business_intro.clone()),
    }
}

/// Whether [`overlay`] would give back `older`, with the same spelling of the name: nothing is new. Copies nothing.
pub(crate) fn adds_nothing(older: &Profile, newer: &Profile, same_source: bool) -> bool {
    older.username.as_str() == newer.username.as_str()
        && same_or_hidden(&older.kind, &newer.kind)
        && same_or_hidden(&older.telegram_id, &newer.telegram_id)
        && same_or_hidden(&older.username_owner, &newer.owner())
        && same_or_hidden(&older.display_name, &newer.display_name)
        && same_or_hidden(&older.bio, &newer.bio)
        && (keeps_links(older, newer, same_source) || older.links == newer.links)
        && same_or_hidden(&older.usernames, &newer.usernames)
        && adds_nothing_to_photo(&older.photo, &newer.photo)
        && same_or_hidden(&older.verified, &newer.verified)
        && same_or_hidden(&older.scam, &newer.scam)
        && same_or_hidden(&older.fake, &newer.fake)
        && same_or_hidden(&older.premium, &newer.premium)
        && same_or_hidden(&older.emoji_status, &newer.emoji_status)
        && same_or_hidden(&older.birthday, &newer.birthday)
        && adds_nothing_to_channel(&older.personal_channel, &newer.personal_channel)
        && same_or_hidden(&older.linked_chat, &newer.linked_chat)
        && same_or_hidden(&older.business_intro, &newer.business_intro)
}

fn same_or_hidden<T: PartialEq>(older: &Observed<T>, newer: &Observed<T>) -> bool {
    newer.is_hidden() || older == newer
}

fn adds_nothing_to_photo(older: &Observed<Photo>, newer: &Observed<Photo>) -> bool {
    match (older, newer) {
        (Observed::Present(old), Observed::Present(new)) => new.says_no_more_than(old),
        _ => same_or_hidden(older, newer),
    }
}

fn adds_nothing_to_channel(older: &Observed<PersonalChannel>, newer: &Observed<PersonalChannel>) -> bool {
    match (older, newer) {
        (Observed::Present(old), Observed::Present(new)) if new.username.is_none() => !new.differs_from(old),
        _ => same_or_hidden(older, newer),
    }
}

fn keeps_links(older: &Profile, newer: &Profile, same_source: bool) -> bool {
    newer.links.is_hidden()
        || (!same_source && older.links.is_known() && older.bio == newer.bio && links::only_text(newer))
}

fn overlay_links(older: &Profile, newer: &Profile, same_source: bool) -> Observed<Vec<Link>> {
    if keeps_links(older, newer, same_source) { older.links.clone() } else { newer.links.clone() }
}

fn overlay_channel(
    older: &Observed<PersonalChannel>,
    newer: &Observed<PersonalChannel>,
) -> Observed<PersonalChannel> {
    match (older, newer) {
        (Observed::Present(old), Observed::Present(new)) => Observed::Present(new.clone().named_as(old)),
        (_, newer) => newer.clone().or(older.clone()),
    }
}

fn overlay_photo(older: &Observed<Photo>, newer: &Observed<Photo>) -> Observed<Photo> {
    match (older, newer) {
        (Observed::Present(old), Observed::Present(new)) => Observed::Present(old.seen_again(new)),
        (_, newer) => newer.clone().or(older.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Birthday, BusinessIntro, PhotoId, Username};

    fn profile() -> Profile {
        let mut profile = Profile::new(Username::parse("someone").unwrap());
        profile.bio = Observed::Present("old".into());
        profile.verified = Observed::Present(false);
        profile.photo =
            Observed::Present(Photo { id: Some(PhotoId::sha256(&[1; 32])), ..Photo::at("https://a") });
        profile
    }

    #[test]
    fn only_two_known_sides_can_differ() {
        let before = profile();
        let mut after = profile();
        after.bio = Observed::Hidden;
        after.telegram_id = Observed::Present(7);
        assert_eq!(diff(&before, &after), []);
        after.bio = Observed::Absent;
        let changes = diff(&before, &after);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].empties());
        assert_eq!(changes[0].before, Some("old".into()));
    }

    #[test]
    fn a_new_address_is_no_new_photo() {
        let before = profile();
        let mut seen = profile();
        seen.photo = Observed::Present(Photo::at("https://b"));
        let after = overlay(&before, &seen, true);
        assert_eq!(diff(&before, &after), []);
        assert_eq!(after.photo_id(), before.photo_id());
        seen.photo = Observed::Present(Photo::named(PhotoId::telegram(5)));
        assert_eq!(diff(&before, &overlay(&before, &seen, false)), []);
        seen.photo = Observed::Present(Photo::named(PhotoId::sha256(&[2; 32])));
        assert_eq!(diff(&before, &seen)[0].field, Field::Photo);
        seen.photo = Observed::Absent;
        let gone = diff(&before, &seen);
        assert_eq!((gone.len(), gone[0].field), (1, Field::HasPhoto));
        assert!(gone[0].empties());
    }

    #[test]
    fn nothing_is_new_exactly_when_the_overlay_is_the_older_state() {
        let edits: [fn(&mut Profile); 20] = [
            |_| {},
            |profile| profile.username = Username::parse("SomeOne").unwrap(),
            |profile| profile.kind = Observed::Present(crate::ProfileKind::Bot),
            |profile| profile.telegram_id = Observed::Present(7),
            |profile| profile.username_owner = Observed::Present(7),
            |profile| profile.username_owner = Observed::Absent,
            |profile| profile.bio = Observed::Absent,
            |profile| profile.bio = Observed::Hidden,
            |profile| profile.links = Observed::Present(Vec::new()),
            |profile| profile.verified = Observed::Present(true),
            |profile| profile.emoji_status = Observed::Present(5_368_324_170_671_202_286),
            |profile| profile.birthday = Observed::from_option(Birthday::new(29, 2, None)),
            |profile| profile.personal_channel = channel(7, None),
            |profile| profile.personal_channel = channel(7, Some("some_channel")),
            |profile| profile.personal_channel = channel(8, None),
            |profile| profile.business_intro = Observed::from_option(BusinessIntro::new("", "Hello")),
            |profile| profile.photo = Observed::Absent,
            |profile| profile.photo = Observed::Present(Photo::at("https://a")),
            |profile| profile.photo = Observed::Present(Photo::at("https://b")),
            |profile| profile.photo = Observed::Present(Photo::named(PhotoId::telegram(5))),
        ];
        for (older, newer) in edits.iter().flat_map(|older| edits.iter().map(move |newer| (older, newer))) {
            let (mut before, mut seen) = (profile(), profile());
            older(&mut before);
            newer(&mut seen);
            for same_source in [true, false] {
                let after = overlay(&before, &seen, same_source);
                let same = after == before && after.username.as_str() == before.username.as_str();
                assert_eq!(adds_nothing(&before, &seen, same_source), same, "{before:?} {seen:?}");
            }
        }
    }

    fn channel(id: u64, name: Option<&str>) -> Observed<PersonalChannel> {
        let name = name.map(|name| Username::parse(name).unwrap());
        Observed::Present(PersonalChannel::new(id, name))
    }

    #[test]
    fn only_another_id_is_another_channel() {
        let (mut before, mut after) = (profile(), profile());
        before.personal_channel = channel(7, Some("some_channel"));
        after.personal_channel = channel(7, Some("other_name"));
        assert_eq!(diff(&before, &after), []);
        after.personal_channel = channel(7, None);
        assert_eq!(overlay(&before, &after, true).personal_channel, before.personal_channel);
        after.personal_channel = channel(8, None);
        assert_eq!(diff(&before, &after)[0].field, Field::PersonalChannel);
        after.personal_channel = Observed::Absent;
        assert!(diff(&before, &after)[0].empties());
    }

    #[test]
    fn case_is_no_rename() {
        let mut after = profile();
        after.username = Username::parse("SomeOne").unwrap();
        assert_eq!(diff(&profile(), &after), []);
    }

    #[test]
    fn another_backend_does_not_lose_link_targets() {
        let mut older = profile();
        older.links = Observed::Present(vec![Link { text: "x".into(), url: "https://evil".into() }]);
        let mut newer = profile();
        newer.links = Observed::Absent;
        assert_eq!(diff(&older, &overlay(&older, &newer, false)), []);
        assert_eq!(diff(&older, &overlay(&older, &newer, true)).len(), 1);
    }

    fn any_profile() -> impl proptest::strategy::Strategy<Value = Profile> {
        use proptest::prelude::*;
        let known =
            || prop_oneof![Just(None), Just(Some(None)), "[ab@ ]{1,3}".prop_map(|text| Some(Some(text)))];
        let observed = |known: Option<Option<String>>| known.map_or(Observed::Hidden, Observed::from_option);
        (known(), known(), known(), known()).prop_map(move |(bio, name, photo, badge)| {
            let mut profile = Profile::new(Username::parse("someone").unwrap());
            profile.bio = observed(bio);
            profile.display_name = observed(name);
            profile.links = profile.bio.clone().map(|bio| links::derive(&bio));
            profile.photo = observed(photo).map(|url| Photo { url: Some(url), ..Photo::default() });
            profile.verified = observed(badge).map(|text| text.len() == 1);
            profile
        })
    }

    proptest::proptest! {
        #[test]
        fn taking_every_change_over_leaves_none(older in any_profile(), newer in any_profile()) {
            proptest::prop_assert_eq!(diff(&older, &older), []);
            let merged = overlay(&older, &newer, true);
            let mut taken = older.clone();
            diff(&older, &merged).iter().for_each(|change| taken.take(change.field, &merged));
            proptest::prop_assert_eq!(diff(&taken, &merged), []);
        }
    }
}
