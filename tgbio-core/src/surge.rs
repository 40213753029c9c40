//! Surges: the same kind of change on many profiles in a short time. Pure: counting and the rule, no clock.
//!
//! People change their profiles one by one; when many change in the same way at once, the source is more likely to have
//! changed. So a surge is held as one alarm.
//!
//! - **It begins** with the profile that makes the change of one kind ([`SurgeKind`]) one of at least
//!   [`Rules::surge_profiles`] profiles and of at least [`Rules::surge_percent`] per cent of those that were looked at, both
//!   within [`Rules::surge_window`]. That change and all later ones of its kind wait, also those that are believed at first
//!   sight otherwise; repeats are counted for nothing.
//! - **It is over** when the rate has been below for a whole window, the canaries are good and the field has not drifted
//!   ([`crate::drift`]). What waits is then confirmed
//!   by further repeats as usual, with the times at which it was first seen. A person can decide about all of it at once.
//!
//! A profile that was never seen counts neither among those that are gone nor among those looked at: a list of names that
//! nobody has is no surge. What it tells waits in one all the same.
//!
//! What was believed before the surge was known stays. How many were looked at is counted by each process in windows that
//! follow each other: the larger of the last two counts.

mod looked;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::time::Duration;

use looked::Looked;

use crate::store::{CheckRecord, Held, HeldStep, HoldReason, NewRevision};
use crate::{Change, Field, FieldValue, Presence, ProfileId, Rules, Timestamp};

/// A kind of change: which field, and which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SurgeKind {
    /// Which way: it would be held for this reason; [`HoldReason::Surge`] stands for a new value.
    pub way: HoldReason,
    /// The deciding field.
    pub field: Field,
}

impl SurgeKind {
    /// The kind of a change that is believed at first sight otherwise; `None` where a surge of it means nothing.
    pub fn of_change(change: &Change) -> Option<Self> {
        let counts = !matches!(change.field, Field::Presence | Field::UsernameOwner | Field::TelegramId);
        counts.then_some(Self { way: HoldReason::Surge, field: change.field })
    }

    /// The stable code, like `emptied:bio` or `changed:display_name`.
    pub fn code(&self) -> String {
        let way = if self.way == HoldReason::Surge { "changed" } else { self.way.as_str() };
        format!("{way}:{}", self.field)
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        let (way, field) = code.split_once(':')?;
        let way = if way == "changed" { Some(HoldReason::Surge) } else { HoldReason::from_name(way) }?;
        Some(Self { way, field: Field::from_name(field)? })
    }

    /// Whether a waiting change is of this kind.
    pub fn covers(&self, held: &Held) -> bool {
        kind_of(held.reason, &held.changes) == Some(*self)
    }
}

/// The kind of changes that wait for a reason.
pub(crate) fn kind_of(way: HoldReason, changes: &[Change]) -> Option<SurgeKind> {
    changes.first().map(|change| SurgeKind { way, field: change.field })
}

/// The kind that waiting changes count for: what was never seen is not gone.
pub(crate) fn counted_kind(held: &Held) -> Option<SurgeKind> {
    let unknown = |change: &Change| {
        change.field == Field::Presence
            && change.before.as_ref().and_then(FieldValue::as_text) == Some(Presence::Unknown.as_str())
    };
    kind_of(held.reason, &held.changes).filter(|_| !held.changes.first().is_some_and(unknown))
}

/// The kinds of what a look has seen for the first time, as far as they count.
pub fn kinds_of(check: &CheckRecord) -> Vec<SurgeKind> {
    let new = check.held.iter().filter_map(|step| match step {
        HeldStep::New(held) => counted_kind(held),
        _ => None,
    });
    let mut kinds: Vec<SurgeKind> = new.chain(check.revisions.iter().flat_map(believed)).collect();
    kinds.dedup();
    kinds
}

/// What a revision believes at first sight.
fn believed(revision: &NewRevision) -> impl Iterator<Item = SurgeKind> + '_ {
    let with_bio = revision.changes.iter().any(|change| change.field == Field::Bio);
    let follows = move |change: &&Change| !(with_bio && change.field == Field::Links);
    let at_once = revision.first_seen == revision.confirmed_at;
    let changes = revision.changes.iter().filter(move |change| at_once && follows(change));
    changes.filter_map(SurgeKind::of_change)
}

