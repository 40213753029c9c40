//! The text that many pages share, learned from them: pages are packed against it, so that each costs only what is its
//! own.
//!
//! A line gets in when it stands on the pages of many profiles, so what only one of them says does not. A dictionary is
//! never erased: a line that a dozen profiles have word for word stays in it.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::codec::{damaged, first};
use crate::Evidence;
use crate::store::StoreResult;

/// Pages that are compared, each of another address.
const SAMPLES: usize = 16;
/// On so many of them a line stands that all have in common, though one may be of another kind.
const COMMON: usize = 12;
/// Less than that is not worth a dictionary.
const LEAST: usize = 1 << 10;
/// More than that is not kept of one, nor looked at of one page.
const LARGEST: usize = 64 << 10;
/// Pages that pass before a search that found too little is repeated.
const REST: u32 = 1024;

/// Looks for what pages have in common.
#[derive(Debug, Default)]
pub(super) struct Learner {
    pages: Vec<(String, Bytes)>,
    rest: u32,
}

impl Learner {
    /// Looks at a page; gives the common text when it has seen enough of them.
    pub(super) fn take(&mut self, page: &Evidence) -> Option<Vec<u8>> {
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        if page.body.len() > LARGEST || self.pages.iter().any(|(url, _)| *url == page.url) {
            return None;
        }
        self.pages.push((page.url.clone(), page.body.clone()));
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

/// The lines that stand on most pages, once each, in the order of the pages.
fn common(pages: &[(String, Bytes)]) -> Vec<u8> {
    let mut stands_on: HashMap<&[u8], usize> = HashMap::new();
    for (_, page) in pages {
        for line in lines(page).collect::<HashSet<_>>() {
            *stands_on.entry(line).or_default() += 1;
        }
    }
    let mut common = Vec::new();
    for line in pages.iter().flat_map(|(_, page)| lines(page)) {
        let often = stands_on.remove(line).is_some_and(|pages| pages >= COMMON);
        if often && common.len() + line.len() <= LARGEST {
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

    fn page(number: usize, own: &str) -> Evidence {
        let frame: String = (0..100).map(|line| format!("<p>line {line} of the frame</p>\n")).collect();
        let body = format!("<title>{own}</title>\n{frame}<b>{own}</b>\n");
        Evidence::new(format!("https://t.me/name{number}"), 200, "text/html", Bytes::from(body))
    }

    #[test]
    fn what_pages_share_is_learned_and_nothing_of_one_of_them() {
        let mut learner = Learner::default();
        for number in 0..SAMPLES - 1 {
            assert_eq!(learner.take(&page(number, &format!("own {number}"))), None);
            assert_eq!(learner.take(&page(number, "the same address again")), None);
        }
        let common = String::from_utf8(learner.take(&page(99, "the last")).unwrap()).unwrap();
        assert_eq!(common.lines().count(), 100);
        assert!(common.starts_with("<p>line 0 of") && common.ends_with("line 99 of the frame</p>\n"));
    }

    #[test]
    fn a_text_that_fewer_profiles_share_stays_out() {
        let mut learner = Learner::default();
        let pages =
            (0..SAMPLES).map(|number| page(number, if number < COMMON - 1 { "ours" } else { "theirs" }));
        let common = pages.filter_map(|page| learner.take(&page)).last().unwrap();
        assert!(!String::from_utf8(common).unwrap().contains("ours"));
    }

    #[test]
    fn pages_without_anything_in_common_teach_nothing_and_are_left_alone_for_a_while() {
        let mut learner = Learner::default();
        let other = |number: usize| {
            let body = Bytes::from(format!("{number}\n").repeat(500));
            Evidence::new(format!("https://t.me/name{number}"), 200, "text/html", body)
        };
        assert!((0..SAMPLES).all(|number| learner.take(&other(number)).is_none()));
        assert!((0..REST as usize).all(|number| learner.take(&page(number, "x")).is_none()));
        assert!((0..SAMPLES).any(|number| learner.take(&page(number, "x")).is_some()));
    }
}
