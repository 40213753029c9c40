//! The ten traps of the site's pages, each with its guards. Every guard of this table was taken out by a small change, one at
//! a time, and a test named `trap_N` failed; where two guard the same, which is said, both together. Whoever changes a guard
//! does that again.
//!
//! | trap | guard | where |
//! |---|---|---|
//! | 1: a throttled client gets the page of a free name | so many repeats must agree, a right answer begins anew | core `judge/held.rs` `first`, `again`; `judge/looks.rs` `seen` |
//! | | repeats lie apart | core `judge/mod.rs` `counts_again` |
//! | | no good canary: nothing is judged | core `judge/held.rs` `advance`; `canary.rs` `after_look`, `vouches_for` |
//! | | for a day (guards the same as the one above): of a backend whose canaries are gone nothing is believed | core `drift/mod.rs` `broken_backends` |
//! | | a canary's word lasts a minute | core `track/canaries.rs` `is_fresh` |
//! | | a backend's canary speaks for that backend only: that one is asked, and who answered is compared (two guard the same) | core `track/canaries.rs` `look`; `judge/held.rs` `is_vouched_for` |
//! | | who is gone is still gone only if a canary is found | core `judge/mod.rs` `needs_canary`; `judge/looks.rs` `still_gone` |
//! | | a new name is free only if a canary is found now | core `track/mod.rs` `doubt_absence`; `track/canaries.rs` `report` |
//! | 2: the photo's address changes, the photo does not | photos have names, addresses are none, and no difference | fetch `rules.rs` `photo`; core `diff.rs` `field_differs` |
//! | | the name is that of the bytes, and only another name is a change (two guard the same) | core `store/photo.rs` `read` |
//! | | the name stays when the address changes, or the next photo were the first | core `photo.rs` `seen_again` |
//! | | another address may be another photo: its bytes are read, and it was not seen until then | core `track/photos.rs` `wanted`; `judge/looks.rs` `photo_shown`; `store/photo.rs` `revision` |
//! | 3: a class has a trailing space here and none there | classes are compared token by token | fetch `collect.rs` `open_block`, `has_class` |
//! | | a page whose head has a bio that its card has not is not read | fetch `rules.rs` `bio` |
//! | 4: the head has a sentence where there is no bio | the bio is the card's; the head's says only whether one was missed | fetch `rules.rs` `bio` |
//! | 5: the page of a free name has a description | without a title there is no profile, nor with an empty one | fetch `rules.rs` `of_card`, `name` |
//! | | and no free name without its link, or with a photo | fetch `rules.rs` `without_title` |
//! | 6: a bot has two lines below its title | every line is kept and read for what it is, in any order | fetch `collect.rs` `leave`; `extras.rs` `read` |
//! | | the line with the name decides whose card it is, and how it is spelt | fetch `rules.rs` `profile` |
//! | 7: `noindex` does not mean absent | nothing is concluded from it, nor from what else a start parameter changes | fetch `page.rs` `read_page`; `rules.rs` `domain` |
//! | | the bare path is asked for | fetch `fetcher.rs` `page_of` |
//! | 8: `<title>` tells neither kind nor existence | the kind is told by counts and buttons, existence by the card | fetch `extras.rs` `kind`; `rules.rs` `of_card`, `without_title` |
//! | 9: a drawn letter, or the logo, is no photo | neither is one, on the card and in the head | fetch `rules.rs` `photo`, `shows_photo` |
//! | | a page whose head has a photo that its card has not is not read | fetch `rules.rs` `photo` |
//! | 10: tokens, times and counts change on every fetch | fields are compared, and counts are none of them | core `judge/looks.rs` `seen` |
//! | | a page counts as the one seen last only by all that does not move | fetch `last_cards.rs` `fingerprint`, `compare` |
//!
//! `fetch` is `tgbio-fetch/src/scrape`, `core` is `tgbio-core/src`.

use tgbio_core::{FetchErrorKind, Username};
use tgbio_fetch::scrape::{LastCards, PageReading, read_page, read_page_whole, read_saved_page};
use tgbio_testkit::tme::{Card, draw_page};

mod histories;
mod pages;

fn username() -> Username {
    Username::parse("some_name").unwrap()
}

fn page(card: &Card) -> String {
    page_number(card, 1)
}

/// The page of a card when it is asked for the `number`-th time: its tokens, times and photo addresses differ.
fn page_number(card: &Card, number: u64) -> String {
    String::from_utf8(draw_page("some_name", Some(card), None, number).to_vec()).unwrap()
}

/// The page of a free name.
fn shell() -> String {
    String::from_utf8(draw_page("some_name", None, None, 1).to_vec()).unwrap()
}

/// What every reader makes of a page: they agree.
fn read(page: &str) -> Result<PageReading, FetchErrorKind> {
    let (body, asked, cards) = (page.as_bytes(), username(), LastCards::new(4));
    let readings = [
        read_page(body, &asked),
        read_page_whole(body, &asked),
        read_saved_page(body, &asked, Some(200)),
        cards.read(body, &asked),
        cards.read(body, &asked),
    ];
    let mut readings = readings.map(|reading| reading.map_err(|unreadable| unreadable.kind())).into_iter();
    let first = readings.next().unwrap();
    assert!(readings.all(|other| other == first), "the readers differ");
    first
}

fn reading(page: &str) -> PageReading {
    read(page).unwrap()
}

fn unreadable(page: &str) -> FetchErrorKind {
    read(page).unwrap_err()
}

fn bio(reading: &PageReading) -> &str {
    reading.profile.bio.present().map_or("", String::as_str)
}

/// The text between two marks.
fn tells<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(text, _)| text)
}
