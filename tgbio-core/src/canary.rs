//! Canaries: names that surely exist. When they cannot be read well, nothing suspicious is believed.

use crate::{Field, Observation, Outcome, Profile, ProfileKind, Timestamp, Username, drift};

/// What is known of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CanaryRecord {
    /// Its name.
    pub username: Username,
    /// The backend that read it last.
    pub fetcher: Option<String>,
    /// What it was when it was read last.
    pub kind: Option<ProfileKind>,
    /// The fields that it has had when it was last read well; one that is missing now means that the source lost it.
    pub fields: Vec<Field>,
    /// How the last look ended.
    pub outcome: Outcome,
    /// The reason code of the last look.
    pub reason: Option<String>,
    /// Fields that were missing at the last look.
    pub lost: Vec<Field>,
    /// Last look.
    pub checked_at: Timestamp,
    /// Last look with nothing missing.
    pub good_at: Option<Timestamp>,
    /// Since when the same fields have been missing without a break.
    pub lost_since: Option<Timestamp>,
}

impl CanaryRecord {
    /// A canary that was never read.
    pub fn new(username: Username, at: Timestamp) -> Self {
        Self {
            username,
            fetcher: None,
            kind: None,
            fields: Vec::new(),
            outcome: Outcome::Unreachable,
            reason: None,
            lost: Vec::new(),
            checked_at: at,
            good_at: None,
            lost_since: None,
        }
    }

    /// What becomes the measure when the canary itself is believed not to have these fields any more.
    pub(crate) fn without(mut self, fields: &[Field], lost: Vec<Field>) -> Self {
        self.fields.retain(|field| !fields.contains(field));
        if lost.is_empty() {
            (self.lost_since, self.good_at) = (None, Some(self.checked_at));
        }
        self.lost = lost;
        self
    }

    /// Whether the last look was good in every way.
    pub fn is_good(&self) -> bool {
        self.outcome == Outcome::Profile && self.lost.is_empty()
    }
}

/// The canary's record after a good or failed look. Pure. That it has changed itself and the source is as it was cannot be
/// told from it alone: see [`drift::changed_canaries`].
pub fn after_look(
    record: &CanaryRecord,
    look: Result<&Observation, (Outcome, Option<String>)>,
    at: Timestamp,
) -> CanaryRecord {
    let mut next = CanaryRecord { checked_at: at, reason: None, ..record.clone() };
    match look {
        Ok(observation) => {
            next.outcome = Outcome::Profile;
            next.fetcher = Some(observation.fetcher.to_string());
            next.kind = observation.profile.kind.present().copied().or(record.kind);
            compare(&mut next, record, &observation.profile, at);
        }
        Err((outcome, reason)) => {
            next.outcome = outcome;
            next.reason = reason;
        }
    }
    next
}

/// A field that this backend cannot see is not lost: another one has shown it.
fn compare(next: &mut CanaryRecord, before: &CanaryRecord, profile: &Profile, at: Timestamp) {
    let mut shown = shown_fields(profile);
    let unseen = |field: &&Field| !shown.contains(field) && profile.value(**field).is_hidden();
    let unseen: Vec<Field> = before.fields.iter().filter(unseen).copied().collect();
    shown.extend(unseen);
    let mut lost: Vec<Field> = before.fields.iter().copied().filter(|field| !shown.contains(field)).collect();
    if !lost.contains(&Field::Bio) && drift::lacks_links_by_its_text(profile) {
        lost.retain(|field| *field != Field::Links);
    }
    let since = if lost == before.lost { before.lost_since.unwrap_or(at) } else { at };
    if lost.is_empty() {
        next.fields = shown;
        next.lost = Vec::new();
        next.lost_since = None;
        next.good_at = Some(at);
    } else {
        next.lost = lost;
        next.lost_since = Some(since);
    }
}

/// The fields that have something to show.
fn shown_fields(profile: &Profile) -> Vec<Field> {
    let shown = |field: &Field| *field != Field::Photo && profile.shows(*field) == Some(true);
    Field::OF_PROFILE.into_iter().filter(shown).collect()
}

/// What the canaries say about the source, now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CanaryReport {
    /// There are no canaries: repeats alone decide.
    pub unwatched: bool,
    /// At least one canary was recognised.
    pub recognised: bool,
    /// At least one canary was read well at some time.
    pub proven: bool,
    /// Fields that a canary has lost.
    pub lost: Vec<Field>,
    /// The backends that recognised one.
    pub fetchers: Vec<String>,
}

impl CanaryReport {
    /// The report without any canary.
    pub fn unwatched() -> Self {
        Self { unwatched: true, ..Self::default() }
    }