/// How many profiles have changed and how many were looked at, within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Profiles with a change of one kind.
    pub changed: u64,
    /// Profiles that were looked at.
    pub looked: u64,
}

impl Rate {
    /// Whether that is a surge.
    pub fn is_surge(&self, rules: &Rules) -> bool {
        let (least, percent) = (u64::from(rules.surge_profiles), u64::from(rules.surge_percent));
        least > 0 && self.changed >= least && self.changed * 100 >= self.looked * percent
    }
}

/// Counts of the window that ends now.
#[derive(Debug, Default)]
pub struct Counts {
    changed: HashMap<SurgeKind, Recent>,
    window: i64,
    looked: Looked,
    looked_before: Looked,
}

/// More profiles than this are surely a surge, and are not told apart any more.
const MOST: usize = 100_000;

/// Looks are judged in another order than they were answered: what lies so little ahead was seen by one that came first.
const OVERTAKES: Duration = Duration::from_secs(60);

/// The profiles with a change of one kind, and when it was first seen, also in the order of these times.
#[derive(Debug, Default)]
struct Recent {
    since: HashMap<ProfileId, Timestamp>,
    in_order: BTreeSet<(Timestamp, ProfileId)>,
}

impl Recent {
    /// Forgets what is not within the window that ends at `now`. What lies far ahead was seen before the clock was set
    /// back: nobody knows how long ago.
    fn keep_window(&mut self, now: Timestamp, window: Duration) {
        while let Some(oldest) = self.in_order.first().filter(|(at, _)| now.since(*at) >= window) {
            self.since.remove(&oldest.1);
            self.in_order.pop_first();
        }
        while let Some(latest) = self.in_order.last().filter(|(at, _)| at.since(now) > OVERTAKES) {
            self.since.remove(&latest.1);
            self.in_order.pop_last();
        }
    }

    fn add(&mut self, profile: ProfileId, at: Timestamp) {
        if self.since.len() >= MOST {
            return;
        }
        if let Entry::Vacant(free) = self.since.entry(profile) {
            free.insert(at);
            self.in_order.insert((at, profile));
        }
    }
}

impl Counts {
    /// A profile was looked at.
    pub fn looked(&mut self, profile: ProfileId, now: Timestamp, rules: &Rules) {
        let length = i64::try_from(rules.surge_window.as_millis()).unwrap_or(i64::MAX).max(1);
        let window = now.as_millis().div_euclid(length);
        if window == self.window - 1 {
            // Looks end in another order than they began.
            return self.looked_before.add(profile);
        }
        if window != self.window {
            let last = mem::take(&mut self.looked);
            self.looked_before = if window == self.window + 1 { last } else { Looked::default() };
            self.window = window;
        }
        self.looked.add(profile);
    }

    /// A profile has changed, first seen at `at`. A change that it made before counts until it leaves the window.
    pub fn changed(&mut self, kind: SurgeKind, profile: ProfileId, at: Timestamp) {
        self.changed.entry(kind).or_default().add(profile, at);
    }

    /// The rate of one kind.
    pub fn rate(&mut self, kind: SurgeKind, now: Timestamp, rules: &Rules) -> Rate {
        let Some(recent) = self.changed.get_mut(&kind) else { return Rate::default() };
        recent.keep_window(now, rules.surge_window);
        let changed = recent.since.len() as u64;
        Rate { changed, looked: self.looked.count().max(self.looked_before.count()).max(changed) }
    }

