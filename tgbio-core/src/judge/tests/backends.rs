//! Two backends in turn on one profile: what only one of them sees makes no change and is not forgotten.

use super::*;
use crate::{Birthday, BusinessIntro, FieldValue, Link, PersonalChannel, PhotoId};

/// What a page shows.
fn page(bio: &str) -> Profile {
    let mut profile = profile(Some(bio));
    profile.links = crate::links::of_bio(&profile.bio);
    profile
}

/// What the protocol tells of the same profile.
fn told(bio: &str) -> Profile {
    let mut profile = page(bio);
    profile.telegram_id = Observed::Present(7);
    profile.usernames = Observed::Absent;
    profile.photo = Observed::Present(Photo::named(PhotoId::telegram(70)));
    profile.scam = Observed::Present(false);
    profile.fake = Observed::Present(false);
    profile.premium = Observed::Present(true);
    profile.emoji_status = Observed::Present(11);
    profile.birthday = Observed::from_option(Birthday::new(1, 2, None));
    profile.personal_channel = Observed::Present(PersonalChannel::new(9, None));
    profile.linked_chat = Observed::Absent;
    profile.business_intro = Observed::from_option(BusinessIntro::new("Shop", "Open"));
    profile
}

type Edit = fn(&mut Profile);

fn alternate(kept: &mut Kept, page: &Profile, told: &Profile) {
    for _ in 0..3 {
        kept.half_hour_later().sees_by("scrape", page);
        kept.half_hour_later().sees_by("mtproto", told);
    }
}

#[test]
fn in_turn_they_change_nothing_and_lose_nothing() {
    for first_by_page in [true, false] {
        let mut kept = if first_by_page { Kept::with(&page("see @other")) } else { Kept::new() };
        alternate(&mut kept, &page("see @other"), &told("see @other"));
        assert_eq!((kept.history.len(), kept.held.len()), (1, 0));
        let state = kept.record.state.as_ref().unwrap();
        assert_eq!((state.premium, state.emoji_status), (Observed::Present(true), Observed::Present(11)));
        assert_eq!(state.photo.present().unwrap().url.as_deref(), Some("https://cdn/1"));
        assert!(kept.record.activity(kept.now).quiet >= Rules::default().confirm_delay * 5);
    }
}

#[test]
fn an_unchanged_look_of_the_same_backend_says_nothing_again() {
    let mut kept = Kept::new();
    assert_eq!(kept.sees_by("scrape", &page("a")).source.unwrap().profile, page("a"));
    assert_eq!(kept.half_hour_later().sees_by("scrape", &page("a")).source, None);
    assert!(kept.half_hour_later().sees_by("mtproto", &told("a")).source.is_some());
    assert_eq!(kept.half_hour_later().sees_by("mtproto", &told("a")).source, None);
    assert!(kept.half_hour_later().sees_by("scrape", &page("a")).source.is_some());
    assert_eq!(kept.half_hour_later().fails(FetchErrorKind::NotFound).source, None);
}

#[test]
fn every_field_that_one_of_them_sees_can_change() {
    let edits: [(Field, Edit); 6] = [
        (Field::Premium, |profile| profile.premium = Observed::Present(true)),
        (Field::EmojiStatus, |profile| profile.emoji_status = Observed::Present(12)),
        (Field::Birthday, |profile| {
            profile.birthday = Observed::from_option(Birthday::new(1, 2, Some(1990)));
        }),
        (Field::PersonalChannel, |profile| {
            profile.personal_channel = Observed::Present(PersonalChannel::new(10, None));
        }),
        (Field::LinkedChat, |profile| profile.linked_chat = Observed::Present(5)),
        (Field::BusinessIntro, |profile| {
            profile.business_intro = Observed::from_option(BusinessIntro::new("Shop", "Closed"));
        }),
    ];
    for (field, edit) in edits {
        let mut before = told("a");
        before.premium = Observed::Present(false);
        let mut kept = Kept::with(&page("a"));
        alternate(&mut kept, &page("a"), &before);
        let mut after = before.clone();
        edit(&mut after);
        alternate(&mut kept, &page("a"), &after);
        assert_eq!(kept.history.len(), 2, "{field}");
        assert_eq!(kept.history[1].changed(), [field]);
        assert_eq!(kept.history[1].changes[0].before, before.value(field).present().cloned());
    }
}

