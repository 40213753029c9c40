//! The three kinds of look that tell something: a first one, a recognised profile, and "not found".

use std::time::Duration;

use super::held::{Sight, Step, advance, changes_from};
use super::suspicion::{self, Suspicion, disappearance, presence_change};
use super::{Context, after_failure, surging};
use crate::canary::CanaryReport;
use crate::sources::Source;
use crate::store::{CheckRecord, EvidenceSource, Held, HeldId, HeldStep, NewRevision, PhotoProgress};
use crate::{
    Change, Counts, FetchError, Field, Health, Observation, Outcome, Presence, Profile, Timestamp, coverage,
    diff, overlay, schedule,
};

/// A recognised profile.
pub(super) fn seen(
    context: &Context<'_>,
    observation: &Observation,
    canary: Option<&CanaryReport>,
) -> CheckRecord {
    let mut check = good_look(context, Health::new(Outcome::Profile, None, context.now));
    check.presence = Presence::Present;
    check.seen = true;
    check.counts = Some(observation.counts);
    check.photo = photo_shown(context, observation);
    let news = !suspicion::nothing_new(context.record, observation);
    match &context.record.state {
        None => baseline(context, observation, canary, &mut check),
        Some(_) if !news => drop_all_but(context.held, &[], &mut check),
        Some(state) => compare(context, observation, state, canary, &mut check),
    }
    if news || context.record.seen_by.as_deref() != Some(&*observation.fetcher) {
        let Observation { fetcher, parser, at, profile, .. } = observation;
        check.source = Some(Box::new(Source::new(fetcher, parser, *at, profile.clone())));
    }
    if !sees_what_is_empty(observation, canary) {
        check.seen = false;
        doubt(context, &mut check);
    }
    let writes =
        !check.revisions.is_empty() || check.held.iter().any(|step| matches!(step, HeldStep::New(_)));
    if let (true, Some(evidence)) = (writes, &observation.evidence) {
        check.evidence = EvidenceSource::New(evidence.clone());
    }
    check
}

/// The bookkeeping of a look that told something.
fn good_look(context: &Context<'_>, health: Health) -> CheckRecord {
    let interval = context.record.planned(context.rules, context.now);
    let next = schedule::spread(context.now, interval, context.random);
    let mut check = CheckRecord::nothing(context.record, health, next);
    check.failures = 0;
    check.coverage = coverage::step(context.record.coverage, interval, context.now);
    check
}

/// The address whose bytes are known is still shown, so the photo is still the same.
fn photo_shown(context: &Context<'_>, observation: &Observation) -> Option<PhotoProgress> {
    let kept = &context.record.photo;
    let url = observation.profile.photo.present()?.url.as_ref()?;
    (kept.read_url.as_ref() == Some(url))
        .then(|| PhotoProgress { seen_at: Some(context.now), ..kept.clone() })
}

/// Whether the canaries vouch for every field that looks empty.
fn sees_what_is_empty(observation: &Observation, canary: Option<&CanaryReport>) -> bool {
    canary.is_none_or(|canary| {
        suspicion::empties(&observation.profile).all(|field| canary.vouches_for_empty(field))
    })
}

/// What nobody vouches for stays unknown, so that its return is no change.
fn baseline(
    context: &Context<'_>,
    observation: &Observation,
    canary: Option<&CanaryReport>,
    check: &mut CheckRecord,
) {
    let times = Times { last_seen_before: None, first_seen: context.now, confirmed_at: context.now };
    let mut profile = Profile { username_owner: observation.profile.owner(), ..observation.profile.clone() };
    let unknown = Profile::new(profile.username.clone());
    let doubtful = |field: &Field| canary.is_some_and(|canary| !canary.vouches_for_empty(*field));
    for field in suspicion::empties(&observation.profile).filter(doubtful) {
        profile.take(field, &unknown);
    }
    check.revisions.push(revision(Vec::new(), profile.clone(), observation.counts, observation, &times));
    check.state = Some((profile, observation.fetcher.to_string()));
    drop_all_but(context.held, &[], check);
}

