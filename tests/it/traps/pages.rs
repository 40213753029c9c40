//! The traps that lie in one page: 3 to 9.

use tgbio_core::{FetchErrorKind, Observed, ProfileKind, UnrecognisedReason};
use tgbio_testkit::tme::{Card, Layout, photo};

use super::{bio, page, reading, shell, tells, unreadable};

const LAYOUT: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);
const OTHER: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);

/// Every class of page in every layout, with the kind that it shows.
fn cards() -> Vec<(Card, ProfileKind)> {
    let mut cards = Vec::new();
    for layout in [Layout::Y2026, Layout::Y2024, Layout::Y2021] {
        // Before 2025 nothing on the page of a bot told it from a person.
        let bot = if layout == Layout::Y2026 { ProfileKind::Bot } else { ProfileKind::User };
        let kinds = [
            (Card::user("some_name", "Some Name"), ProfileKind::User),
            (Card::bot("some_name", "Some Bot"), bot),
            (Card::bot("some_name", "Some Bot").monthly_users(17_811), bot),
            (Card::channel("some_name", "News", 7_000), ProfileKind::Channel),
            (Card::group("some_name", "Group", 90).online(7), ProfileKind::Group),
        ];
        cards.extend(kinds.map(|(card, kind)| (card.layout(layout), kind)));
    }
    cards
}

/// The same page with other white space and other tokens around every class.
fn classes_spread(page: &str) -> String {
    let pieces = page.split("class=\"").enumerate().map(|(at, piece)| match piece.split_once('"') {
        Some((classes, rest)) if at > 0 => format!("class=\"\n\t{classes}  another \"{rest}"),
        _ => piece.to_owned(),
    });
    pieces.collect()
}

#[test]
fn trap_3_the_description_s_class_has_a_trailing_space_on_some_pages() {
    let (mut with_space, mut without) = (0, 0);
    for (card, _) in cards() {
        let page = page(&card.verified().photo(photo(1)).bio("Hello\n@some_other"));
        with_space += usize::from(page.contains("class=\"tgme_page_description \""));
        without += usize::from(page.contains("class=\"tgme_page_description\""));
        let read = reading(&page);
        assert_eq!(bio(&read), "Hello\n@some_other");
        assert_eq!(reading(&classes_spread(&page)), read, "no class is read otherwise than by its token");
    }
    assert!(with_space > 0 && without > 0, "{with_space} {without}");
    let shell = classes_spread(&shell());
    assert_eq!(unreadable(&shell), FetchErrorKind::NotFound);
}

#[test]
fn trap_3_a_description_that_is_not_found_by_its_class_is_no_empty_bio() {
    for (card, _) in cards() {
        let renamed = page(&card.bio("Hello")).replace("tgme_page_description", "tgme_page_about");
        assert_eq!(unreadable(&renamed), LAYOUT);
    }
}

#[test]
fn trap_4_the_description_in_the_head_is_not_the_bio() {
    for (card, _) in cards() {
        let empty = page(&card);
        assert!(empty.contains("right away.\">"), "the head has a sentence in place of a bio");
        assert_eq!(reading(&empty).profile.bio, Observed::Absent);
        let lines = page(&card.bio("one\ntwo"));
        assert_eq!(
            bio(&reading(&lines)),
            "one\ntwo",
            "the head of channels and groups has tabs between lines"
        );
    }
    let channel = page(&Card::channel("some_name", "News", 7_000).bio("one\ntwo"));
    assert!(channel.contains("content=\"one\ttwo\""));
    let sentence = "You can contact @some_name right away.";
    let own = page(&Card::user("some_name", "Some Name").bio(sentence));
    assert_eq!(bio(&reading(&own)), sentence, "somebody's own words on the card are a bio");
}

#[test]
fn trap_5_the_page_of_a_free_name_has_a_description_and_no_profile() {
    let shell = shell();
    assert!(shell.contains("class=\"tgme_page_description\""));
    assert_eq!(unreadable(&shell), FetchErrorKind::NotFound);
}

/// Nor is every card without a title the page of a free name: a redesign is none.
#[test]
fn trap_5_a_card_without_a_title_is_a_free_name_only_if_everything_says_so() {
    for (card, _) in cards() {
        let untitled = page(&card.bio("Hello")).replace("tgme_page_title", "tgme_page_heading");
        assert_eq!(unreadable(&untitled), LAYOUT);
    }
    let unnamed =
        page(&Card::user("some_name", "Some Name")).replace("<span dir=\"auto\">Some Name</span>", "");
    assert_eq!(unreadable(&unnamed), LAYOUT);
    let shell = shell();
    let address = "https://cdn4.telesco.pe/file/abc.jpg";
    let image = format!("<img class=\"tgme_page_photo_image\" src=\"{address}\">");
    let no_link = shell.replace("tgme_username_link", "tgme_other_link");
    let with_photo = shell.replace("<i class=\"tgme_icon_user\"></i>", &image);
    let with_photo_in_head = shell.replace("https://telegram.org/img/t_logo_2x.png", address);
    for page in [no_link, with_photo, with_photo_in_head] {
        assert_eq!(unreadable(&page), LAYOUT);
    }
}