#[test]
fn a_canary_vouches_only_for_the_backend_that_read_it() {
    let mut kept = Kept::with(&page("a"));
    kept.half_hour_later().sees_by("mtproto", &told("a"));
    kept.canary.fetchers = vec!["scrape".into()];
    let bare = Profile { bio: Observed::Absent, links: Observed::Absent, ..told("a") };
    assert!(kept.half_hour_later().sees_by("mtproto", &bare).health.doubted);
    let bare = Profile { bio: Observed::Absent, links: Observed::Absent, ..page("a") };
    assert!(!kept.half_hour_later().sees_by("scrape", &bare).health.doubted);
    let missing = |fetcher: &str| FetchError::new(fetcher, name(), FetchErrorKind::NotFound);
    kept.half_hour_later().sees_by("mtproto", &told("a"));
    assert!(kept.half_hour_later().look(&Err(missing("mtproto"))).health.doubted);
    let both = missing("mtproto").beside(missing("scrape"));
    assert!(!kept.half_hour_later().look(&Err(both)).health.doubted);
}

#[test]
fn a_change_that_both_see_is_told_once() {
    let mut kept = Kept::with(&page("a"));
    alternate(&mut kept, &page("a"), &told("a"));
    kept.half_hour_later().sees_by("mtproto", &told("b"));
    alternate(&mut kept, &page("b"), &told("b"));
    assert_eq!(kept.bios(), [Some("a".into()), Some("b".into())]);
    let mut bare = (page("b"), told("b"));
    (bare.0.photo, bare.1.photo) = (Observed::Absent, Observed::Absent);
    alternate(&mut kept, &bare.0, &bare.1);
    assert_eq!(kept.history[2].changed(), [Field::HasPhoto]);
    assert_eq!((kept.history.len(), kept.held.len()), (3, 0));
}

#[test]
fn a_new_photo_is_told_by_whoever_sees_it_first_and_only_once() {
    let (old, new) = (PhotoId::sha256(&[1; 32]), PhotoId::sha256(&[2; 32]));
    let by_bytes = |id: &PhotoId| Profile {
        photo: Observed::Present(Photo { id: Some(id.clone()), ..Photo::at("https://cdn/1") }),
        ..page("a")
    };
    let by_name = |id| Profile { photo: Observed::Present(Photo::named(PhotoId::telegram(id))), ..told("a") };
    for page_first in [true, false] {
        let mut kept = Kept::with(&by_bytes(&old));
        alternate(&mut kept, &by_bytes(&old), &by_name(70));
        assert_eq!(kept.history.len(), 1);
        let state = kept.record.state.clone().unwrap();
        assert_eq!(state.photo_id(), Some(&old), "the picture that is kept goes on to be shown");
        if page_first {
            kept.half_hour_later().sees_by("scrape", &by_bytes(&new));
        } else {
            kept.half_hour_later().sees_by("mtproto", &by_name(71));
        }
        assert_eq!(kept.history[1].changed(), [Field::Photo]);
        alternate(&mut kept, &by_bytes(&new), &by_name(71));
        assert_eq!((kept.history.len(), kept.held.len()), (2, 0));
        let before = kept.history[1].changes[0].before.clone();
        let told = if page_first { FieldValue::from(old.as_str()) } else { "telegram:70".into() };
        assert_eq!(before, Some(told), "old and new are named by one source");
    }
}

#[test]
fn targets_that_only_a_page_knows_are_kept_and_their_changes_told() {
    let leading = |url: &str| Profile {
        links: Observed::Present(vec![Link { text: "my shop".into(), url: url.into() }]),
        ..page("my shop")
    };
    for first_by_page in [true, false] {
        let mut kept = if first_by_page { Kept::with(&leading("https://a.example")) } else { Kept::new() };
        kept.half_hour_later().sees_by("mtproto", &told("my shop"));
        alternate(&mut kept, &leading("https://a.example"), &told("my shop"));
        assert_eq!((kept.history.len(), kept.held.len()), (1, 0), "page first: {first_by_page}");
        assert_eq!(kept.record.state.as_ref().unwrap().links, leading("https://a.example").links);
        alternate(&mut kept, &leading("https://b.example"), &told("my shop"));
        assert_eq!(kept.history.len(), 2);
        assert_eq!(kept.history[1].changed(), [Field::Links]);
    }
}

#[test]
fn only_the_backend_that_saw_a_profile_can_tell_that_it_is_gone() {
    let not_found = |by: &str| FetchError::new(by, name(), FetchErrorKind::NotFound);
    // Somebody without a page, while the protocol cannot be asked.
    let mut kept = Kept::new();
    kept.sees_by("mtproto", &told("a"));
    for _ in 0..9 {
        let check = kept.half_hour_later().look(&Err(not_found("scrape")));
        assert_eq!((check.presence, check.held.len(), check.seen), (Presence::Present, 0, false));
    }
    assert_eq!((kept.history.len(), kept.record.presence), (1, Presence::Present));
    // The protocol says so itself, alone or beside the page.
    kept.half_hour_later().look(&Err(not_found("scrape").beside(not_found("mtproto"))));
    assert_eq!(kept.held.len(), 1);
    for _ in 0..3 {
        kept.half_hour_later().look(&Err(not_found("mtproto")));
    }
    assert_eq!((kept.history.len(), kept.record.presence), (2, Presence::Missing));
}
