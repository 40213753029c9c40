//! Drift: a source that does not show what it used to show. Pure: rules over canaries and hit rates, no I/O.
//!
//! A circuit breaker opens for one field of one backend, or for a whole backend, and closes by itself:
//!
//! | opens | closes |
//! |---|---|
//! | field: a canary has lost it, and no page has shown it since | the canary shows it again, or any page does; or the canary is believed to have changed |
//! | field: a selector that hits normally has not hit for so many pages that chance would do that once in a million times | it hits again; after a day, when it were only one or two profiles that lost the field |
//! | field: three followed profiles of one kind have lost it (ten when a canary of another kind shows it, or when it is a warning or most of that kind never had it), and nobody of that kind has shown it since, canaries included | somebody of that kind shows it again; who had lost it before that is counted no more until everybody who has shown it since loses it as well |
//! | backend: all its canaries were read well before, and now have no profile page or an unknown one | one of them is read well; after a day, from when on nothing suspicious is believed without a canary |
//!
//! While it is open, the field counts as not seen where it looks empty, or nothing that the backend tells anew is
//! written: what was known stays, what waits goes on waiting, and the change is found when the breaker closes, if it is
//! still there.
//!
//! **A canary is believed to have changed** when it has lacked a field for a day, and the field can still be read: another
//! page has shown it since, one of its own kind where such are followed. Or when nobody else has it: twenty pages in a row
//! were without it, and none of them is of a profile that had it. A redesign is neither, however long it lasts: the profiles
//! that had the field lose it as well, and no page shows it. So time alone never makes anything believed that concerns many.
//!
//! The other side of this: a field that three profiles or more really drop at once, while nobody of their kind has it any
//! more, stays as it was until somebody shows it again.
//!
//! **A person may know better** and close a breaker ([`settle_drift`](crate::settle_drift)): the field, or the backend, is
//! judged as ever then, its canaries count as changed themselves, and what looks empty waits for its repeats as usual. That
//! holds for the grounds that there were, and as long as they last: a further canary or kind of profile that loses
//! the field opens the breaker again, and so does the person who takes the word back. A canary that counts as changed by
//! that word remains its ground, as long as it lacks the field and nothing else shows it: so that what comes later from the
//! same cause, like a selector that counts as dead, opens nothing, and the word can be taken back.
//!
//! What this leans on is kept in the store, by [`SelectorRate`]: a restart forgets none of it.

mod accepted;
mod rate;

use std::time::Duration;

use crate::alarm::Alarm;
use crate::canary::CanaryRecord;
use crate::store::{CheckRecord, Held, HeldStep};
use crate::{Field, Observed, Outcome, Profile, Timestamp, links};

pub(crate) use accepted::{Reach, canaries_of, doubted_again, reach};
use rate::FEWEST_PAGES;
pub use rate::{SelectorRate, add_up, profiles_of};

/// After so long a canary or a few profiles may be believed to have changed, see above.
const BELIEVE_AFTER: Duration = Duration::from_secs(24 * 3600);
/// So many profiles do not lose the same field by chance while nobody shows it.
pub(crate) const MANY: u64 = 3;
/// So many of one kind do not even when a canary of another kind shows it, or when few have it; warnings are taken back one by one and never shown by most.
const MANY_BESIDE: u64 = 10;

/// A breaker that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The backend.
    pub fetcher: String,
    /// The field; `None` for the whole backend.
    pub field: Option<Field>,
    /// What was noticed.
    pub why: String,
    /// Everything that opens it: `canary NAME`, `selector NAME`, or the name of [`profiles_of`] a kind.
    pub grounds: Vec<String>,
}

/// The breakers that are open, one for each backend and field, and those that a person has closed and whose cause lasts.
pub(crate) fn lasting(
    alarms: &[Alarm],
    canaries: &[CanaryRecord],
    selectors: &[SelectorRate],
    now: Timestamp,
) -> Vec<Breach> {
    let mut found = breaches(canaries, selectors, now);
    found.extend(alarms.iter().filter_map(|alarm| accepted::lasts(alarm, canaries, selectors)));
    merged(found)
}

/// The breakers that are open, one for each backend and field.
pub fn breaches(canaries: &[CanaryRecord], selectors: &[SelectorRate], now: Timestamp) -> Vec<Breach> {
    let mut found = broken_backends(canaries, now);
    for canary in canaries.iter().filter(|canary| canary.outcome == Outcome::Profile) {
        let Some(fetcher) = &canary.fetcher else { continue };
        for field in canary.lost.iter().filter(|field| is_lost(canary, **field, canaries, selectors)) {
            let why = "a canary has lost it".to_owned();
            let grounds = vec![accepted::ground_of(canary)];
            found.push(Breach { fetcher: fetcher.clone(), field: Some(*field), why, grounds });
        }
    }
    for dead in selectors.iter().filter(|selector| selector.is_dead(now)) {
        let Some(field) = dead.field else { continue };
        let why = format!("the selector {} has missed {} pages in a row", dead.selector, dead.missed);
        let grounds = vec![format!("selector {}", dead.selector)];
        found.push(Breach { fetcher: dead.fetcher.clone(), field: Some(field), why, grounds });
    }
    found.extend(selectors.iter().filter_map(|rate| lost_by_many(rate, canaries)));
    merged(found)
}