pub(super) struct Times {
    pub last_seen_before: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub confirmed_at: Timestamp,
}

impl Times {
    /// Believed at first sight.
    fn now(context: &Context<'_>, last_seen_before: Option<Timestamp>) -> Self {
        Self { last_seen_before, first_seen: context.now, confirmed_at: context.now }
    }
}

pub(super) fn revision(
    changes: Vec<Change>,
    profile: Profile,
    counts: Counts,
    observation: &Observation,
    times: &Times,
) -> NewRevision {
    NewRevision {
        changes,
        profile,
        presence: Presence::Present,
        counts,
        last_seen_before: times.last_seen_before,
        first_seen: times.first_seen,
        confirmed_at: times.confirmed_at,
        fetcher: observation.fetcher.to_string(),
        parser: observation.parser.to_string(),
    }
}

/// Compares with the kept state: confirmed suspicions become revisions of their own, harmless changes one together.
fn compare(
    context: &Context<'_>,
    observation: &Observation,
    kept: &Profile,
    canary: Option<&CanaryReport>,
    check: &mut CheckRecord,
) {
    let merged = suspicion::merged(context.record, observation);
    let changes = suspicion::changes(context.record, observation, &merged);
    if changes.is_empty() {
        drop_all_but(context.held, &[], check);
        keep_state(context, kept, merged, observation, check);
        return;
    }
    let (suspicions, harmless) = surging::restrain(context, suspicion::split(changes));
    let mut history = History { state: kept.clone(), counts: observation.counts.or(context.record.counts) };
    let mut still_held = Vec::new();
    let mut waiting = Vec::new();
    for suspicion in &suspicions {
        let parts = context
            .held
            .iter()
            .filter(|held| suspicion.known(context.held) == Some(held) || suspicion.includes(held));
        still_held.extend(parts.map(|held| held.id));
        let sight = Sight::of(&merged, observation);
        match advance(context, suspicion, &sight, canary) {
            Step::Confirmed { id, first_seen, last_seen_before } => {
                check.held.extend(id.map(HeldStep::Drop));
                let times = Times { last_seen_before, first_seen, confirmed_at: context.now };
                match suspicion.known(context.held).filter(|_| suspicion.is_stranger()) {
                    Some(held) => {
                        return another_kind(context, observation, canary, (held, &times), history, check);
                    }
                    None => history.write(suspicion.changes.clone(), &merged, observation, &times, check),
                }
            }
            step => waits(context, suspicion, step, &mut waiting, check),
        }
    }
    if waiting.iter().any(|suspicion| suspicion.is_stranger()) {
        return believe_nothing(context, &still_held, check);
    }
    drop_all_but(context.held, &still_held, check);
    if !harmless.is_empty() {
        let times = Times::now(context, context.last_seen_before(&harmless));
        history.write(harmless, &merged, observation, &times, check);
    }
    finish(context, kept, merged, observation, &waiting, check);
}

/// The state as it grows from revision to revision within one look.
struct History {
    state: Profile,
    counts: Counts,
}

impl History {
    fn write(
        &mut self,
        changes: Vec<Change>,
        merged: &Profile,
        observation: &Observation,
        times: &Times,
        check: &mut CheckRecord,
    ) {
        changes.iter().for_each(|change| self.state.take(change.field, merged));
        check.revisions.push(revision(changes, self.state.clone(), self.counts, observation, times));
    }
}

/// A suspicion that is not settled: its fields keep their old values, and the next look comes in time to confirm it.
pub(super) fn waits<'a>(
    context: &Context<'_>,
    suspicion: &'a Suspicion,
    step: Step,
    waiting: &mut Vec<&'a Suspicion>,
    check: &mut CheckRecord,
) {
    waiting.push(suspicion);
    match step {
        Step::Doubted => doubt(context, check),
        Step::Waits(step) => {
            let counted_at = match (&step, suspicion.known(context.held)) {
                (None, Some(held)) if held.rejected => None,
                (None, Some(held)) => Some(held.counted_at),
                _ => Some(context.now),
            };
            if let Some(counted_at) = counted_at {
                confirm_in_time(context, counted_at, check);
            }
            check.held.extend(step);
        }
        Step::Confirmed { .. } => {}
    }
}

