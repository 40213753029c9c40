//! The ten traps of the site's pages. Each row names the guard and shows the answer twice: as it is read, and as it
//! would be read with the guard taken out, so that a lost guard fails here.

use tgbio_core::canary::CanaryReport;
use tgbio_core::judge::{Context, judge};
use tgbio_core::store::ProfileRecord;
use tgbio_core::{FetchError, FetchErrorKind, Observation, Profile, ProfileId, Rules, Timestamp, Username};
use tgbio_fetch::scrape::{PageReading, read_page};
use tgbio_testkit::tme::{Card, Layout, draw_page, photo};

struct Trap {
    name: &'static str,
    guard: &'static str,
    /// What is right, what is read, and what would be read without the guard.
    readings: fn() -> [String; 3],
}

fn name() -> Username {
    Username::parse("some_name").unwrap()
}

fn page(card: &Card) -> String {
    page_number(card, 1)
}

fn page_number(card: &Card, number: u64) -> String {
    String::from_utf8(draw_page("some_name", Some(card), None, number).to_vec()).unwrap()
}

fn shell() -> String {
    String::from_utf8(draw_page("some_name", None, None, 1).to_vec()).unwrap()
}

fn read(page: &str) -> PageReading {
    read_page(page.as_bytes(), &name()).unwrap()
}

fn user() -> Card {
    Card::user("some_name", "Some Name")
}

/// The text between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(text, _)| text)
}

fn bio(reading: &PageReading) -> String {
    reading.profile.bio.present().cloned().unwrap_or_default()
}

/// Whether a look at a living profile that answers with the free name's page writes that it is gone.
fn says_gone(rules: &Rules, canary: &CanaryReport) -> String {
    let now = Timestamp::from_millis(0);
    let fresh = ProfileRecord::new(ProfileId::new(), name(), now);
    let seen = Observation::new(read(&page(&user())).profile, now, "scrape", "test");
    let with = |record, look, canary| {
        judge(&Context { record, held: &[], rules, surges: &[], now, random: 0.5 }, look, canary)
    };
    let record = with(&fresh, Ok(&seen), Some(canary)).applied_to(&fresh);
    let kind = read_page(shell().as_bytes(), &name()).unwrap_err().kind();
    let error = FetchError::new("scrape", name(), kind);
    let check = with(&record, Err(&error), Some(canary));
    check.revisions.iter().map(|row| row.presence.to_string()).collect()
}

fn without_confirmation() -> Rules {
    let mut rules = Rules::default();
    rules.confirm_checks = 0;
    rules
}

fn diff_of(before: &Profile, after: &Profile) -> String {
    tgbio_core::diff(before, after).iter().map(|change| change.field.to_string()).collect()
}

const TRAPS: [Trap; 10] = [
    Trap {
        name: "the page of a free name is also what a throttled client gets",
        guard: "a disappearance is held until repeats agree, each with a good canary",
        readings: || {
            // Each of the two by itself: repeats while any look is vouched for, a canary while one look suffices.
            let repeats = says_gone(&Rules::default(), &CanaryReport::unwatched());
            let canary = says_gone(&without_confirmation(), &CanaryReport::default());
            [
                String::new(),
                format!("{repeats}{canary}"),
                says_gone(&without_confirmation(), &CanaryReport::unwatched()),
            ]
        },
    },
    Trap {
        name: "the photo's address changes while the photo does not",
        guard: "photos are compared by identity and never by address",
        readings: || {
            let card = user().photo(photo(1));
            let (first, again) = (read(&page_number(&card, 1)).profile, read(&page_number(&card, 2)).profile);
            let by_address = if first.photo == again.photo { "" } else { "photo" };
            [String::new(), diff_of(&first, &again), by_address.into()]
        },
    },
    Trap {
        name: "the description's class has a trailing space on users and bots",
        guard: "classes are compared token by token",
        readings: || {
            let page = page(&user().bio("Hello"));
            let whole = between(&page, "class=\"tgme_page_description\"", "</div>");
            ["Hello".into(), bio(&read(&page)), whole.into()]
        },
    },
    Trap {
        name: "og:description holds a placeholder where there is no bio",
        guard: "the bio is read from the card alone",
        readings: || {
            let page = page(&user());
            let og = between(&page, "property=\"og:description\" content=\"", "\"").to_owned();
            [String::new(), bio(&read(&page)), og]
        },
    },
    Trap {
        name: "the page of a free name has a description too",
        guard: "a card without a title is no profile",
        readings: || {
            let page = shell();
            let kind = read_page(page.as_bytes(), &name()).unwrap_err().kind();
            let blind = between(&page, "class=\"tgme_page_description\">", "</div>").trim().to_owned();
            [FetchErrorKind::NotFound.to_string(), kind.to_string(), blind]
        },
    },
    Trap {
        name: "a bot has two lines below its title",
        guard: "every line is read for what it is",
        readings: || {
            let page = page(&Card::bot("some_name", "Bot").monthly_users(4_321));
            let read = read(&page).counts.monthly_users.present().map(u64::to_string).unwrap_or_default();
            let first = between(&page, "class=\"tgme_page_extra\">", "</div>").trim().to_owned();
            ["4321".into(), read, first]
        },
    },
    Trap {
        name: "noindex does not mean absent",
        guard: "nothing is concluded from robots",
        readings: || {
            let robots = "<meta name=\"robots\" content=\"noindex, nofollow\">\n<meta property=\"og:title\"";
            let page = page(&user()).replacen("<meta property=\"og:title\"", robots, 1);
            let exists = |yes: bool| if yes { "exists" } else { "absent" }.to_owned();
            let blind = exists(!page.contains("noindex"));
            [exists(true), exists(read_page(page.as_bytes(), &name()).is_ok()), blind]
        },
    },
    Trap {
        name: "the document's title says neither kind nor existence",
        guard: "the kind is read from the card",
        readings: || {
            let page = page(&Card::channel("some_name", "News", 7_000).layout(Layout::Y2024));
            let kind = read(&page).profile.kind.present().map(ToString::to_string).unwrap_or_default();
            let blind = if page.contains("<title>Telegram: View") { "channel" } else { "user" };
            ["channel".into(), kind, blind.into()]
        },
    },
    Trap {
        name: "a letter avatar stands where channels and groups have no photo",
        guard: "a drawn letter is no photo",
        readings: || {
            let page = page(&Card::channel("some_name", "News", 7_000));
            let photo = |there: bool| if there { "photo" } else { "none" }.to_owned();
            let blind = photo(page.contains("tgme_page_photo_image"));
            [photo(false), photo(!read(&page).profile.photo.is_absent()), blind]
        },
    },
    Trap {
        name: "tokens, counts and times change on every fetch",
        guard: "fields are compared and never pages",
        readings: || {
            let card = Card::group("some_name", "Group", 90).bio("Hello");
            let (first, again) = (page_number(&card, 1), page_number(&card, 2));
            let blind = if first == again { "" } else { "changed" };
            [String::new(), diff_of(&read(&first).profile, &read(&again).profile), blind.into()]
        },
    },
];

#[test]
fn every_trap_is_guarded_and_would_be_fallen_into_without_its_guard() {
    for Trap { name, guard, readings } in TRAPS {
        let [right, read, without_guard] = readings();
        assert_eq!(read, right, "{name}: {guard}");
        assert_ne!(
            without_guard, right,
            "{name}: without \"{guard}\" this page would be read rightly as well"
        );
    }
}
