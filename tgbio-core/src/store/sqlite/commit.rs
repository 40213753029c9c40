//! Writing what a look or a decision found.

use rusqlite::Connection;

use super::record::Row;
use super::revisions::Sealed;
use super::sources::Others;
use super::state_json::StateJson;
use super::{changes, claims, evidence, held, look, measures, names, record, revisions, sources, text};
use crate::store::{
    CheckRecord, Claim, Committed, Lease, Look, ProfileRecord, Revision, StoreError, StoreResult,
};

/// What a check writes, made from it without the database: by whoever has judged it, so that the writer need not.
#[derive(Debug)]
struct Plan {
    next: ProfileRecord,
    /// The JSON of its state, if it was written out.
    state: Option<String>,
    revisions: Vec<(Revision, Sealed)>,
}

impl Plan {
    /// `evidence` is the hash of the raw answer that is kept with the revisions.
    fn of(row: &Row, check: &CheckRecord, evidence: Option<[u8; 32]>) -> StoreResult<Self> {
        let next = check.applied_to(&row.record);
        let json = StateJson::new(next.state.as_ref());
        json.state()?;
        let numbered = check.revisions.iter().zip(row.record.last_number + 1..);
        let sealed = numbered.map(|(new, number)| {
            let revision = new.numbered(number, evidence);
            let sealed = revisions::seal(next.id, &revision, &json)?;
            Ok((revision, sealed))
        });
        let revisions = sealed.collect::<StoreResult<_>>()?;
        let state = json.into_json();
        Ok(Self { next, state, revisions })
    }

    fn json(&self) -> StateJson<'_> {
        StateJson::written(self.next.state.as_ref(), self.state.as_deref())
    }
}

/// What a look found, ready to be written.
#[derive(Debug)]
pub(super) struct Finding {
    row: Row,
    token: i64,
    check: CheckRecord,
    packed: evidence::Packed,
    /// `None` where the database has to be asked for the evidence.
    plan: Option<Plan>,
}

impl Finding {
    pub(super) fn new(claim: &Claim, check: CheckRecord, packed: evidence::Packed) -> StoreResult<Self> {
        let Lease { token, version } = claim.lease;
        let row = Row { key: claims::key_of(token), version, record: claim.record.clone() };
        let plan = match &packed {
            evidence::Packed::OfHeld(_) => None,
            packed => Some(Plan::of(&row, &check, packed.sha256())?),
        };
        Ok(Self { row, token, check, packed, plan })
    }
}

/// Writes what a look found, and gives its claim back.
pub(super) fn commit(conn: &Connection, finding: &Finding) -> StoreResult<Committed> {
    let Finding { row, token, check, packed, plan } = finding;
    claims::release(conn, *token)?.ok_or(StoreError::Conflict)?;
    match plan {
        Some(plan) => write(conn, row, check, (plan, keep_evidence(conn, check, packed)?)),
        None => apply(conn, row, check, packed),
    }
}

/// Writes a look that found nothing but its own time, and gives its claim back.
pub(super) fn only_look(conn: &Connection, lease: Lease, look: &Look) -> StoreResult<Committed> {
    let key = claims::release(conn, lease.token)?.ok_or(StoreError::Conflict)?;
    look::write(conn, (key, lease.version), look)?;
    Ok(Committed::default())
}

/// Writes everything of a check, given the row that it was judged against.
pub(super) fn apply(
    conn: &Connection,
    row: &Row,
    check: &CheckRecord,
    packed: &evidence::Packed,
) -> StoreResult<Committed> {
    let kept = keep_evidence(conn, check, packed)?;
    let plan = Plan::of(row, check, kept.map(|kept| kept.sha256))?;
    write(conn, row, check, (&plan, kept))
}

/// The evidence goes with a revision or a suspicion; alone it is not kept.
fn keep_evidence(
    conn: &Connection,
    check: &CheckRecord,
    packed: &evidence::Packed,
) -> StoreResult<Option<evidence::Stored>> {
    if check.revisions.is_empty() && check.held.is_empty() { Ok(None) } else { evidence::store(conn, packed) }
}

fn write(
    conn: &Connection,
    row: &Row,
    check: &CheckRecord,
    (plan, kept): (&Plan, Option<evidence::Stored>),
) -> StoreResult<Committed> {
    let (key, before, next, json) = (row.key, &row.record, &plan.next, plan.json());
    let source = check.source.as_deref();
    let stands = source.map_or(Ok(false), |source| sources::stands(conn, row, (next, &json), source))?;
    let others = match source {
        Some(_) if stands => Others::Nobody,
        Some(source) => Others::But(&source.fetcher),
        None => Others::All,
    };
    // A name is dated by the revision that tells it, whatever a decision counts as the time of the last look.
    let told_at = check.revisions.last().map_or(check.at, |revision| revision.confirmed_at);
    record::update(conn, row, (next, &json, others), told_at)?;
    write_revisions(conn, row, (plan, check), kept)?;
    for step in &check.held {
        held::step(conn, key, step, kept.map(|kept| kept.key))?;
    }
    if let Some(source) = source.filter(|_| !stands) {
        sources::write(conn, key, before, source, &json)?;
    }
    if next.got_name_since(before) {
        displace_others(conn, key, next, check)?;
    }
    if next.counts != before.counts {
        measures::add_point(conn, key, check.at, &next.counts)?;
    }
    if let Some(span) = check.coverage.closes(before.coverage) {
        measures::close_span(conn, key, span)?;
    }
    Ok(Committed::new(plan.revisions.iter().map(|(revision, _)| revision.number).collect()))
}

/// Other followed profiles had the name until now.
fn displace_others(conn: &Connection, key: i64, by: &ProfileRecord, check: &CheckRecord) -> StoreResult<()> {
    for other in names::others(conn, &by.username.key(), key)? {
        let other = record::by_key(conn, other)?;
        if let Some(check) = check.displaces(&other.record, by) {
            apply(conn, &other, &check, &evidence::Packed::None)?;
        }
    }
    Ok(())
}

fn write_revisions(
    conn: &Connection,
    row: &Row,
    (plan, check): (&Plan, &CheckRecord),
    kept: Option<evidence::Stored>,
) -> StoreResult<()> {
    let whose = changes::Whose { key: row.key, id: plan.next.id, username: plan.next.username.as_str() };
    let mut newest = 0;
    for ((revision, sealed), new) in plan.revisions.iter().zip(&check.revisions) {
        newest = revisions::insert(conn, row.key, (revision, sealed), kept.map(|kept| kept.key))?;
        changes::insert(conn, whose, revision, &new.changes)?;
    }
    text::revisions_added(conn, newest, plan.revisions.len())
}
