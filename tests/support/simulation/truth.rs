//! The truth: what every profile showed, from when until when.

use std::sync::Arc;

use tgbio_core::{Counts, Field, FieldValue, Observed, Profile, Timestamp, Username};

/// What was to be seen from a time on; `None` is no public profile.
#[derive(Debug, Clone)]
pub struct Phase {
    /// Since when.
    pub from: Timestamp,
    /// What.
    pub shown: Option<Arc<Profile>>,
}

/// One followed profile and everything that happened to it.
#[derive(Debug, Clone)]
pub struct Life {
    /// Its place among the profiles of the seed.
    pub place: usize,
    /// The name by which it was followed.
    pub name: Username,
    /// The source sees its id and everything else, and follows it through renames; otherwise what a public page shows.
    pub known: bool,
    /// What it showed, oldest first.
    pub phases: Vec<Phase>,
}

/// A value of a field for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Since when.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Timestamp,
    /// The value; `None` is known to be empty.
    pub value: Option<FieldValue>,
}

impl Life {
    /// What was to be seen at a time.
    pub fn at(&self, time: Timestamp) -> Option<&Arc<Profile>> {
        let after = self.phases.partition_point(|phase| phase.from <= time);
        self.phases[..after].last()?.shown.as_ref()
    }

    /// The true value of a field at a time: `None` where there was no profile or the source cannot see it.
    pub fn value(&self, field: Field, time: Timestamp) -> Option<Option<FieldValue>> {
        value_of(field, self.at(time).map(|shown| &**shown))
    }

    /// How long the field had which values, without the times at which it had none.
    pub fn stretches(&self, field: Field, end: Timestamp) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, phase) in self.phases.iter().enumerate() {
            let until = self.phases.get(at + 1).map_or(end, |next| next.from);
            let Some(value) = value_of(field, phase.shown.as_deref()) else { continue };
            match stretches.last_mut() {
                Some(last) if last.until == phase.from && last.value == value => last.until = until,
                _ => stretches.push(Stretch { from: phase.from, until, value }),
            }
        }
        stretches
    }

    /// When somebody else began to answer, or it became something else; a return counts too once that has happened.
    pub fn strangers(&self) -> Vec<Timestamp> {
        let (mut strangers, mut last, mut gone) = (Vec::new(), None, false);
        for phase in &self.phases {
            let Some(shown) = &phase.shown else {
                gone = true;
                continue;
            };
            let is = Some((shown.kind, shown.telegram_id));
            if (last.is_some() && is != last) || (gone && !strangers.is_empty()) {
                strangers.push(phase.from);
            }
            (last, gone) = (is, false);
        }
        strangers
    }
}

/// The value of a field as the history tells it.
pub fn value_of(field: Field, shown: Option<&Profile>) -> Option<Option<FieldValue>> {
    if field == Field::Presence {
        return Some(Some(if shown.is_some() { "present" } else { "missing" }.into()));
    }
    let mut shown = shown?.clone();
    // Whoever answers with an id of its own has its name.
    shown.username_owner = shown.owner();
    match shown.value(field) {
        Observed::Present(value) => Some(Some(value)),
        Observed::Absent => Some(None),
        _ => None,
    }
}

/// The measurements beside a profile: they move from look to look.
pub fn counts_at(profile: &Profile, time: Timestamp) -> Counts {
    let moving = 1_000 + time.as_millis().unsigned_abs() / 60_000 % 97;
    let mut counts = Counts::default();
    match profile.kind.present() {
        Some(tgbio_core::ProfileKind::Channel) => counts.subscribers = Observed::Present(moving),
        Some(tgbio_core::ProfileKind::Group) => counts.members = Observed::Present(moving),
        Some(tgbio_core::ProfileKind::Bot) => counts.monthly_users = Observed::Present(moving),
        _ => {}
    }
    counts
}
