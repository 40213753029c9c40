//! What a newer reading of kept pages does to history. Pure, and the same for every store.
//!
//! A page vouches for what its revision says has changed, and for what nobody could see before. Everything else of a
//! revision is carried on from the one before: what was held or rejected when the page was seen stays as it was judged.
//!
//! A page that was not judged when it came, and that the newer reader reads, has no revision of its own. It narrows the time in
//! which a change happened: one that shows what was before it moves the last sight of that, one that shows what came after
//! moves the first. Only a value that is there proves anything: an empty field is what a page looks like that has lost it.

#[cfg(feature = "sqlite")]
use crate::Observed;
use crate::history::changes_between;
use crate::store::Revision;
#[cfg(feature = "sqlite")]
use crate::store::{Held, ProfileRecord};
use crate::{Field, Presence, Profile, Timestamp};

/// What a newer reader makes of the page of a revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    /// What the page says.
    pub profile: Profile,
    /// The reader and its version.
    pub parser: String,
}

/// A revision with what it was before.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Correction {
    /// As it stands in the history.
    pub old: Revision,
    /// As it is to stand there.
    pub new: Revision,
}

impl Correction {
    /// The fields that differ, in the order of the documentation.
    pub fn fields(&self) -> Vec<Field> {
        let differs = |field: &Field| self.old.profile.value(*field) != self.new.profile.value(*field);
        Field::OF_PROFILE.into_iter().filter(differs).collect()
    }
}

/// Walks through the history of one profile, oldest first, and corrects one revision after the other.
#[derive(Debug, Default)]
pub struct Corrector {
    /// The revision before, as it stands and as it is to stand.
    before: Option<(Revision, Revision)>,
    /// Pages of the profile that were not judged, and when they were seen.
    strays: Vec<(Timestamp, Reread)>,
    unknown: usize,
}

impl Corrector {
    /// With what a newer reader makes of pages of the profile that were not judged when they came.
    pub fn with_strays(mut strays: Vec<(Timestamp, Reread)>) -> Self {
        strays.sort_by_key(|(at, _)| *at);
        Self { before: None, strays, unknown: 0 }
    }

    /// How many of these pages show something that the history has not, as far as it was walked through. Call it at the end.
    pub fn unknown(&self) -> usize {
        let Some((_, last)) = &self.before else { return self.unknown };
        let after = self.strays.iter().filter(|(at, _)| *at >= last.first_seen);
        self.unknown + after.filter(|(_, read)| contradicts(&read.profile, last)).count()
    }

    /// Takes the next revision, with what a newer reader makes of its page; `None` back means that it stays as it is.
    pub fn next(&mut self, old: &Revision, reread: Option<&Reread>, now: Timestamp) -> Option<Correction> {
        let mut new = self.corrected(old, reread, now);
        if self.narrow(&mut new) {
            new.corrected_at = Some(now);
        }
        self.unknown += self.unknown_before(&new);
        let correction = (new != *old).then(|| Correction { old: old.clone(), new: new.clone() });
        self.before = Some((old.clone(), new));
        correction
    }

    fn corrected(&self, old: &Revision, reread: Option<&Reread>, now: Timestamp) -> Revision {
        let mut new = old.clone();
        for field in Field::OF_ANSWER {
            self.field(field, old, reread.map(|reread| &reread.profile), &mut new.profile);
        }
        let moved = self.before.as_ref().is_some_and(|(was, is)| was.profile != is.profile);
        if new.profile == old.profile && !moved {
            return new;
        }
        let changed = match &self.before {
            None => new.profile.known_fields(),
            Some((_, before)) => changes_between(before, &new).iter().map(|change| change.field).collect(),
        };
        if new.profile == old.profile && changed == old.changed {
            return new;
        }
        new.changed = changed;
        new.corrected_at = Some(now);
        if let Some(reread) = reread {
            new.parser.clone_from(&reread.parser);
        }
        new
    }

    /// Pages from the time of the revision before that show neither that one nor, as far as it may have been, this one.
    fn unknown_before(&self, new: &Revision) -> usize {
        let Some((_, before)) = &self.before else { return 0 };
        let unknown = |(at, read): &&(Timestamp, Reread)| {
            let perhaps_new = new.last_seen_before.is_none_or(|last| *at > last);
            (before.first_seen..new.first_seen).contains(at)
                && contradicts(&read.profile, before)
                && (!perhaps_new || contradicts(&read.profile, new))
        };
        self.strays.iter().filter(unknown).count()
    }

