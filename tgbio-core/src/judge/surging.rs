//! What a surge does to a look: changes of its kind wait, and none of them is confirmed while it goes on.

use super::Context;
use super::held::Step;
use super::suspicion::Suspicion;
use crate::store::{Held, HeldStep, HoldReason};
use crate::surge::{self, SurgeKind};
use crate::{Change, Field};

/// Takes out of the harmless changes what a surge holds, and what one has held that is not confirmed yet.
pub(super) fn restrain(
    context: &Context<'_>,
    (mut suspicions, harmless): (Vec<Suspicion>, Vec<Change>),
) -> (Vec<Suspicion>, Vec<Change>) {
    let held_by_surge = context.held.iter().any(|held| held.reason == HoldReason::Surge);
    if context.surges.is_empty() && !held_by_surge {
        return (suspicions, harmless);
    }
    let (waiting, mut harmless): (Vec<_>, Vec<_>) =
        harmless.into_iter().partition(|change| is_held(context, change));
    let with_bio = waiting.iter().any(|change| change.field == Field::Bio);
    // The links of a bio follow its text.
    let follows = |change: &Change| with_bio && change.field == Field::Links;
    let mut links: Vec<Change> = harmless.extract_if(.., |change| follows(change)).collect();
    for change in waiting {
        if follows(&change) { links.push(change) } else { suspicions.push(of(vec![change])) }
    }
    let bio = suspicions.iter_mut().find(|row| row.changes[0].field == Field::Bio);
    if let Some(bio) = bio {
        bio.changes.append(&mut links);
    }
    (suspicions, harmless)
}

fn of(changes: Vec<Change>) -> Suspicion {
    Suspicion { reason: HoldReason::Surge, changes }
}

fn is_held(context: &Context<'_>, change: &Change) -> bool {
    let surges = SurgeKind::of_change(change).is_some_and(|kind| context.surges.contains(&kind));
    let waits = |held: &Held| {
        held.reason == HoldReason::Surge && held.is_same(held.reason, std::slice::from_ref(change))
    };
    surges || context.held.iter().any(waits)
}

/// Whether a surge keeps a suspicion from being confirmed.
pub(super) fn stops(context: &Context<'_>, suspicion: &Suspicion) -> bool {
    surge::kind_of(suspicion.reason, &suspicion.changes).is_some_and(|kind| context.surges.contains(&kind))
}

/// It is seen again, which counts for nothing until the surge is over.
pub(super) fn waits(context: &Context<'_>, held: &Held) -> Step {
    let (id, confirmations) = (held.id, held.confirmations);
    Step::Waits(Some(HeldStep::Counted { id, confirmations, at: context.now }))
}