/// One for each backend and field.
fn merged(mut found: Vec<Breach>) -> Vec<Breach> {
    found.sort_by(|a, b| (&a.fetcher, a.field).cmp(&(&b.fetcher, b.field)));
    found.dedup_by(|next, first| {
        let same = (&next.fetcher, next.field) == (&first.fetcher, first.field);
        if same {
            next.grounds.retain(|ground| !first.grounds.contains(ground));
            first.grounds.append(&mut next.grounds);
        }
        same
    });
    found
}

/// Profiles of one kind have lost a field, and nobody of that kind shows it.
fn lost_by_many(rate: &SelectorRate, canaries: &[CanaryRecord]) -> Option<Breach> {
    let field = rate.field.filter(|_| rate.lost >= MANY)?;
    let mut show = canaries.iter().filter(|canary| shows(canary, &rate.fetcher, field)).peekable();
    let of_few = matches!(field, Field::Scam | Field::Fake) || rate.is_of_few();
    let least = if show.peek().is_some() || of_few { MANY_BESIDE } else { MANY };
    let of_kind = |canary: &CanaryRecord| canary.kind.is_none() || profiles_of(canary.kind) == rate.selector;
    if rate.lost < least || show.any(of_kind) {
        return None;
    }
    let why = format!("{} {} have lost it, and none shows it", rate.lost, rate.selector);
    let grounds = vec![rate.selector.to_string()];
    Some(Breach { fetcher: rate.fetcher.clone(), field: Some(field), why, grounds })
}

/// Whether a canary shows a field through a backend.
fn shows(canary: &CanaryRecord, fetcher: &str, field: Field) -> bool {
    canary.fetcher.as_deref() == Some(fetcher)
        && canary.outcome == Outcome::Profile
        && canary.fields.contains(&field)
        && !canary.lost.contains(&field)
}

/// The canaries that have lost a field and are believed to have changed themselves, as they are to be kept: after a day, or
/// because a person has closed the breaker.
pub fn changed_canaries(
    canaries: &[CanaryRecord],
    selectors: &[SelectorRate],
    alarms: &[Alarm],
    now: Timestamp,
) -> Vec<CanaryRecord> {
    let mut believed = Vec::new();
    for canary in canaries.iter().filter(|canary| canary.outcome == Outcome::Profile) {
        let long = canary.lost_since.is_some_and(|since| now.since(since) >= BELIEVE_AFTER);
        let own = |field: &Field| {
            let by_itself =
                !is_lost(canary, *field, canaries, selectors) || nobody_has(canary, *field, selectors);
            (long && by_itself) || accepted::is_accepted(canary, *field, alarms)
        };
        let (fields, lost): (Vec<Field>, Vec<Field>) = canary.lost.iter().partition(|field| own(field));
        if !fields.is_empty() {
            believed.push(canary.clone().without(&fields, lost));
        }
    }
    believed
}

/// What profiles of the canary's kind show of a field through its backend, where followed ones were read without it.
fn of_its_kind<'a>(
    canary: &CanaryRecord,
    field: Field,
    selectors: &'a [SelectorRate],
) -> Option<&'a SelectorRate> {
    let name = profiles_of(canary.kind);
    let is = |rate: &&SelectorRate| rate.selector == name && is_of(rate, canary, field);
    selectors.iter().find(is).filter(|rate| rate.pages > rate.hits)
}

fn is_of(rate: &SelectorRate, canary: &CanaryRecord, field: Field) -> bool {
    rate.field == Some(field) && canary.fetcher.as_ref() == Some(&rate.fetcher)
}

/// Many pages were without the field, and no profile that was read had it to lose.
fn nobody_has(canary: &CanaryRecord, field: Field, selectors: &[SelectorRate]) -> bool {
    let of_profiles = |rate: &&SelectorRate| rate.is_of_profiles() && is_of(rate, canary, field);
    let missed: u64 = selectors.iter().filter(of_profiles).map(|rate| rate.missed).sum();
    missed >= FEWEST_PAGES && selectors.iter().filter(of_profiles).all(|rate| rate.lost == 0)
}