    /// Narrows the time in which the revision's change happened; true when it has become less.
    fn narrow(&self, new: &mut Revision) -> bool {
        let Some((_, before)) = &self.before else { return false };
        let (Some(mut last), mut first) = (new.last_seen_before, new.first_seen) else { return false };
        let judged = |field: &&Field| Field::OF_ANSWER.contains(field);
        let changed: Vec<Field> = new.changed.iter().filter(judged).copied().collect();
        if changed.len() != new.changed.len() || changed.is_empty() {
            return false;
        }
        // What is there proves itself; of what is empty, nothing is said.
        let shows = |read: &Profile, state: &Profile| {
            let there = |field: &Field| state.shows(*field) == Some(true);
            changed.iter().any(there)
                && changed.iter().all(|field| there(field) && read.value(*field) == state.value(*field))
        };
        let open = (last, new.first_seen);
        for (at, read) in self.strays.iter().filter(|(at, _)| open.0 < *at && *at < open.1) {
            if shows(&read.profile, &before.profile) {
                last = last.max(*at);
            } else if shows(&read.profile, &new.profile) {
                first = first.min(*at);
            }
        }
        let moved = last < first && (Some(last), first) != (new.last_seen_before, new.first_seen);
        if moved {
            (new.last_seen_before, new.first_seen) = (Some(last), first);
        }
        moved
    }

    fn field(&self, field: Field, old: &Revision, read: Option<&Profile>, new: &mut Profile) {
        let vouched = self.before.is_none() || old.changed.contains(&field);
        let hidden = old.profile.value(field).is_hidden();
        if let Some(read) = read.filter(|read| read.value(field).is_known() && (vouched || hidden)) {
            take(field, read, new);
        } else if let Some((was, is)) = &self.before
            && !vouched
            && was.profile.value(field) != is.profile.value(field)
            && (hidden || old.profile.value(field) == was.profile.value(field))
        {
            take(field, &is.profile, new);
        }
    }
}

/// Whether a page shows something else than a revision. What it does not show says nothing.
fn contradicts(read: &Profile, revision: &Revision) -> bool {
    let state = &revision.profile;
    let other = |field: Field| {
        read.shows(field) == Some(true)
            && state.value(field).is_known()
            && read.value(field) != state.value(field)
    };
    revision.presence == Presence::Present && Field::OF_ANSWER.into_iter().any(other)
}

fn take(field: Field, from: &Profile, to: &mut Profile) {
    // Which photo it is stays known when both say that there is one.
    if field == Field::HasPhoto {
        if from.value(field) != to.value(field) {
            to.photo.clone_from(&from.photo);
        }
    } else {
        to.take(field, from);
    }
}

/// The present state after its revision was corrected: what was only carried on from it goes along.
#[cfg(feature = "sqlite")]
pub(crate) fn record_after(record: &ProfileRecord, correction: &Correction) -> ProfileRecord {
    let mut next = record.clone();
    let (old, new) = (&correction.old.profile, &correction.new.profile);
    if let Some(state) = &mut next.state {
        for field in Field::OF_ANSWER {
            let follows = state.value(field) == old.value(field) || state.value(field).is_hidden();
            if follows && old.value(field) != new.value(field) {
                take(field, new, state);
            }
        }
    }
    next
}

