//! The text that many pages share, learned from them: pages are packed against it, so that each costs only what is its
//! own.
//!
//! A dictionary is never erased, so nothing that a profile says may get in. A line gets in when it stands on the pages of
//! many profiles, each of which counts once, by its id and not by its address; and when no word-for-word line of what any of them
//! says of itself is a part of it, so that not even a text that all of them share does.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::codec::{damaged, first};
use super::words::{self, Words};
use crate::store::{CheckRecord, Claim, HeldStep, StoreResult};
use crate::{Evidence, Observed, Profile, ProfileId};

/// Pages that are compared, each of another profile.
const SAMPLES: usize = 16;
/// On so many of them a line stands that all have in common, though one may be of another kind.
const COMMON: usize = 12;
/// Less than that is not worth a dictionary.
const LEAST: usize = 1 << 10;
/// More than that is not kept of one, nor looked at of one page.
const LARGEST: usize = 64 << 10;
/// Pages that pass before a search that found too little is repeated.
const REST: u32 = 1024;

/// Whose page it is, and what that profile says of itself.
#[derive(Debug)]
pub(in super::super) struct Author {
    id: ProfileId,
    says: Vec<Words>,
}

impl Author {
    /// The author of the page that a look has brought, with all that is known of what it says.
    pub(in super::super) fn of(claim: &Claim, check: &CheckRecord) -> Self {
        let states = claim.record.state.iter().chain(check.state.iter().map(|(state, _)| state));
        let revisions = check.revisions.iter().map(|revision| &revision.profile);
        let new = check.held.iter().filter_map(|step| match step {
            HeldStep::New(held) => held.after.as_ref(),
            _ => None,
        });
        let waiting = claim.held.iter().filter_map(|held| held.after.as_ref());
        let says = states.chain(revisions).chain(new).chain(waiting).flat_map(says).collect();
        Self { id: claim.record.id, says }
    }
}

/// Every line of every text of a profile but its kind.
fn says(profile: &Profile) -> Vec<Words> {
    let own = Profile { kind: Observed::Hidden, ..profile.clone() };
    let (mut texts, mut open) = (Vec::new(), vec![serde_json::to_value(own).unwrap_or_default()]);
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) => texts.extend(text.lines().filter_map(words::of_text)),
            serde_json::Value::Array(values) => open.extend(values),
            serde_json::Value::Object(values) => open.extend(values.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    texts
}

/// Looks for what pages have in common.
#[derive(Debug, Default)]
pub(super) struct Learner {
    pages: Vec<(Author, Bytes)>,
    rest: u32,
}

impl Learner {
    /// Looks at a page; gives the common text when it has seen enough of them.
    pub(super) fn take(&mut self, author: impl FnOnce() -> Author, page: &Evidence) -> Option<Vec<u8>> {
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        if page.body.len() > LARGEST {
            return None;
        }
        let author = author();
        if let Some((known, _)) = self.pages.iter_mut().find(|(known, _)| known.id == author.id) {
            known.says.extend(author.says);
            return None;
        }
        self.pages.push((author, page.body.clone()));
        if self.pages.len() < SAMPLES {
            return None;
        }
        let common = common(&std::mem::take(&mut self.pages));
        if common.len() < LEAST {
            self.rest = REST;
            return None;
        }
        Some(common)
    }
}

/// The lines that stand on most pages and that nobody says of himself, once each, in the order of the pages.
fn common(pages: &[(Author, Bytes)]) -> Vec<u8> {
    let mut stands_on: HashMap<&[u8], usize> = HashMap::new();
    for (_, page) in pages {
        for line in lines(page).collect::<HashSet<_>>() {
            *stands_on.entry(line).or_default() += 1;
        }
    }
    let said = |line: &[u8]| {
        let shown = words::of_line(line);
        pages
            .iter()
            .flat_map(|(author, _)| &author.says)
            .any(|text| shown.iter().any(|shown| shown.hold(text)))
    };
    let mut common = Vec::new();
    for line in pages.iter().flat_map(|(_, page)| lines(page)) {
        let often = stands_on.remove(line).is_some_and(|pages| pages >= COMMON);
        if often && common.len() + line.len() <= LARGEST && !said(line) {
            common.extend_from_slice(line);
        }
    }
    common
}

fn lines(page: &Bytes) -> impl Iterator<Item = &[u8]> {
    page.split_inclusive(|byte| *byte == b'\n')
}

/// The one that was learned last.
pub(in super::super) fn newest(conn: &Connection) -> StoreResult<Option<(i64, Vec<u8>)>> {
    let sql = "SELECT key, body FROM dictionary ORDER BY key DESC LIMIT 1";
    first(conn.prepare_cached(sql)?.query([])?, |cells| Ok((cells.int()?, cells.blob()?.to_vec())))
}