#[test]
fn trap_6_a_bot_has_two_lines_below_its_title() {
    let page = page(&Card::bot("some_name", "Bot").monthly_users(4_321));
    let line = |text: &str| format!("<div class=\"tgme_page_extra\">{text}</div>");
    let (name, count) = (line("\n  @some_name\n"), line("4 321 monthly users"));
    let both = format!("{name}\n{count}");
    assert!(page.contains(&both));
    // The link of the page may spell the name otherwise than its owner does.
    let spelt = line("@Some_Name");
    for lines in [format!("{spelt}{count}"), format!("{count}{spelt}")] {
        let read = reading(&page.replace(&both, &lines));
        assert_eq!(read.counts.monthly_users, Observed::Present(4_321), "{lines}");
        assert_eq!(read.profile.username.as_str(), "Some_Name", "{lines}");
        assert_eq!(read.profile.kind, Observed::Present(ProfileKind::Bot));
    }
    let other = line("@somebody_else");
    for lines in [format!("{other}{count}"), format!("{count}{other}")] {
        assert_eq!(unreadable(&page.replace(&both, &lines)), OTHER, "{lines}");
    }
}

#[test]
fn trap_7_noindex_does_not_mean_absent() {
    for (card, _) in cards() {
        let plain = page(&card);
        let robots = "<meta name=\"robots\" content=\"noindex, nofollow\">\n<meta property=\"og:title\"";
        let started = plain
            .replacen("<meta property=\"og:title\"", robots, 1)
            .replace("tg://resolve?domain=some_name\"", "tg://resolve?domain=some_name&amp;start=abc\"");
        assert!(started.contains("noindex") && started.contains("start=abc"));
        assert_eq!(reading(&started), reading(&plain));
    }
}

#[test]
fn trap_8_the_document_s_title_says_neither_kind_nor_existence() {
    for (card, kind) in cards() {
        let page = page(&card);
        let title = tells(&page, "<title>", "</title>");
        assert_eq!(reading(&page).profile.kind, Observed::Present(kind), "{title}");
        for other in ["Telegram: Contact @some_name", "Telegram: View @some_name", ""] {
            let retitled = page.replace(title, other);
            assert_eq!(reading(&retitled).profile, reading(&page).profile, "{title} as {other:?}");
        }
    }
    for title in ["Telegram: View @some_name", "Telegram: Launch @some_name", ""] {
        let shell = shell().replace("<title>Telegram: Contact @some_name", &format!("<title>{title}"));
        assert_eq!(unreadable(&shell), FetchErrorKind::NotFound, "{title:?}");
    }
    let named = page(&Card::user("some_name", "Telegram: Contact @durov").bio("Hello"));
    assert_eq!(
        reading(&named).profile.display_name,
        Observed::Present("Telegram: Contact @durov".into()),
        "the head's title can be anybody's name"
    );
}

#[test]
fn trap_9_a_letter_or_a_logo_is_no_photo() {
    let mut letters = 0;
    for (card, _) in cards() {
        let bare = page(&card);
        letters +=
            usize::from(tells(&bare, "tgme_page_photo_image\" src=\"", "\"").starts_with("data:image/svg"));
        assert_eq!(reading(&bare).profile.photo, Observed::Absent);
        let without_element = bare.replace("tgme_page_photo_image", "tgme_page_letter");
        assert_eq!(
            reading(&without_element).profile.photo,
            Observed::Absent,
            "the head's letter is none either"
        );
        let pictured = page(&card.photo(photo(1)));
        let address = tells(&pictured, "tgme_page_photo_image\" src=\"", "\"");
        let shown = reading(&pictured).profile.photo.present().and_then(|photo| photo.url.clone());
        assert_eq!(shown.as_deref(), Some(address));
        assert!(address.starts_with("https://"));
    }
    assert_eq!(letters, 6, "channels and groups in three layouts");
}

#[test]
fn trap_9_a_photo_that_is_not_found_by_its_class_is_not_gone() {
    for (card, _) in cards() {
        let renamed = page(&card.photo(photo(1))).replace("tgme_page_photo_image", "tgme_page_face");
        assert_eq!(unreadable(&renamed), LAYOUT);
    }
}
