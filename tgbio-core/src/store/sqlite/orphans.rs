//! Rows that belong to nothing: whoever erases a profile erases all of them.

use rusqlite::Connection;

use super::chain::ChainHead;
use super::verify::{ChainBreak, Wrong};
use crate::store::StoreResult;

const ORPHAN: Wrong = "a row belongs to a profile, a page or a picture that is not there";

/// Tables whose rows refer to profiles and to what belongs to them; those of the chain are verified with it.
const TABLES: [&str; 11] = [
    "look",
    "profile_name",
    "profile_tag",
    "source",
    "revision_before",
    "count_point",
    "coverage",
    "held",
    "profile_photo",
    "stray_page",
    "checkpoint_delivery",
];

/// Tables that refer to profiles by key alone.
const OF_SEARCH: [&str; 2] = ["profile_text_row", "profile_text_todo"];

/// Whether there is such a row.
pub(super) fn first(conn: &Connection, head: ChainHead) -> StoreResult<Option<ChainBreak>> {
    let referring = TABLES.map(|table| format!("PRAGMA foreign_key_check({table})"));
    let keyed = OF_SEARCH.map(|table| {
        format!("SELECT 1 FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM profile p WHERE p.key = t.profile)")
    });
    for sql in referring.into_iter().chain(keyed) {
        if conn.prepare(&sql)?.exists([])? {
            let (seq, beside) = (head.seq, true);
            return Ok(Some(ChainBreak { seq, profile: None, revision: None, beside, what: ORPHAN }));
        }
    }
    Ok(None)
}