/// Nothing else has shown the field since the canary lost it.
fn is_lost(canary: &CanaryRecord, field: Field, all: &[CanaryRecord], selectors: &[SelectorRate]) -> bool {
    let since = canary.lost_since.unwrap_or(canary.checked_at);
    !is_shown_beside((canary, field), since, all, selectors)
}

/// Whether anything but the canary has shown the field since then.
fn is_shown_beside(
    (canary, field): (&CanaryRecord, Field),
    since: Timestamp,
    all: &[CanaryRecord],
    selectors: &[SelectorRate],
) -> bool {
    let shown = |other: &CanaryRecord| {
        let same_kind = other.kind.is_none() || canary.kind.is_none() || other.kind == canary.kind;
        same_kind && canary.fetcher.as_deref().is_some_and(|by| shows(other, by, field))
    };
    let hit = |rate: &SelectorRate| rate.last_hit_at.is_some_and(|hit| hit > since);
    let shown_by_others = match of_its_kind(canary, field, selectors) {
        Some(rate) => hit(rate),
        None => selectors.iter().filter(|rate| is_of(rate, canary, field)).any(hit),
    };
    all.iter().any(shown) || shown_by_others
}

fn broken_backends(canaries: &[CanaryRecord], now: Timestamp) -> Vec<Breach> {
    let fails = |canary: &&CanaryRecord| {
        let outcome =
            matches!(canary.outcome, Outcome::NotFound | Outcome::InvalidName | Outcome::Unrecognised);
        outcome && canary.good_at.is_some_and(|good| now.since(good) < BELIEVE_AFTER)
    };
    let broken = canaries.iter().filter(fails).filter_map(|canary| {
        let fetcher = canary.fetcher.clone()?;
        let all = canaries.iter().filter(|other| other.fetcher == canary.fetcher).all(|other| fails(&other));
        let why = format!("canaries are not read any more: {}", canary.outcome);
        let grounds = vec![accepted::ground_of(canary)];
        all.then_some(Breach { fetcher, field: None, why, grounds })
    });
    broken.collect()
}

/// The fields that go with a broken one.
pub(crate) fn with_dependants(field: Field) -> &'static [Field] {
    match field {
        Field::Bio => &[Field::Bio, Field::Links],
        Field::HasPhoto | Field::Photo => &[Field::HasPhoto, Field::Photo],
        Field::Kind => &[Field::Kind],
        Field::DisplayName => &[Field::DisplayName],
        Field::Links => &[Field::Links],
        Field::Verified => &[Field::Verified],
        Field::Scam => &[Field::Scam],
        Field::Fake => &[Field::Fake],
        Field::Premium => &[Field::Premium],
        Field::Usernames => &[Field::Usernames],
        Field::EmojiStatus => &[Field::EmojiStatus],
        Field::Birthday => &[Field::Birthday],
        Field::PersonalChannel => &[Field::PersonalChannel],
        Field::LinkedChat => &[Field::LinkedChat],
        Field::BusinessIntro => &[Field::BusinessIntro],
        _ => &[],
    }
}

/// Of the broken fields those that look empty, with what goes with them. One that is shown is seen, and so are no links of
/// a text that has none.
pub(crate) fn unseen(profile: &Profile, broken: &[Field]) -> Vec<Field> {
    let empty = |field: &Field| profile.shows(*field) == Some(false);
    let lost = broken
        .iter()
        .filter(|field| empty(field) && !(**field == Field::Links && lacks_links_by_its_text(profile)));
    lost.flat_map(|field| with_dependants(*field)).copied().filter(empty).collect()
}

/// Whether the bio that is shown, or that there is none, says that there are no links.
pub(crate) fn lacks_links_by_its_text(profile: &Profile) -> bool {
    match &profile.bio {
        Observed::Present(bio) => !links::any(bio),
        bio => *bio == Observed::Absent,
    }
}

/// The profile without what it says of these fields.
pub(crate) fn masked(profile: &Profile, unseen: &[Field]) -> Profile {
    let (mut masked, hidden) = (profile.clone(), Profile::new(profile.username.clone()));
    unseen.iter().for_each(|field| masked.take(*field, &hidden));
    masked
}

/// What waits in a broken field goes on waiting: that it was not seen says nothing.
pub(crate) fn keep_waiting(check: &mut CheckRecord, held: &[Held], broken: &[Field]) {
    let of_broken = |row: &Held| {
        let field = row.changes.first().map(|change| change.field);
        let unseen = |field: &Field| broken.iter().any(|broken| with_dependants(*broken).contains(field));
        field.as_ref().is_some_and(unseen)
    };
    let stays = |step: &HeldStep| matches!(step, HeldStep::Drop(id) if held.iter().any(|row| row.id == *id && of_broken(row)));
    check.held.retain(|step| !stays(step));
}

