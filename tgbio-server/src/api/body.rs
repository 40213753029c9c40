//! Bodies of requests.

use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;
use tgbio_core::store::{NewProfile, ProfilePatch};
use tgbio_core::{Priority, Username};

use crate::http::Problem;
use crate::wire::{Interval, PriorityChoice, Text};

/// Longest note.
const NOTE: usize = 2000;
/// Longest tag.
const TAG: usize = 64;

/// Whom to follow, and how.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Follow {
    /// A public username in any spelling: `name`, `@name`, `https://t.me/name`.
    username: Text<256>,
    /// Read the profile first, and follow it only if it exists; `true` unless said otherwise.
    #[oai(nullable)]
    verify: Option<bool>,
    /// A note of purpose.
    #[oai(nullable)]
    note: Option<Text<NOTE>>,
    /// Tags.
    #[oai(nullable, validator(max_items = 32))]
    tags: Option<Vec<Text<TAG>>>,
    /// A fixed interval, like `5m`; without it the interval adapts to how often the profile changes.
    #[oai(nullable)]
    interval: Option<Interval>,
    /// How much it matters; `normal` unless said otherwise.
    #[oai(nullable)]
    priority: Option<PriorityChoice>,
}

/// What to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Patch {
    /// Look at the profile, or pause. A resumed profile is looked at at once.
    #[oai(nullable)]
    monitored: Option<bool>,
    /// A fixed interval, like `5m`; `null` goes back to the adaptive one.
    #[oai(nullable)]
    interval: MaybeUndefined<Interval>,
    /// How much it matters. Its place among the due work changes at once.
    #[oai(nullable)]
    priority: Option<PriorityChoice>,
    /// The note of purpose; `null` removes it.
    #[oai(nullable)]
    note: MaybeUndefined<Text<NOTE>>,
    /// All tags.
    #[oai(nullable, validator(max_items = 32))]
    tags: Option<Vec<Text<TAG>>>,
}

fn tags(tags: Vec<Text<TAG>>) -> Vec<String> {
    tags.into_iter().map(|tag| tag.0).collect()
}

/// A note of nothing but white space is none.
fn note(note: Text<NOTE>) -> Option<String> {
    Some(note.0).filter(|note| !note.trim().is_empty())
}

impl Follow {
    /// What core needs to know, and whether to read the profile first.
    pub fn read(self) -> Result<(NewProfile, bool), Problem> {
        let mut new = NewProfile::new(Username::parse(&self.username.0)?);
        new.note = self.note.and_then(note);
        new.tags = tags(self.tags.unwrap_or_default());
        new.interval = self.interval.map(|interval| interval.0);
        new.priority = self.priority.map(Priority::from).unwrap_or_default();
        Ok((new, self.verify.unwrap_or(true)))
    }
}

impl From<Patch> for ProfilePatch {
    fn from(patch: Patch) -> Self {
        Self {
            monitored: patch.monitored,
            interval: given(patch.interval).map(|interval| interval.map(|interval| interval.0)),
            priority: patch.priority.map(Priority::from),
            note: given(patch.note).map(|text| text.and_then(note)),
            tags: patch.tags.map(tags),
        }
    }
}

fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
