//! What a person's word about a circuit breaker covers. Pure.

use super::{Breach, SelectorRate, is_shown_beside, shows, with_dependants};
use crate::alarm::{Acceptance, Alarm, AlarmCause};
use crate::canary::CanaryRecord;
use crate::{Field, Username};

/// How the ground that a canary gives begins.
const CANARY: &str = "canary ";

/// The ground that a canary gives.
pub(super) fn ground_of(canary: &CanaryRecord) -> String {
    format!("{CANARY}{}", canary.username.key())
}

/// Whether a person has said that a canary lacks this field rightly.
pub(super) fn is_accepted(canary: &CanaryRecord, field: Field, alarms: &[Alarm]) -> bool {
    let ground = ground_of(canary);
    // A look that went on meanwhile may have written the old loss once more.
    let before = |word: &Acceptance| canary.lost_since.is_some_and(|since| since <= word.at);
    let of_it = |word: &Acceptance| {
        before(word) || word.grounds.as_ref().is_none_or(|grounds| grounds.contains(&ground))
    };
    alarms.iter().any(|alarm| match &alarm.cause {
        AlarmCause::Drift { fetcher, field: Some(lost) } => {
            canary.fetcher.as_ref() == Some(fetcher)
                && with_dependants(*lost).contains(&field)
                && alarm.accepted.as_ref().is_some_and(of_it)
        }
        _ => false,
    })
}

/// A breach that is there because of a person's word only: a canary that counts as changed by it still lacks the field, and
/// nothing has shown it since.
pub(super) fn lasts(alarm: &Alarm, canaries: &[CanaryRecord], selectors: &[SelectorRate]) -> Option<Breach> {
    let AlarmCause::Drift { fetcher, field: Some(field) } = &alarm.cause else { return None };
    let word = alarm.accepted.as_ref()?;
    let known = word.grounds.as_ref()?;
    let lacks = |canary: &&CanaryRecord| {
        canary.fetcher.as_ref() == Some(fetcher)
            && known.contains(&ground_of(canary))
            && !shows(canary, fetcher, *field)
            && !is_shown_beside((canary, *field), word.at, canaries, selectors)
    };
    let grounds: Vec<String> = canaries.iter().filter(lacks).map(ground_of).collect();
    let breach = Breach { fetcher: fetcher.clone(), field: Some(*field), why: alarm.detail.clone(), grounds };
    (!breach.grounds.is_empty()).then_some(breach)
}

/// The names of the canaries that a person's word is about.
pub(crate) fn canaries_of(alarm: &Alarm) -> impl Iterator<Item = Username> {
    let known = alarm.accepted.iter().filter_map(|word| word.grounds.as_ref()).flatten();
    known.filter_map(|ground| Username::parse(ground.strip_prefix(CANARY)?).ok())
}

/// What is expected of a canary again when the word is taken back by which it counted as changed.
pub(crate) fn doubted_again(alarm: &Alarm, mut canary: CanaryRecord) -> Option<CanaryRecord> {
    let AlarmCause::Drift { fetcher, field: Some(field) } = &alarm.cause else { return None };
    if canary.fetcher.as_ref() != Some(fetcher) || canary.fields.contains(field) {
        return None;
    }
    canary.fields.push(*field);
    canary.lost.push(*field);
    // In the order in which a look tells them.
    canary.lost.sort_by_key(|lost| Field::OF_PROFILE.iter().position(|field| field == lost));
    canary.lost_since = Some(canary.lost_since.map_or(alarm.since, |since| since.min(alarm.since)));
    Some(canary)
}

/// What becomes of a person's word while the breach lasts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It holds as it is.
    Holds,
    /// It holds, and is about these grounds from now on.
    Becomes(Acceptance),
    /// Something else has lost the field since.
    Ends,
}

/// A word that was given just now covers all grounds that there are; an older one those that have lasted since.
pub(crate) fn reach(acceptance: &Acceptance, breach: &Breach) -> Reach {
    match &acceptance.grounds {
        Some(known) if breach.grounds.iter().any(|ground| is_news(ground, known)) => Reach::Ends,
        Some(known) if known.iter().all(|ground| breach.grounds.contains(ground)) => Reach::Holds,
        _ => Reach::Becomes(Acceptance { grounds: Some(breach.grounds.clone()), ..*acceptance }),
    }
}

/// A selector that misses ever more pages is none: it goes with the profiles that have lost the field.
fn is_news(ground: &String, known: &[String]) -> bool {
    !known.contains(ground) && !ground.starts_with("selector ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn a_word_covers_what_was_noticed_and_nothing_else() {
        let word = |grounds: Option<&[&str]>| Acceptance {
            grounds: grounds.map(|all| all.iter().map(ToString::to_string).collect()),
            ..Acceptance::new(Timestamp::from_millis(7))
        };
        let breach = |grounds: &[&str]| Breach {
            fetcher: "scrape".into(),
            field: Some(Field::Bio),
            why: String::new(),
            grounds: grounds.iter().map(ToString::to_string).collect(),
        };
        let (users, both) = (&["profiles/user"][..], &["profiles/user", "canary telegram"][..]);
        let becomes = |grounds| Reach::Becomes(word(Some(grounds)));
        for (given, now, expected) in [
            (None, both, becomes(both)),
            (Some(both), both, Reach::Holds),
            (Some(both), users, becomes(users)),
            (Some(users), both, Reach::Ends),
            (Some(users), &["profiles/user", "selector badge"], Reach::Holds),
        ] {
            assert_eq!(reach(&word(given), &breach(now)), expected, "{given:?} {now:?}");
        }
    }
}