    /// A person has decided about this kind: it begins anew.
    pub fn forget(&mut self, kind: SurgeKind) {
        self.changed.remove(&kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIO: SurgeKind = SurgeKind { way: HoldReason::Emptied, field: Field::Bio };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    fn rules() -> Rules {
        Rules {
            surge_window: Duration::from_secs(100),
            surge_profiles: 3,
            surge_percent: 50,
            ..Rules::default()
        }
    }

    #[test]
    fn many_profiles_and_a_large_share_are_a_surge() {
        for (changed, looked, surge) in [(2, 2, false), (3, 6, true), (3, 7, false), (50, 100, true)] {
            assert_eq!(Rate { changed, looked }.is_surge(&rules()), surge, "{changed} of {looked}");
        }
        let none = Rules { surge_profiles: 0, ..rules() };
        assert!(!Rate { changed: 99, looked: 99 }.is_surge(&none));
    }

    #[test]
    fn a_profile_counts_once_and_only_within_the_window() {
        let (mut counts, one) = (Counts::default(), ProfileId::new());
        counts.changed(BIO, one, at(0));
        counts.changed(BIO, one, at(50));
        counts.changed(BIO, ProfileId::new(), at(50));
        assert_eq!(counts.rate(BIO, at(60), &rules()).changed, 2);
        assert_eq!(counts.rate(BIO, at(120), &rules()).changed, 1);
        counts.forget(BIO);
        assert_eq!(counts.rate(BIO, at(60), &rules()), Rate::default());
    }

    #[test]
    fn what_was_seen_before_the_clock_was_set_back_is_forgotten() {
        let mut counts = Counts::default();
        counts.changed(BIO, ProfileId::new(), at(90));
        counts.changed(BIO, ProfileId::new(), at(10));
        assert_eq!(counts.rate(BIO, at(20), &rules()).changed, 1, "only the one that lies behind");
        assert_eq!(counts.rate(BIO, at(100), &rules()).changed, 1);
        assert_eq!(counts.rate(BIO, at(110), &rules()).changed, 0);
    }

    #[test]
    fn looks_that_overtake_each_other_are_all_counted() {
        let mut counts = Counts::default();
        for (seen, changed) in [(53, 1), (50, 2), (52, 3), (51, 4)] {
            counts.changed(BIO, ProfileId::new(), at(seen));
            assert_eq!(counts.rate(BIO, at(seen), &rules()).changed, changed);
        }
        assert_eq!(counts.rate(BIO, at(152), &rules()).changed, 1, "each leaves with its own window");
    }

    #[test]
    fn many_that_change_at_once_are_counted_in_no_time() {
        let mut counts = Counts::default();
        for number in 0..50_000 {
            counts.changed(BIO, ProfileId::new(), at(number / 1_000));
            assert_eq!(counts.rate(BIO, at(number / 1_000), &rules()).changed, number as u64 + 1);
        }
        assert_eq!(counts.rate(BIO, at(120), &rules()).changed, 29_000, "the first 21 seconds are over");
    }

    #[test]
    fn a_profile_is_looked_at_once_in_a_window() {
        let mut counts = Counts::default();
        let (one, two) = (ProfileId::new(), ProfileId::new());
        counts.changed(BIO, one, at(10));
        for (profile, now) in [(one, 1), (one, 11), (two, 20), (one, 20)] {
            counts.looked(profile, at(now), &rules());
        }
        assert_eq!(counts.rate(BIO, at(30), &rules()).looked, 2);
        counts.looked(one, at(101), &rules());
        assert_eq!(counts.rate(BIO, at(102), &rules()).looked, 2, "the window before counts too");
        counts.looked(one, at(399), &rules());
        assert_eq!(counts.rate(BIO, at(60), &rules()).looked, 1);
        counts.looked(two, at(299), &rules());
        counts.looked(one, at(298), &rules());
        assert_eq!(counts.rate(BIO, at(60), &rules()).looked, 2, "looks of the window before may come late");
        counts.looked(two, at(20), &rules());
        assert_eq!(
            counts.rate(BIO, at(60), &rules()).looked,
            1,
            "nor what was seen before the clock was set back"
        );
    }

    #[test]
    fn codes_are_read_back() {
        let changed = SurgeKind { way: HoldReason::Surge, field: Field::DisplayName };
        assert_eq!((BIO.code(), changed.code()), ("emptied:bio".into(), "changed:display_name".into()));
        for kind in [BIO, changed] {
            assert_eq!(SurgeKind::from_code(&kind.code()), Some(kind));
        }
        assert_eq!(SurgeKind::from_code("emptied"), None);
    }
}
