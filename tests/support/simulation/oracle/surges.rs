//! Whether every surge was one: many profiles seemed to change alike in a short time.

use tgbio_core::store::HoldReason;
use tgbio_core::surge::SurgeKind;
use tgbio_core::{FetchErrorKind, Field, Rules, Timestamp};

use super::Evidence;
use crate::simulation::script::Script;
use crate::simulation::world::{Look, Spoilt};

/// The surges that were none, in words.
pub(super) fn check(all: &[Evidence], script: &Script, rules: &Rules, words: &mut Vec<String>) {
    for (at, key, _) in script.alarms.iter().filter(|(_, _, goes_on)| *goes_on) {
        let Some(kind) = key.strip_prefix("surge/").and_then(SurgeKind::from_code) else { continue };
        // The clock may have been set meanwhile.
        let from = at.before(2 * rules.surge_window);
        let seems = |one: &&Evidence| {
            let within = |look: &&Look| look.at > from && look.at <= *at;
            one.looks.iter().filter(within).any(|look| seems_so(one, look, kind, from))
        };
        let many = all.iter().filter(seems).count();
        if many < rules.surge_profiles as usize {
            words.push(format!("SURGE: {key} was raised at {at}, where {many} profiles seemed to change so"));
        }
    }
}

/// Whether a look may be taken for such a change.
fn seems_so(one: &Evidence, look: &Look, kind: SurgeKind, from: Timestamp) -> bool {
    let gone = [FetchErrorKind::NotFound, FetchErrorKind::InvalidName];
    let newly = one.life.phases.iter().any(|phase| phase.from > from && phase.from <= look.at);
    match (&look.spoilt, kind.way) {
        (Spoilt::Fails(failure), HoldReason::Disappeared) => gone.contains(failure),
        (Spoilt::Lost(fields), HoldReason::Emptied) => fields.contains(&kind.field),
        (Spoilt::OtherKind, _) => kind.field == Field::Kind,
        (Spoilt::OtherOwner, way) => way == HoldReason::OwnerChanged,
        (Spoilt::No, HoldReason::Disappeared) => one.life.at(look.at).is_none(),
        (Spoilt::No, HoldReason::Emptied) => {
            one.life.at(look.at).is_some_and(|shown| shown.shows(kind.field) == Some(false))
        }
        (Spoilt::No, _) => newly,
        _ => false,
    }
}