    /// The report of these canaries.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a CanaryRecord>) -> Self {
        let mut report = Self::default();
        for record in records {
            report.recognised |= record.outcome == Outcome::Profile;
            report.proven |= record.good_at.is_some();
            report.lost.extend(record.lost.iter().copied());
            let reader = record.fetcher.as_ref().filter(|_| record.outcome == Outcome::Profile);
            report.fetchers.extend(reader.cloned());
        }
        report
    }

    /// Whether nothing is wrong with the source, as far as the canaries can tell.
    pub fn is_good(&self) -> bool {
        self.unwatched || (self.recognised && self.lost.is_empty())
    }

    /// Whether one of these backends has recognised a canary: one does not vouch for another.
    pub fn watches(&self, fetchers: &[&str]) -> bool {
        self.unwatched || self.fetchers.iter().any(|known| fetchers.contains(&known.as_str()))
    }

    /// Whether the source may be believed when it says that a field is empty, or (for [`Field::Presence`]) that a
    /// profile is gone.
    pub fn vouches_for(&self, field: Field) -> bool {
        self.unwatched || (self.recognised && !self.lost.contains(&field))
    }

    /// Whether a field that looks empty, as it did before, may count as seen to be empty. Canaries that were never read
    /// well say nothing about that.
    pub fn vouches_for_empty(&self, field: Field) -> bool {
        !self.proven || self.vouches_for(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Observed;
    use std::time::Duration;

    fn look(bio: Observed<String>, at: Timestamp) -> Observation {
        let mut profile = Profile::new(Username::parse("telegram").unwrap());
        profile.bio = bio;
        Observation::new(profile, at, "test", "test/1")
    }

    #[test]
    fn a_field_that_the_canary_lost_is_vouched_for_by_nobody() {
        let start = Timestamp::from_millis(0);
        let fresh = CanaryRecord::new(Username::parse("telegram").unwrap(), start);
        let good = after_look(&fresh, Ok(&look(Observed::Present("hi".into()), start)), start);
        assert!(good.is_good());
        assert!(CanaryReport::of([&good]).vouches_for(Field::Bio));

        let later = start.after(Duration::from_secs(60));
        let bad = after_look(&good, Ok(&look(Observed::Absent, later)), later);
        assert_eq!(bad.lost, [Field::Bio]);
        let report = CanaryReport::of([&bad]);
        assert!(!report.vouches_for(Field::Bio));
        assert!(report.vouches_for(Field::Presence));

        let day_after = later.after(Duration::from_secs(24 * 3600));
        let still = after_look(&bad, Ok(&look(Observed::Absent, day_after)), day_after);
        assert_eq!((still.is_good(), still.lost_since), (false, Some(later)), "time alone proves nothing");
        assert!(still.without(&[Field::Bio], Vec::new()).is_good());
    }

    #[test]
    fn a_bio_without_links_says_itself_that_there_are_none() {
        let start = Timestamp::from_millis(0);
        let fresh = CanaryRecord::new(Username::parse("telegram").unwrap(), start);
        let mut linked = look(Observed::Present("see @durov".into()), start);
        linked.profile.links = Observed::Present(crate::links::derive("see @durov"));
        let good = after_look(&fresh, Ok(&linked), start);
        assert!(good.fields.contains(&Field::Links));
        let mut plain = look(Observed::Present("hi".into()), start);
        plain.profile.links = Observed::Absent;
        assert!(after_look(&good, Ok(&plain), start).is_good());
        plain.profile.bio = linked.profile.bio;
        assert_eq!(after_look(&good, Ok(&plain), start).lost, [Field::Links]);
        plain.profile.bio = Observed::Absent;
        assert_eq!(after_look(&good, Ok(&plain), start).lost, [Field::Bio, Field::Links]);
    }

    #[test]
    fn what_another_backend_cannot_see_is_not_lost() {
        let start = Timestamp::from_millis(0);
        let fresh = CanaryRecord::new(Username::parse("telegram").unwrap(), start);
        let mut told = look(Observed::Present("hi".into()), start);
        told.profile.telegram_id = Observed::Present(7);
        told.fetcher = "mtproto".into();
        let both = after_look(&fresh, Ok(&told), start);
        let page = after_look(&both, Ok(&look(Observed::Present("hi".into()), start)), start);
        assert!(page.is_good() && page.fields.contains(&Field::TelegramId));
        let report = CanaryReport::of([&page]);
        assert!(report.watches(&["test"]) && !report.watches(&["mtproto"]));
        assert!(CanaryReport::unwatched().watches(&["mtproto"]));
    }

    #[test]
    fn a_canary_that_is_not_found_vouches_for_nothing() {
        let start = Timestamp::from_millis(0);
        let fresh = CanaryRecord::new(Username::parse("telegram").unwrap(), start);
        let gone = after_look(&fresh, Err((Outcome::NotFound, None)), start);
        assert!(!CanaryReport::of([&gone]).vouches_for(Field::Presence));
        assert!(CanaryReport::unwatched().vouches_for(Field::Presence));
    }
}
