//! Whose name it is: answers that belong to somebody else, and names that somebody else has taken over.
//!
//! A profile is its Telegram id, once that is known; names are dated facts. So an answer with another id is never taken
//! into the history, and what it says is one thing only: the name has another owner now. From then on only answers with
//! the profile's own id count, and a source that knows no ids is not believed (and, if it keeps the contract, answers
//! nothing).

use super::held::{Sight, Step, advance};
use super::looks::{Times, revision, waits};
use super::suspicion::Suspicion;
use super::{Context, after_failure};
use crate::canary::CanaryReport;
use crate::store::{CheckRecord, EvidenceSource, Held, HeldStep, HoldReason, NewRevision, ProfileRecord};
use crate::{
    Change, Counts, FetchErrorKind, Field, FieldValue, Health, Observation, Observed, Outcome, Presence,
    Profile, Timestamp, UnrecognisedReason,
};

/// How a look at somebody else ends.
const SOMEBODY_ELSE: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);

/// Whether the answer is that of another profile than the one that is followed.
///
/// With both ids known they decide. Without them the name decides, as long as it is the profile's.
pub(crate) fn is_stranger(record: &ProfileRecord, held: &[Held], seen: &Observation) -> bool {
    let Some(state) = &record.state else { return false };
    match (state.telegram_id.present(), seen.profile.telegram_id.present()) {
        (Some(kept), Some(other)) => kept != other,
        _ => state.has_lost_name() || is_doubted(held) || !seen.profile.answers_to(&record.username),
    }
}

/// Whether the name is perhaps somebody else's: that waits for confirmation.
pub(crate) fn is_doubted(held: &[Held]) -> bool {
    held.iter().any(|held| held.reason == HoldReason::OwnerChanged && !held.rejected)
}

/// The suspicion that a stranger has taken over the name, unless that is known.
pub(super) fn taken_over(record: &ProfileRecord, seen: &Observation) -> Option<Suspicion> {
    let (state, other) = (record.state.as_ref()?, seen.profile.telegram_id.present()?);
    let known = state.owner() == Observed::Present(*other);
    if known || state.telegram_id.is_hidden() || !seen.profile.answers_to(&record.username) {
        return None;
    }
    Some(Suspicion { reason: HoldReason::OwnerChanged, changes: vec![owner_change(state, *other)] })
}

fn owner_change(state: &Profile, other: u64) -> Change {
    let before = state.owner().present().copied().map(FieldValue::Number);
    Change::new(Field::UsernameOwner, before, Some(FieldValue::Number(other)))
}

/// A look that met somebody else: nothing of it is believed but that the name has another owner, and that late.
pub(super) fn somebody_else(
    context: &Context<'_>,
    seen: &Observation,
    canary: Option<&CanaryReport>,
) -> CheckRecord {
    let health =
        Health::new(Outcome::from(SOMEBODY_ELSE), SOMEBODY_ELSE.reason().map(str::to_owned), context.now);
    let mut check = after_failure(context, health, None);
    let Some(suspicion) = taken_over(context.record, seen) else { return check };
    let sight = Sight {
        after: None,
        counts: Counts::default(),
        fetcher: &seen.fetcher,
        parser: &seen.parser,
        other: None,
    };
    match advance(context, &suspicion, &sight, canary) {
        Step::Confirmed { id, first_seen, last_seen_before } => {
            let times = Times { last_seen_before, first_seen, confirmed_at: context.now };
            check.held.extend(id.map(HeldStep::Drop));
            lose_name(context, &suspicion, seen, &times, &mut check);
        }
        step => waits(context, &suspicion, step, &mut Vec::new(), &mut check),
    }
    let writes =
        !check.revisions.is_empty() || check.held.iter().any(|step| matches!(step, HeldStep::New(_)));
    if let (true, Some(evidence)) = (writes, &seen.evidence) {
        check.evidence = EvidenceSource::New(evidence.clone());
    }
    check
}

fn lose_name(
    context: &Context<'_>,
    suspicion: &Suspicion,
    seen: &Observation,
    times: &Times,
    check: &mut CheckRecord,
) {
    let Some(state) = with_owner(context.record, &suspicion.changes) else { return };
    let fetcher = context.record.state_fetcher.clone().unwrap_or_else(|| seen.fetcher.to_string());
    let mut written = revision(suspicion.changes.clone(), state.clone(), context.record.counts, seen, times);
    written.presence = presence_of(context.record);
    check.revisions.push(written);
    check.state = Some((state, fetcher));
}

/// The state in which the name has the owner that a change names.
pub(super) fn with_owner(record: &ProfileRecord, changes: &[Change]) -> Option<Profile> {
    let change = changes.iter().find(|change| change.field == Field::UsernameOwner)?;
    let owner = match change.after {
        Some(FieldValue::Number(id)) => Observed::Present(id),
        _ => Observed::Absent,
    };
    Some(Profile { username_owner: owner, ..record.state.clone()? })
}

/// A revision is of a profile that is there, or of one that is confirmed to be missing.
fn presence_of(record: &ProfileRecord) -> Presence {
    if record.presence == Presence::Missing { Presence::Missing } else { Presence::Present }
}

/// What it writes into a followed profile that another followed one has got its name, as a look at that one has shown.
///
/// `None` when that says nothing: the profile was never seen, it is the same account, or the other's id is not known.
pub fn displaced(
    record: &ProfileRecord,
    by: &Profile,
    told: (&str, &str),
    at: Timestamp,
) -> Option<CheckRecord> {
    let (state, other) = (record.state.as_ref()?, *by.telegram_id.present()?);
    if state.telegram_id == by.telegram_id || state.owner() == Observed::Present(other) {
        return None;
    }
    let changes = vec![owner_change(state, other)];
    let profile = with_owner(record, &changes)?;
    let mut check = super::held::settled(record, at);
    check.state = Some((profile.clone(), record.state_fetcher.clone().unwrap_or_default()));
    check.revisions.push(NewRevision {
        changes,
        profile,
        presence: presence_of(record),
        counts: record.counts,
        last_seen_before: record.last_seen_at.map(|last| last.min(at)),
        first_seen: at,
        confirmed_at: at,
        fetcher: told.0.to_owned(),
        parser: told.1.to_owned(),
    });
    Some(check)
}