/// A waiting change after the state was corrected; `None` when it says nothing any more.
#[cfg(feature = "sqlite")]
pub(crate) fn held_after(held: &Held, record: &ProfileRecord) -> Option<Held> {
    let state = record.state.as_ref()?;
    let mut next = held.clone();
    for change in next.changes.iter_mut().filter(|change| Field::OF_ANSWER.contains(&change.field)) {
        if let Observed::Present(_) | Observed::Absent = state.value(change.field) {
            change.before = state.value(change.field).present().cloned();
        }
    }
    next.changes.retain(|change| change.before != change.after);
    (!next.changes.is_empty()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, Observed, Username};

    fn revision(number: u64, changed: &[Field], bio: Observed<&str>, title: &str) -> Revision {
        let at = Timestamp::from_millis(i64::try_from(number).unwrap() * 10);
        Revision {
            number,
            changed: changed.to_vec(),
            profile: profile(bio, title),
            presence: Presence::Present,
            counts: Counts::default(),
            last_seen_before: None,
            first_seen: at,
            confirmed_at: at,
            fetcher: "test".into(),
            parser: "test/1".into(),
            evidence_sha256: None,
            corrected_at: None,
        }
    }

    fn profile(bio: Observed<&str>, title: &str) -> Profile {
        let mut profile = Profile::new(Username::parse("someone").unwrap());
        profile.bio = bio.map(str::to_owned);
        profile.display_name = Observed::Present(title.to_owned());
        profile
    }

    fn read(bio: Observed<&str>, title: &str) -> Reread {
        Reread { profile: profile(bio, title), parser: "test/2".into() }
    }

    /// What becomes of a history when its pages are read again.
    fn corrected(steps: &[(Revision, Option<Reread>)]) -> Vec<Option<Revision>> {
        let mut corrector = Corrector::default();
        let now = Timestamp::from_millis(1_000);
        steps.iter().map(|(old, read)| Some(corrector.next(old, read.as_ref(), now)?.new)).collect()
    }

    #[test]
    fn a_wrong_text_is_corrected_and_carried_on_to_the_next_real_change() {
        use Observed::Present;
        let steps = [
            (revision(1, &[Field::Bio], Present("a &amp; b"), "T"), Some(read(Present("a & b"), "T"))),
            (revision(2, &[Field::DisplayName], Present("a &amp; b"), "U"), None),
            (revision(3, &[Field::Bio], Present("c"), "U"), Some(read(Present("c"), "U"))),
        ];
        let new = corrected(&steps);
        let (first, second) = (new[0].as_ref().unwrap(), new[1].as_ref().unwrap());
        assert_eq!(
            (&first.profile.bio, &second.profile.bio),
            (&Present("a & b".into()), &Present("a & b".into()))
        );
        assert_eq!((first.parser.as_str(), second.parser.as_str()), ("test/2", "test/1"));
        assert_eq!(second.changed, [Field::DisplayName]);
        assert_eq!(new[2], None);
    }

    #[test]
    fn a_change_that_never_was_stays_as_a_revision_that_says_nothing() {
        use Observed::{Absent, Present};
        let steps = [
            (revision(1, &[Field::Bio], Present("a"), "T"), Some(read(Present("a"), "T"))),
            (revision(2, &[Field::Bio], Absent, "T"), Some(read(Present("a"), "T"))),
        ];
        let new = corrected(&steps);
        assert_eq!(new[0], None);
        assert_eq!(new[1].as_ref().unwrap().changed, []);
    }

    #[test]
    fn what_was_held_when_the_page_was_seen_is_not_believed_by_reading_again() {
        use Observed::{Absent, Present};
        let steps = [
            (revision(1, &[Field::Bio], Present("a"), "T"), Some(read(Present("a"), "T"))),
            (revision(2, &[Field::DisplayName], Present("a"), "U"), Some(read(Absent, "U"))),
        ];
        assert_eq!(corrected(&steps), [None, None]);
    }

    #[test]
    fn what_nobody_could_see_before_is_filled_in() {
        use Observed::{Hidden, Present};
        let steps = [
            (revision(1, &[Field::DisplayName], Hidden, "T"), Some(read(Present("a"), "T"))),
            (revision(2, &[Field::DisplayName], Hidden, "U"), Some(read(Present("b"), "U"))),
        ];
        let new = corrected(&steps);
        assert_eq!(new[1].as_ref().unwrap().changed, [Field::DisplayName, Field::Bio]);
    }

    /// A second revision that was seen at 90, after the first at 10, with pages at other times.
    fn narrowed(
        before: Observed<&str>,
        after: Observed<&str>,
        strays: &[(i64, Observed<&str>)],
    ) -> (i64, i64, usize) {
        let at = Timestamp::from_millis;
        let stray = |(time, bio): &(i64, Observed<&str>)| (at(*time), read(*bio, "T"));
        let mut corrector = Corrector::with_strays(strays.iter().map(stray).collect());
        corrector.next(&revision(1, &[Field::Bio], before, "T"), None, at(1_000));
        let mut second = revision(2, &[Field::Bio], after, "T");
        (second.last_seen_before, second.first_seen, second.confirmed_at) = (Some(at(20)), at(90), at(95));
        let corrected = corrector.next(&second, None, at(1_000));
        let new = corrected.as_ref().map_or(&second, |correction| &correction.new);
        assert_eq!(new.corrected_at.is_some(), corrected.is_some());
        let (last, first) = (new.last_seen_before.unwrap().as_millis(), new.first_seen.as_millis());
        (last, first, corrector.unknown())
    }

    #[test]
    fn pages_that_were_not_judged_narrow_the_time_of_a_change() {
        use Observed::{Absent, Hidden, Present};
        let (a, b, c) = (Present("a"), Present("b"), Present("c"));
        assert_eq!(narrowed(a, b, &[(70, b), (30, a), (40, a), (60, b)]), (40, 60, 0));
        assert_eq!(narrowed(a, b, &[(50, c), (60, Hidden), (60, Absent)]), (20, 90, 1), "they prove nothing");
        assert_eq!(narrowed(a, Absent, &[(30, a), (50, Absent)]), (30, 90, 0), "nor does what is empty");
        assert_eq!(narrowed(a, b, &[(40, b), (60, a)]), (20, 90, 0), "it went to and fro");
        assert_eq!(narrowed(a, b, &[(15, c), (15, a), (96, b), (97, c), (98, Absent)]), (20, 90, 2));
    }
}