/// Brings the next look forward to when it counts as a repeat.
fn confirm_in_time(context: &Context<'_>, counted_at: Timestamp, check: &mut CheckRecord) {
    let wait = counted_at.after(context.rules.confirm_delay).since(context.now);
    let due = schedule::spread_later(context.now, wait.max(Duration::from_millis(1)), context.random);
    check.next_check_at = check.next_check_at.min(due);
}

pub(super) fn doubt(context: &Context<'_>, check: &mut CheckRecord) {
    check.health.doubted = true;
    // What was not judged was not watched either.
    check.coverage = coverage::CoverageStep::Keep;
    let after = after_failure(context, check.health.clone(), None);
    check.failures = after.failures;
    check.next_check_at = check.next_check_at.min(after.next_check_at);
}

/// It may be somebody else: what was known stays as it is, and what waits too as far as this look shows it.
fn believe_nothing(context: &Context<'_>, still_held: &[HeldId], check: &mut CheckRecord) {
    if !check.health.doubted {
        drop_all_but(context.held, still_held, check);
    }
    check.presence = context.record.presence;
    check.counts = None;
    check.photo = None;
    check.seen = false;
    if check.presence == Presence::Missing {
        // It was not seen to be missing either.
        check.coverage = coverage::CoverageStep::Keep;
    }
}

/// It is somebody else: what the first sight and this one agree on, and then what only this one shows. What is empty,
/// and another kind, was perhaps misread more than once: it stays and is held for itself.
fn another_kind(
    context: &Context<'_>,
    observation: &Observation,
    canary: Option<&CanaryReport>,
    (held, times): (&Held, &Times),
    mut history: History,
    check: &mut CheckRecord,
) {
    let Some(after) = &held.after else { return };
    let now = overlay(after, &observation.profile, true);
    let (_, mut agreed) = suspicion::divide(held.changes.clone());
    let deciding = held.changes.first().map(|change| change.field);
    agreed.retain(|change| {
        let kind_for_itself = change.field == Field::Kind && deciding != Some(Field::Kind);
        !kind_for_itself && now.value(change.field) == after.value(change.field)
    });
    let (presence, agreed): (Vec<_>, Vec<_>) =
        agreed.into_iter().partition(|change| change.field == Field::Presence);
    let agreed = [presence, changes_from(&history.state, &agreed, after)].concat();
    history.write(agreed, after, observation, times, check);
    let first = history.state.clone();
    let merged = overlay(&first, &observation.profile, true);
    drop_all_but(context.held, &[held.id], check);
    // What waited about the one before says nothing about this one.
    let context = &Context { held: &[], ..*context };
    let (suspicions, harmless) = surging::restrain(context, suspicion::split(diff(&first, &merged)));
    if !harmless.is_empty() {
        let times = Times::now(context, times.last_seen_before);
        history.write(harmless, &merged, observation, &times, check);
    }
    check.seen = suspicions.is_empty();
    let sight = Sight::of(&merged, observation);
    let mut waiting = Vec::new();
    for suspicion in &suspicions {
        waits(context, suspicion, advance(context, suspicion, &sight, canary), &mut waiting, check);
    }
    let mut state = merged.clone();
    for suspicion in waiting {
        suspicion.changes.iter().for_each(|change| state.take(change.field, &first));
    }
    check.state = Some((state, observation.fetcher.to_string()));
}

fn finish(
    context: &Context<'_>,
    kept: &Profile,
    merged: Profile,
    observation: &Observation,
    waiting: &[&Suspicion],
    check: &mut CheckRecord,
) {
    let mut state = merged;
    for suspicion in waiting {
        suspicion.changes.iter().for_each(|change| state.take(change.field, kept));
    }
    check.seen = check.seen && waiting.is_empty();
    keep_state(context, kept, state, observation, check);
}

