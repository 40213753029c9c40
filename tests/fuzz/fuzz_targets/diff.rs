//! Any two states: a state does not differ from itself, and taking every change over leaves none.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tgbio_core::{Observed, Photo, Profile, TextDiff, Username, diff, links, overlay};

/// A profile from bytes: one byte says what is known, the text is bio and name.
fn profile(known: u8, text: &str) -> Option<Profile> {
    let mut profile = Profile::new(Username::parse("some_name").ok()?);
    let value = |bit: u8| match (known >> bit) & 3 {
        0 => Observed::Hidden,
        1 => Observed::Absent,
        _ => Observed::Present(text.to_owned()),
    };
    profile.bio = value(0);
    profile.display_name = value(2);
    profile.links = profile.bio.clone().map(|bio| links::derive(&bio));
    profile.photo = value(4).map(Photo::at);
    profile.verified = value(6).map(|text| text.len() % 2 == 0);
    Some(profile)
}

fuzz_target!(|given: (u8, &str, u8, &str)| {
    let (first, second) = (profile(given.0, given.1), profile(given.2, given.3));
    let (Some(first), Some(second)) = (first, second) else { return };
    assert!(diff(&first, &first).is_empty());
    let merged = overlay(&first, &second, true);
    let mut taken = first.clone();
    diff(&first, &merged).iter().for_each(|change| taken.take(change.field, &merged));
    assert!(diff(&taken, &merged).is_empty());
    let _ = TextDiff::words(given.1, given.3);
});