/// The one of a key.
pub(super) fn body(conn: &Connection, key: i64) -> StoreResult<Vec<u8>> {
    let body =
        conn.prepare_cached("SELECT body FROM dictionary WHERE key = ?1")?.query_row([key], |row| row.get(0));
    body.optional()?.ok_or_else(|| damaged("the dictionary that a page was packed with is gone"))
}

/// Writes a new one, and gives its key.
pub(in super::super) fn insert(conn: &Connection, body: &[u8]) -> StoreResult<i64> {
    conn.prepare_cached("INSERT INTO dictionary (body) VALUES (?1)")?.execute(params![body])?;
    Ok(conn.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Username;

    fn page(own: &str) -> Evidence {
        let frame: String = (0..100).map(|line| format!("<p>line {line} of the frame</p>\n")).collect();
        let body = format!("<title>{own}</title>\n{frame}<b>{own}</b>\n");
        Evidence::new("https://t.me/name", 200, "text/html", Bytes::from(body))
    }

    /// A profile that is known by a name and a bio.
    fn author(id: ProfileId, number: usize, bio: &str) -> impl FnOnce() -> Author {
        let mut profile = Profile::new(Username::parse(&format!("name_{number}")).unwrap());
        profile.bio = Observed::Present(bio.to_owned());
        move || Author { id, says: says(&profile) }
    }

    fn learned(pages: impl Iterator<Item = (String, Evidence)>) -> String {
        let mut learner = Learner::default();
        let mut number = 0;
        let mut take = |(bio, page): (String, Evidence)| {
            number += 1;
            learner.take(author(ProfileId::new(), number, &bio), &page)
        };
        String::from_utf8(pages.filter_map(&mut take).last().unwrap()).unwrap()
    }

    #[test]
    fn what_pages_share_is_learned_and_nothing_of_one_of_them() {
        let own = (0..SAMPLES).map(|number| (format!("own {number}"), page(&format!("own {number}"))));
        let common = learned(own);
        assert_eq!(common.lines().count(), 100);
        assert!(common.starts_with("<p>line 0 of") && common.ends_with("line 99 of the frame</p>\n"));
    }

    #[test]
    fn one_profile_counts_once_by_whatever_address_its_pages_came() {
        let (mut learner, one) = (Learner::default(), ProfileId::new());
        for number in 0..10 * SAMPLES {
            let mut page = page("quagmire");
            page.url =
                format!("https://t.me/{}?x={number}", if number % 2 == 0 { "Name_1" } else { "name_1" });
            // What is known of it says nothing of what its pages show: it is the count alone that keeps it out.
            assert_eq!(learner.take(author(one, 1, "another text"), &page), None);
        }
        let others = (1..SAMPLES).map(|number| {
            learner.take(author(ProfileId::new(), number, "x"), &page(&format!("other {number}")))
        });
        let common = String::from_utf8(others.last().flatten().unwrap()).unwrap();
        assert!(common.contains("of the frame") && !common.contains("quagmire"));
    }

    #[test]
    fn a_text_that_fewer_profiles_share_stays_out() {
        let own = |number: usize| if number < COMMON - 1 { "ours" } else { "theirs" };
        let common = learned((0..SAMPLES).map(|number| (format!("own {number}"), page(own(number)))));
        assert!(!common.contains("ours"));
    }

    #[test]
    fn what_all_of_them_say_of_themselves_stays_out_too() {
        let bio = "Quagmire & Sons\nask @the_office";
        let shown = "x Quagmire &amp; Sons<br/>ask <a href=\"https://t.me/the_office\">@the_office</a>";
        let common = learned((0..SAMPLES).map(|_| (bio.to_owned(), page(shown))));
        assert_eq!(common.lines().count(), 100, "{common}");
        assert!(!common.contains("Quagmire") && !common.contains("office"));
    }

    #[test]
    fn pages_without_anything_in_common_teach_nothing_and_are_left_alone_for_a_while() {
        let mut learner = Learner::default();
        let other = |number: usize| {
            let body = Bytes::from(format!("{number}\n").repeat(500));
            Evidence::new(format!("https://t.me/name{number}"), 200, "text/html", body)
        };
        let mut take = |page: &Evidence| learner.take(author(ProfileId::new(), 1, "x"), page);
        assert!((0..SAMPLES).all(|number| take(&other(number)).is_none()));
        assert!((0..REST as usize).all(|_| take(&page("x")).is_none()));
        assert!((0..SAMPLES).any(|_| take(&page("y")).is_some()));
    }
}
