//! How a suspicion moves on, and what a person's decision writes.

use super::suspicion::Suspicion;
use super::{Context, counts_again, surging};
use crate::canary::CanaryReport;
use crate::store::{
    CheckRecord, EvidenceSource, Held, HeldId, HeldStep, HoldReason, NewRevision, ProfileRecord,
};
use crate::{
    Change, Counts, Field, FieldValue, Health, Observation, Outcome, Presence, Profile, Timestamp, diff,
};

/// What becomes of a suspicion at one look.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Enough repeats: it is true, and this is when it was first seen.
    Confirmed { id: Option<HeldId>, first_seen: Timestamp, last_seen_before: Option<Timestamp> },
    /// It goes on waiting.
    Waits(Option<HeldStep>),
    /// Nobody vouches for the source: the look is not judged.
    Doubted,
}

/// Who saw what, for the row of a new suspicion.
pub(super) struct Sight<'a> {
    pub after: Option<&'a Profile>,
    pub counts: Counts,
    pub fetcher: &'a str,
    pub parser: &'a str,
    /// Another backend that says the same.
    pub other: Option<&'a str>,
}

impl Sight<'_> {
    /// Whether a canary speaks for whoever saw it.
    fn is_vouched_for(&self, report: &CanaryReport, suspicion: &Suspicion) -> bool {
        let told_by: Vec<&str> = std::iter::once(self.fetcher).chain(self.other).collect();
        report.vouches_for(suspicion.vouched_field()) && report.watches(&told_by)
    }
}

impl<'a> Sight<'a> {
    /// A recognised profile, with what is known from before.
    pub fn of(merged: &'a Profile, observation: &'a Observation) -> Self {
        Self {
            after: Some(merged),
            counts: observation.counts,
            fetcher: &observation.fetcher,
            parser: &observation.parser,
            other: None,
        }
    }
}

/// Moves a suspicion on.
pub(super) fn advance(
    context: &Context<'_>,
    suspicion: &Suspicion,
    sight: &Sight<'_>,
    canary: Option<&CanaryReport>,
) -> Step {
    let vouched = canary.is_some_and(|report| sight.is_vouched_for(report, suspicion));
    match suspicion.known(context.held) {
        Some(held) if held.rejected || !counts_again(context, held) => Step::Waits(None),
        _ if !vouched => Step::Doubted,
        Some(held) if surging::stops(context, suspicion) => surging::waits(context, held),
        Some(held) => again(context, held),
        None => first(context, suspicion, sight),
    }
}

fn first(context: &Context<'_>, suspicion: &Suspicion, sight: &Sight<'_>) -> Step {
    let last_seen_before = context.last_seen_before(&suspicion.changes);
    if context.rules.confirm_checks == 0 && !surging::stops(context, suspicion) {
        return Step::Confirmed { id: None, first_seen: context.now, last_seen_before };
    }
    let held = Held {
        id: HeldId(0),
        profile_id: context.record.id,
        username: context.record.username.clone(),
        reason: suspicion.reason,
        changes: suspicion.changes.clone(),
        after: sight.after.cloned(),
        counts: sight.counts,
        last_seen_before,
        first_seen: context.now,
        confirmations: 0,
        counted_at: context.now,
        fetcher: sight.fetcher.to_owned(),
        parser: sight.parser.to_owned(),
        rejected: false,
    };
    Step::Waits(Some(HeldStep::New(Box::new(held))))
}

fn again(context: &Context<'_>, held: &Held) -> Step {
    let confirmations = held.confirmations + 1;
    if confirmations >= context.rules.confirm_checks {
        let (first_seen, last_seen_before) = (held.first_seen, held.last_seen_before);
        return Step::Confirmed { id: Some(held.id), first_seen, last_seen_before };
    }
    Step::Waits(Some(HeldStep::Counted { id: held.id, confirmations, at: context.now }))
}

/// What a person writes who accepts a waiting change: the revision that repeats would have written.
pub fn accept(record: &ProfileRecord, held: &Held, now: Timestamp) -> CheckRecord {
    let mut check = settled(record, now);
    check.held = vec![HeldStep::Drop(held.id)];
    check.evidence = EvidenceSource::OfHeld(held.id);
    let presence = if held.reason == HoldReason::Disappeared { Presence::Missing } else { Presence::Present };
    check.presence = if held.reason == HoldReason::OwnerChanged { record.presence } else { presence };
    let Some(state) = &record.state else { return check };
    let (mut profile, mut changes) = (state.clone(), told_from(record, held));
    if let Some(after) = &held.after {
        held.changes.iter().for_each(|change| profile.take(change.field, after));
        check.state = Some((profile.clone(), held.fetcher.clone()));
    } else if let Some(lost) = super::names::with_owner(record, &held.changes) {
        changes.retain(|_| state.owner() != lost.owner());
        let before = state.owner().present().copied().map(FieldValue::Number);
        changes.iter_mut().for_each(|change| change.before.clone_from(&before));
        profile = lost;
        check.state = Some((profile.clone(), held.fetcher.clone()));
    }
    if changes.is_empty() {
        (check.evidence, check.presence) = (EvidenceSource::None, record.presence);
        return check;
    }
    check.revisions.push(NewRevision {
        changes,
        profile,
        presence: if check.presence == Presence::Missing { check.presence } else { Presence::Present },
        counts: held.counts.or(record.counts),
        last_seen_before: held.last_seen_before,
        first_seen: held.first_seen,
        confirmed_at: now,
        fetcher: held.fetcher.clone(),
        parser: held.parser.clone(),
    });
    check
}

/// The waiting changes of a profile as they are told from its state of now, which another one may have moved.
fn told_from(record: &ProfileRecord, held: &Held) -> Vec<Change> {
    let (Some(state), Some(after)) = (&record.state, &held.after) else { return held.changes.clone() };
    let missing = Some(Presence::Missing.as_str().into());
    let still = |change: &Change| (change.before == missing) == (record.presence == Presence::Missing);
    let presence = held.changes.iter().filter(|change| change.field == Field::Presence && still(change));
    presence.cloned().chain(changes_from(state, &held.changes, after)).collect()
}

/// Changes of the fields of a profile, told from another state.
pub(super) fn changes_from(state: &Profile, told: &[Change], after: &Profile) -> Vec<Change> {
    let mut profile = state.clone();
    told.iter().for_each(|change| profile.take(change.field, after));
    let mut changes = diff(state, &profile);
    let place = |change: &Change| told.iter().position(|told| told.field == change.field);
    changes.sort_by_key(|change| place(change).unwrap_or(usize::MAX));
    changes
}

/// What a person writes who rejects a waiting change: nothing, and it is ignored as long as it is seen.
pub fn reject(record: &ProfileRecord, held: &Held, now: Timestamp) -> CheckRecord {
    let mut check = settled(record, now);
    check.held = vec![HeldStep::Reject(held.id)];
    if held.reason == HoldReason::Disappeared && record.presence == Presence::SuspectedMissing {
        check.presence = if record.state.is_some() { Presence::Present } else { Presence::Unknown };
    }
    check
}

/// A decision is no look: health, failures and the next look stay.
pub(super) fn settled(record: &ProfileRecord, now: Timestamp) -> CheckRecord {
    let health = record.health.clone().unwrap_or_else(|| Health::new(Outcome::Profile, None, now));
    let next = record.next_check_at.unwrap_or(now);
    CheckRecord { at: record.last_checked_at.unwrap_or(now), ..CheckRecord::nothing(record, health, next) }
}
