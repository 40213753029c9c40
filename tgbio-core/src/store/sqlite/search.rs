//! Search in all histories.

use rusqlite::Connection;

use super::codec::limit;
use super::{record, revisions, text};
use crate::store::{Needle, Revision, SearchHit, StoreResult, texts};
use crate::{Field, ProfileId, Username};

/// The places whose texts hold `wanted`, newest first.
pub(super) fn search(conn: &Connection, wanted: &str, rows: usize) -> StoreResult<Vec<SearchHit>> {
    let Some(needle) = Needle::new(wanted) else { return Ok(Vec::new()) };
    let mut hits = Vec::new();
    if needle.short {
        short(conn, &needle, rows, &mut hits)?;
    } else {
        text::walk_revisions(conn, &needle, |found| {
            let texts = text::new_texts(&found.revision);
            add(&needle, (found.profile_id, &found.username), &found.revision, texts, &mut hits);
            hits.len() >= rows
        })?;
    }
    hits.truncate(rows);
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.first_seen));
    Ok(hits)
}

fn add(
    needle: &Needle,
    (id, username): (ProfileId, &Username),
    revision: &Revision,
    texts: [(Field, Option<&str>); 3],
    hits: &mut Vec<SearchHit>,
) {
    for (field, text) in texts {
        if let Some(text) = text.filter(|text| needle.is_in(text)) {
            let at = revision.first_seen;
            hits.push(SearchHit::new(id, username.clone(), revision.number, field, text.to_owned(), at));
        }
    }
}

/// A short text finds the newest revisions of profiles whose current name begins with it.
fn short(conn: &Connection, needle: &Needle, rows: usize, hits: &mut Vec<SearchHit>) -> StoreResult<()> {
    let end = range_end(&needle.folded);
    for column in ["name_key", "title_key"] {
        let sql = format!(
            "SELECT {} FROM {} WHERE p.{column} >= ?1 AND p.{column} < ?2 ORDER BY p.{column} LIMIT ?3",
            record::COLUMNS,
            record::FROM
        );
        let found = record::list(conn, &sql, rusqlite::params![needle.folded, end, limit(rows)])?;
        for row in found {
            if hits.iter().any(|hit| hit.profile_id == row.record.id) {
                continue;
            }
            if let Some(newest) = revisions::before(conn, row.key, u64::MAX, 1)?.pop() {
                let whose = (row.record.id, &row.record.username);
                let [username, title, _] = texts(&newest.revision.profile);
                let texts = [username, title, (Field::Bio, None)];
                add(needle, whose, &newest.revision, texts, hits);
            }
        }
    }
    Ok(())
}

/// Behind every text that begins with this one.
pub(super) fn range_end(start: &str) -> String {
    format!("{start}{}", char::MAX)
}