fn keep_state(
    context: &Context<'_>,
    kept: &Profile,
    state: Profile,
    observation: &Observation,
    check: &mut CheckRecord,
) {
    let same_spelling = kept.username.as_str() == state.username.as_str();
    if *kept != state || !same_spelling {
        // Targets that this backend does not see stay those of the one that does.
        let links_are_others = state.links != observation.profile.links && state.links == kept.links;
        let older = context.record.state_fetcher.clone().filter(|_| links_are_others);
        check.state = Some((state, older.unwrap_or_else(|| observation.fetcher.to_string())));
    }
}

/// Waiting and rejected changes that this look does not show any more.
fn drop_all_but(held: &[Held], still: &[HeldId], check: &mut CheckRecord) {
    let gone = held.iter().filter(|row| !still.contains(&row.id));
    check.held.extend(gone.map(|row| HeldStep::Drop(row.id)));
}

/// The profile was not found.
pub(super) fn gone(context: &Context<'_>, error: &FetchError, canary: Option<&CanaryReport>) -> CheckRecord {
    let health = Health::new(error.kind().into(), error.reason().map(str::to_owned), context.now);
    let suspected = disappearance(context.record);
    let Some(suspicion) = suspected.first() else { return still_gone(context, health, canary) };
    let other = error.same_told().map(FetchError::fetcher);
    let sight = Sight { after: None, counts: Counts::default(), fetcher: error.fetcher(), parser: "", other };
    match advance(context, suspicion, &sight, canary) {
        Step::Doubted => {
            let mut check = CheckRecord::nothing(context.record, health, context.now);
            check.next_check_at = Timestamp::from_millis(i64::MAX);
            doubt(context, &mut check);
            check
        }
        Step::Waits(step) => still_missing(context, suspicion, health, step),
        Step::Confirmed { id, first_seen, last_seen_before } => {
            let times = Times { last_seen_before, first_seen, confirmed_at: context.now };
            confirmed_missing(context, error, health, id, &times)
        }
    }
}

/// Known to be missing, and not found again: that is only seen when a canary is.
fn still_gone(context: &Context<'_>, health: Health, canary: Option<&CanaryReport>) -> CheckRecord {
    let mut check = good_look(context, health);
    if canary.is_none_or(|canary| canary.vouches_for(Field::Presence)) {
        drop_all_but(context.held, &[], &mut check);
    } else {
        doubt(context, &mut check);
    }
    check
}

fn still_missing(
    context: &Context<'_>,
    suspicion: &Suspicion,
    health: Health,
    step: Option<HeldStep>,
) -> CheckRecord {
    let rejected = suspicion.known(context.held).is_some_and(|held| held.rejected);
    let mut check = good_look(context, health);
    if step.is_none() {
        // No canary was asked.
        check.coverage = coverage::CoverageStep::Keep;
    }
    if !rejected {
        check.presence = Presence::SuspectedMissing;
        let known = suspicion.known(context.held).filter(|_| step.is_none());
        confirm_in_time(context, known.map_or(context.now, |held| held.counted_at), &mut check);
    }
    check.held.extend(step);
    check
}

fn confirmed_missing(
    context: &Context<'_>,
    error: &FetchError,
    health: Health,
    id: Option<HeldId>,
    times: &Times,
) -> CheckRecord {
    let mut check = good_look(context, health);
    check.presence = Presence::Missing;
    check.held.extend(id.map(HeldStep::Drop));
    drop_all_but(context.held, &id.into_iter().collect::<Vec<_>>(), &mut check);
    let Some(state) = &context.record.state else { return check };
    check.revisions.push(NewRevision {
        changes: vec![presence_change(Presence::Present, Presence::Missing)],
        profile: state.clone(),
        presence: Presence::Missing,
        counts: context.record.counts,
        last_seen_before: times.last_seen_before,
        first_seen: times.first_seen,
        confirmed_at: times.confirmed_at,
        fetcher: error.fetcher().to_owned(),
        parser: String::new(),
    });
    check
}