/// Whether a look would write anything but bookkeeping.
pub(crate) fn tells_news(check: &CheckRecord) -> bool {
    !check.revisions.is_empty() || !check.held.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Username;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn selector(pages: u64, every: u64, missed: u64) -> SelectorRate {
        let mut rate = SelectorRate::new("scrape", "badge", Some(Field::Verified));
        (0..pages).for_each(|page| rate.count(page % every == 0, at(1)));
        (0..missed).for_each(|_| rate.count(false, at(2)));
        rate
    }

    #[test]
    fn a_selector_is_dead_when_chance_would_not_do_that() {
        for (pages, every, missed, dead) in [
            (100, 1, 19, false),
            (100, 1, 20, true),
            (10, 1, 1_000, false),
            (100, 2, 20, true),
            (100, 20, 100, false),
            (100, 20, 300, true),
        ] {
            let rate = selector(pages, every, missed);
            assert_eq!(rate.is_dead(at(3)), dead, "{pages} pages, every {every}, {missed} missed");
        }
        assert!(!selector(100, 1, 20).is_dead(at(2).after(BELIEVE_AFTER)), "the profiles have changed");
        let mut alive = selector(100, 1, 20);
        alive.count(true, at(3));
        assert!(!alive.is_dead(at(3)));
    }

    #[test]
    fn only_what_looks_empty_is_unseen_and_links_follow_their_text() {
        let profile = |bio: Observed<&str>, shown: Observed<&str>| {
            let mut profile = Profile::new(Username::parse("some_one").unwrap());
            profile.bio = bio.map(str::to_owned);
            profile.links = shown.map(links::derive);
            profile.verified = Observed::Present(false);
            profile
        };
        let (none, text, link) =
            (Observed::Absent, Observed::Present("hi"), Observed::Present("see @telegram"));
        for (bio, links, broken, expected) in [
            (none, none, Field::Bio, vec![Field::Bio, Field::Links]),
            (text, none, Field::Bio, vec![]),
            (none, none, Field::Links, vec![]),
            (text, none, Field::Links, vec![]),
            (link, none, Field::Links, vec![Field::Links]),
            (link, link, Field::Links, vec![]),
            (Observed::Hidden, none, Field::Links, vec![Field::Links]),
            (text, none, Field::Verified, vec![Field::Verified]),
        ] {
            let seen = profile(bio, links);
            assert_eq!(unseen(&seen, &[broken]), expected, "{bio:?} {links:?} {broken}");
            let masked = masked(&seen, &expected);
            assert!(expected.iter().all(|field| masked.value(*field).is_hidden()));
        }
    }

    fn canary(name: &str, outcome: Outcome, lost: &[Field]) -> CanaryRecord {
        let mut canary = CanaryRecord::new(Username::parse(name).unwrap(), at(100));
        canary.fetcher = Some("scrape".into());
        canary.fields = vec![Field::Bio, Field::Verified];
        (canary.outcome, canary.lost) = (outcome, lost.to_vec());
        (canary.good_at, canary.lost_since) = (Some(at(50)), Some(at(90)));
        canary
    }

    fn broken(canaries: &[CanaryRecord], selectors: &[SelectorRate]) -> Vec<Option<Field>> {
        breaches(canaries, selectors, at(110)).into_iter().map(|breach| breach.field).collect()
    }

    #[test]
    fn canaries_and_selectors_open_breakers() {
        let good = canary("telegram", Outcome::Profile, &[]);
        let lost = canary("telegram", Outcome::Profile, &[Field::Verified]);
        let gone = canary("telegram", Outcome::NotFound, &[]);
        let unread = CanaryRecord { good_at: None, ..gone.clone() };
        let down = canary("telegram", Outcome::Unreachable, &[]);
        assert!(broken(std::slice::from_ref(&good), &[]).is_empty());
        assert_eq!(broken(std::slice::from_ref(&lost), &[]), [Some(Field::Verified)]);
        assert_eq!(broken(std::slice::from_ref(&gone), &[]), [None]);
        assert!(broken(&[unread], &[]).is_empty(), "it was never read");
        assert!(broken(&[down], &[]).is_empty(), "that is no drift");
        let other = canary("durov", Outcome::Profile, &[]);
        assert!(broken(&[gone, other.clone()], &[]).is_empty());
        assert!(broken(&[lost.clone(), other], &[]).is_empty(), "it is the canary that changed");
        let mut seen = selector(100, 1, 0);
        seen.count(true, at(95));
        assert!(broken(std::slice::from_ref(&lost), &[seen]).is_empty(), "another page shows it");
        assert!(broken(&[lost, good], &[]).is_empty());
        assert_eq!(broken(&[], &[selector(100, 1, 30)]), [Some(Field::Verified)]);
    }
}
