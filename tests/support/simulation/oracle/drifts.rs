//! When a field that looks empty was rightly not judged, because too many profiles of one kind had lost it.

use std::collections::BTreeSet;
use std::time::Duration;

use tgbio_core::{Field, Profile, ProfileKind, Timestamp};

use super::Evidence;
use crate::simulation::plan::LOSABLE;
use crate::simulation::script::Script;
use crate::simulation::world::{Look, Spoilt};

/// So many of one kind lose a field while a canary of another kind shows it; see `tgbio_core::drift`.
const MANY: usize = 10;
/// What a profile showed so lately may not be taken out of its record yet.
const REMEMBERED: Duration = Duration::from_secs(12 * 3600);

/// Whether a look at this profile showed nothing of a field that had drifted.
pub(super) fn excuse(all: &[Evidence], one: &Evidence, look: &Look, script: &Script) -> bool {
    let Some(shown) = one.life.at(look.at) else { return false };
    let kinds = [ProfileKind::User, ProfileKind::Bot, ProfileKind::Channel, ProfileKind::Group];
    let empty = LOSABLE.into_iter().filter(|field| shown.shows(*field) == Some(false));
    let mut drifts = empty.flat_map(|field| kinds.map(|kind| (field, kind)));
    drifts.any(|(field, kind)| losers(all, script, (field, kind), look.at) >= MANY)
}

/// How many profiles of a kind had lost a field by then, since one of that kind showed it last.
fn losers(all: &[Evidence], script: &Script, (field, kind): (Field, ProfileKind), until: Timestamp) -> usize {
    let shown = last_shown(all, script, (field, kind), until);
    let lost = |one: &&Evidence| {
        let of_them = |look: &&Look| shown.is_none_or(|shown| look.at > shown) && look.at <= until;
        one.looks.iter().filter(of_them).any(|look| has_lost(one, look, (field, kind)))
    };
    let places: BTreeSet<usize> = all.iter().filter(lost).map(|one| one.life.place).collect();
    places.len()
}

/// When a profile of this kind, or the canary, was last seen with the field.
fn last_shown(
    all: &[Evidence],
    script: &Script,
    (field, kind): (Field, ProfileKind),
    until: Timestamp,
) -> Option<Timestamp> {
    let shows = |one: &Evidence, look: &Look| {
        one.life.at(look.at).is_some_and(|shown| is_of(shown, kind) && shown.shows(field) == Some(true))
    };
    let looks = all.iter().flat_map(|one| one.looks.iter().map(move |look| (one, look)));
    let seen = looks.filter(|(one, look)| {
        look.spoilt == Spoilt::No && !look.undone && look.at <= until && shows(one, look)
    });
    let canaries = script.canaries.iter().filter(|_| kind == ProfileKind::Channel);
    let good = canaries.filter(|(at, right)| *right && *at <= until).map(|(at, _)| *at);
    seen.map(|(_, look)| look.at).chain(good).max()
}

/// Whether this look was at a profile of the kind without the field that its record may have had.
fn has_lost(one: &Evidence, look: &Look, (field, kind): (Field, ProfileKind)) -> bool {
    let lost = match &look.spoilt {
        Spoilt::Lost(fields) => fields.contains(&field),
        Spoilt::No => true,
        _ => false,
    };
    let had = one.life.phases.iter().filter(|phase| phase.from <= look.at).rev();
    let lately =
        had.clone().skip(1).zip(had.clone()).filter(|(_, next)| next.from >= look.at.before(REMEMBERED));
    let known = had.take(1).chain(lately.map(|(phase, _)| phase));
    let shows = |shown: &Profile| shown.shows(field) == Some(true);
    let of_kind = one.life.at(look.at).is_some_and(|shown| is_of(shown, kind));
    lost && of_kind && known.filter_map(|phase| phase.shown.as_ref()).any(|shown| shows(shown))
}

fn is_of(shown: &Profile, kind: ProfileKind) -> bool {
    shown.kind.present() == Some(&kind)
}
