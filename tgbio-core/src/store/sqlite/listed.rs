//! Whether what lists, look-ups and totals go by is what stands with each profile.

use rusqlite::{Connection, OptionalExtension, Statement};

use super::chain::ChainHead;
use super::codec::first;
use super::record;
use super::verify::{ChainBreak, Wrong};
use crate::ProfileId;
use crate::store::{ProfileRecord, StoreResult};

pub(super) const LISTED: Wrong = "lists and look-ups go by another name or kind than that of the profile";
const UNSEEN: Wrong = "a profile without revisions tells a state, a change or a name of its own";
const NUMBER: Wrong =
    "the last number that a revision of the profile got is not that of one that is there or was removed";
const UNPLANNED: Wrong =
    "the profile has no plan of looks, so that no list shows it, or one although it is paused";
const TAGS: Wrong = "the profile is listed by other tags than it has";
const SEARCHED: Wrong = "the search goes by other names than the profile has";
const TOTALS: Wrong = "a total is not the number of what it counts";

/// What [`wrong`] reads.
pub(super) const OF_PROFILE: &str = "SELECT name_key, title_key, kind FROM profile WHERE key = ?1";

/// Whether a profile is listed otherwise than its state has it. Display names are only compared where they are `folded` as
/// this program does it.
pub(super) fn wrong(
    statement: &mut Statement<'_>,
    (key, record): (i64, &ProfileRecord),
    folded: bool,
) -> StoreResult<bool> {
    let right = first(statement.query([key])?, |cells| {
        let name = cells.str()? == record.username.key();
        let title = cells.maybe_text()? == record::title(record).map(crate::store::fold);
        Ok(name && (title || !folded) && cells.maybe_str()? == record::kind(record))
    })?;
    Ok(right != Some(true))
}

/// The first thing that lists and totals go by and no revision tells, but is written elsewhere as well.
pub(super) fn differs(conn: &Connection, head: ChainHead) -> StoreResult<Option<ChainBreak>> {
    let broken = |profile, what| ChainBreak { seq: head.seq, profile, revision: None, beside: true, what };
    for (sql, what) in [
        (UNPLANNED_SQL, UNPLANNED),
        (UNSEEN_SQL, UNSEEN),
        (NUMBER_SQL, NUMBER),
        (TAGS_SQL, TAGS),
        (SEARCHED_SQL, SEARCHED),
    ] {
        let whose = conn.query_row(sql, [], |row| row.get(0)).optional()?;
        if let Some(id) = whose {
            return Ok(Some(broken(Some(ProfileId::from_bytes(id)), what)));
        }
    }
    let counted: bool = conn.query_row(TOTALS_SQL, [], |row| row.get(0))?;
    Ok((!counted).then(|| broken(None, TOTALS)))
}

/// Who is not looked at has no time of the next look, and all others have one.
const UNPLANNED_SQL: &str = "SELECT p.id FROM profile p LEFT JOIN look l ON l.profile = p.key \
    WHERE l.profile IS NULL OR (l.next_check_at IS NULL) <> (p.monitored = 0) LIMIT 1";

const UNSEEN_SQL: &str = "SELECT p.id FROM profile p \
    WHERE NOT EXISTS (SELECT 1 FROM revision r WHERE r.profile = p.key) \
    AND (p.state IS NOT NULL OR p.kind IS NOT NULL OR p.title_key IS NOT NULL OR p.revisions <> 0 OR p.presence = 'present' \
    OR p.last_changed_at <> -9223372036854775808 OR p.name_key <> lower(p.username) \
    OR p.name_key IS NOT (SELECT group_concat(n.name_key) FROM profile_name n WHERE n.profile = p.key AND n.until_at IS NULL) \
    OR p.last_number = 0 AND (SELECT count(*) <> 1 OR min(n.from_at) <> p.followed_at OR min(lower(n.spelling)) <> p.name_key \
    FROM profile_name n WHERE n.profile = p.key)) LIMIT 1";

/// What is removed leaves its entries in the change log, and a first revision, which has none, a line in the audit log.
const NUMBER_SQL: &str = "SELECT p.id FROM profile p WHERE p.last_number <> 0 \
    AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.profile = p.key AND r.number = p.last_number) \
    AND NOT EXISTS (SELECT 1 FROM change_log c WHERE c.profile = p.key AND c.revision = p.last_number) \
    AND NOT EXISTS (SELECT 1 FROM audit_log a WHERE a.action = 'revision.remove' AND a.profile_id = p.id \
    AND a.detail = CAST(p.last_number AS TEXT)) \
    UNION ALL SELECT p.id FROM profile p WHERE p.last_number < (SELECT max(c.revision) FROM change_log c WHERE c.profile = p.key) \
    LIMIT 1";

const TAGS_SQL: &str = "SELECT p.id FROM profile p \
    WHERE (SELECT count(*) FROM profile_tag t WHERE t.profile = p.key) <> \
    CASE WHEN p.tags IS NULL THEN 0 WHEN json_valid(p.tags) THEN json_array_length(p.tags) ELSE -1 END \
    OR (json_valid(p.tags) AND EXISTS (SELECT 1 FROM json_each(p.tags) j \
    WHERE NOT EXISTS (SELECT 1 FROM profile_tag t WHERE t.profile = p.key AND t.tag = j.value))) LIMIT 1";

/// Those whose names wait for the index are read one by one.
const SEARCHED_SQL: &str = "SELECT p.id FROM profile p LEFT JOIN profile_text_row t ON t.profile = p.key \
    WHERE (t.username IS NOT p.name_key OR t.title IS NOT p.title_key) \
    AND NOT EXISTS (SELECT 1 FROM profile_text_todo w WHERE w.profile = p.key) LIMIT 1";

/// Counted along indexes only.
const TOTALS_SQL: &str = "SELECT (SELECT count(*) FROM totals) = 6 AND NOT EXISTS (SELECT 1 FROM totals t WHERE t.value <> CASE t.name \
    WHEN 'profiles' THEN (SELECT count(*) FROM profile) \
    WHEN 'monitored' THEN (SELECT count(*) FROM profile WHERE monitored = 1) \
    WHEN 'missing' THEN (SELECT count(*) FROM profile WHERE presence = 'missing') \
    WHEN 'failing' THEN (SELECT count(*) FROM profile WHERE failures > 0) \
    WHEN 'revisions' THEN (SELECT count(*) FROM revision) \
    WHEN 'held' THEN (SELECT count(*) FROM held WHERE rejected = 0) ELSE t.value END)";
