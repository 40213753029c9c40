//! A person's decision about a waiting change.

use rusqlite::Connection;

use super::evidence::Packed;
use super::{audit, commit, held, record};
use crate::store::{Actor, Decision, EvidenceSource, Held, HeldId, REJECTED, StoreResult};
use crate::{Timestamp, judge};

pub(super) fn settle(
    conn: &Connection,
    id: HeldId,
    decision: Decision,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<Held> {
    let held = held::find(conn, id)?;
    let row = record::get(conn, held.profile_id)?;
    let (check, action) = match decision {
        Decision::Accept => (judge::accept(&row.record, &held, now), "held.accept"),
        Decision::Reject => (judge::reject(&row.record, &held, now), REJECTED),
    };
    let packed = match check.evidence {
        EvidenceSource::OfHeld(id) => Packed::OfHeld(id),
        _ => Packed::None,
    };
    commit::apply(conn, &row, &check, &packed)?;
    audit::write(conn, now, actor, action, Some(row.record.id), Some(&id.to_string()))?;
    Ok(held)
}
