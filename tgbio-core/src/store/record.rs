//! What a store keeps about one followed profile.

use std::time::Duration;

use crate::coverage::Span;
use crate::schedule::{self, Activity, Expectation};
use crate::sources::Source;
use crate::{Counts, Health, Presence, Priority, Profile, ProfileId, Rules, Target, Timestamp, Username};

/// A followed profile with all its bookkeeping.
///
/// Monitoring (`monitored`), presence and health are three separate facts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProfileRecord {
    /// The stable key.
    pub id: ProfileId,
    /// The current username.
    pub username: Username,
    /// Since when it is followed.
    pub followed_at: Timestamp,
    /// Whether it is looked at.
    pub monitored: bool,
    /// A fixed interval, instead of the adaptive one.
    pub interval: Option<Duration>,
    /// How much it matters.
    pub priority: Priority,
    /// A note of purpose.
    pub note: Option<String>,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Whether there is a public profile.
    pub presence: Presence,
    /// How the last look ended.
    pub health: Option<Health>,
    /// The present state: that of the newest revision, with what was known for the first time since.
    pub state: Option<Profile>,
    /// The backend that saw the state, or of several the one that told the targets of its links.
    pub state_fetcher: Option<String>,
    /// The backend of the last good look.
    pub seen_by: Option<String>,
    /// The newest measurements.
    pub counts: Counts,
    /// How many revisions there are.
    pub revisions: u64,
    /// The number of the newest revision; numbers are never used again.
    pub last_number: u64,
    /// First good look.
    pub first_observed_at: Option<Timestamp>,
    /// Last look, good or failed.
    pub last_checked_at: Option<Timestamp>,
    /// Last look that saw the present state.
    pub last_seen_at: Option<Timestamp>,
    /// When the newest change was first seen; the first revision is none.
    pub last_changed_at: Option<Timestamp>,
    /// When it is looked at next; `None` while it is not monitored.
    pub next_check_at: Option<Timestamp>,
    /// Failed looks in a row.
    pub failures: u32,
    /// The open coverage span.
    pub coverage: Option<Span>,
    /// How far the reading of the photo is.
    pub photo: PhotoProgress,
}

/// Which writing of a followed profile's record a store holds. Two that are equal stand for equal records, so that what
/// was made from a record need not be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordVersion {
    /// Whose record. A profile that is followed anew after its erasure has another id.
    pub id: ProfileId,
    /// Grows with every writing.
    pub number: u64,
}

/// How far the reading of a profile's photo is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PhotoProgress {
    /// The address whose bytes were read last.
    pub read_url: Option<String>,
    /// Last attempt, good or failed.
    pub tried_at: Option<Timestamp>,
    /// Last look at which the photo whose bytes are known was shown.
    pub seen_at: Option<Timestamp>,
}

/// Whether the photo that is shown is the one that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoSight {
    /// Every look tells: there is none, or the backend knows its id.
    ByLooks,
    /// Its address is that of the photo that was read.
    Read,
    /// Its bytes were not read yet, so it may be another one.
    Unread {
        /// When the photo that was read last was shown last; `None` when none was.
        known_until: Option<Timestamp>,
    },
}

impl ProfileRecord {
    /// Whether the photo that is shown is the one that is kept. Photos with an address are read at most once in
    /// [`PHOTO_ONCE_IN`](crate::PHOTO_ONCE_IN): until then another address may be another photo, or the same one. Who is
    /// missing shows none.
    pub fn photo_sight(&self) -> PhotoSight {
        let state = self.state.as_ref().filter(|_| self.presence != Presence::Missing);
        let photo = state.and_then(|state| state.photo.present());
        match photo.and_then(|photo| Some((photo, photo.url.as_ref()?))) {
            None => PhotoSight::ByLooks,
            Some((photo, url)) if self.photo.read_url.as_ref() == Some(url) && photo.id.is_some() => {
                PhotoSight::Read
            }
            Some(_) => {
                let read = self.photo.read_url.is_some();
                PhotoSight::Unread { known_until: self.photo.seen_at.filter(|_| read) }
            }
        }
    }

    /// A profile that was just followed: monitored and due at once.
    pub fn new(id: ProfileId, username: Username, followed_at: Timestamp) -> Self {
        Self {
            id,
            username,
            followed_at,
            monitored: true,
            interval: None,
            priority: Priority::Normal,
            note: None,
            tags: Vec::new(),
            presence: Presence::Unknown,
            health: None,
            state: None,
            state_fetcher: None,
            seen_by: None,
            counts: Counts::default(),
            revisions: 0,
            last_number: 0,
            first_observed_at: None,
            last_checked_at: None,
            last_seen_at: None,
            last_changed_at: None,
            next_check_at: Some(followed_at),
            failures: 0,
            coverage: None,
            photo: PhotoProgress::default(),
        }
    }

    /// Whom to ask for.
    pub fn target(&self) -> Target {
        let id = self.state.as_ref().and_then(|state| state.telegram_id.present().copied());
        Target::new(self.username.clone()).with_telegram_id(id).only_by_id(!self.holds_name())
    }

    /// Whether the username is the profile's as far as is known. One that lost it keeps it as the last name it had.
    pub fn holds_name(&self) -> bool {
        !self.state.as_ref().is_some_and(Profile::has_lost_name)
    }

    /// Whether the profile has got its present name since it was like `before`.
    pub(crate) fn got_name_since(&self, before: &Self) -> bool {
        self.holds_name() && (!before.holds_name() || self.username != before.username)
    }

    /// The backend of the last good look and its time, when it is another one than this.
    pub(crate) fn said_by_another(&self, fetcher: &str) -> Option<(&str, Timestamp)> {
        let other = self.seen_by.as_deref().filter(|other| *other != fetcher)?;
        Some((other, self.last_seen_at?))
    }

    /// What a backend says, with the time of the last look, where that was its.
    pub(crate) fn brought_up(&self, mut source: Source) -> Source {
        if let (true, Some(at)) = (self.seen_by.as_ref() == Some(&source.fetcher), self.last_seen_at) {
            source.observed_at = source.observed_at.max(at);
        }
        source
    }

    /// When the present state was last seen whole, be it that the profile was missing. Looks after that, if there were any,
    /// told nothing, were not judged, or showed something that waits.
    pub fn state_seen_at(&self) -> Option<Timestamp> {
        let missing = self.coverage.filter(|_| self.presence == Presence::Missing);
        self.last_seen_at.max(missing.map(|span| span.until))
    }

    /// How far apart two looks of one coverage span lie at most until `now`, by these rules: as if nothing had
    /// ever changed and its priority had never been high.
    pub fn longest_pause(&self, now: Timestamp, rules: &Rules) -> Duration {
        let observed = now.since(self.first_observed_at.unwrap_or(now));
        let quiet = Activity { changes: 0, observed, quiet: observed };
        crate::coverage::longest_pause(schedule::interval(&quiet, self.interval, Priority::Normal, rules))
    }

    /// With what delay its changes are told now, and what that costs. `next_due` is that of the store
    /// ([`ProfileStore::next_due`](crate::store::ProfileStore::next_due)): it tells whether the requests suffice.
    pub fn expectation(&self, rules: &Rules, next_due: Option<Timestamp>, now: Timestamp) -> Expectation {
        let late = schedule::lateness(next_due, self.priority, now);
        let mut expected = schedule::expectation(self.planned(rules, now), late, rules);
        // A look that was planned by other rules, or after a failure, comes when it was planned.
        let looked = self.last_checked_at.unwrap_or(now);
        let ahead = self.next_check_at.map_or(Duration::ZERO, |next| next.since(looked));
        expected.longest_delay = expected.longest_delay.max(ahead);
        let is_read = match self.photo_sight() {
            PhotoSight::ByLooks | PhotoSight::Unread { known_until: None } => false,
            PhotoSight::Read | PhotoSight::Unread { .. } => true,
        };
        expected.photo = is_read.then_some(crate::PHOTO_ONCE_IN);
        expected
    }

    /// How long after a good look the next one comes.
    pub fn planned(&self, rules: &Rules, now: Timestamp) -> Duration {
        schedule::interval(&self.activity(now), self.interval, self.priority, rules)
    }

    /// How often it has changed in which time. The first revision is no change.
    pub fn activity(&self, now: Timestamp) -> Activity {
        let first = self.first_observed_at.unwrap_or(now);
        let newest = self.last_changed_at.unwrap_or(first);
        Activity {
            changes: if self.last_changed_at.is_some() { self.revisions.saturating_sub(1) } else { 0 },
            observed: now.since(first),
            quiet: now.since(newest),
        }
    }
}

/// Whom to follow, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewProfile {
    /// The name.
    pub username: Username,
    /// A note of purpose.
    pub note: Option<String>,
    /// Tags; they are sorted and made unique.
    pub tags: Vec<String>,
    /// A fixed interval.
    pub interval: Option<Duration>,
    /// How much it matters.
    pub priority: Priority,
}

impl NewProfile {
    /// Only the name.
    pub fn new(username: Username) -> Self {
        Self { username, note: None, tags: Vec::new(), interval: None, priority: Priority::Normal }
    }
}

/// What a person changes about a followed profile; `None` leaves a thing as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfilePatch {
    /// Look at it, or pause. A resumed profile is due at once.
    pub monitored: Option<bool>,
    /// A fixed interval; `Some(None)` goes back to the adaptive one.
    pub interval: Option<Option<Duration>>,
    /// How much it matters; its place among the due work changes at once, its interval with the next look.
    pub priority: Option<Priority>,
    /// The note; `Some(None)` removes it.
    pub note: Option<Option<String>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
}

impl ProfilePatch {
    /// The record after this change: the one place that says what a person's change means.
    pub(crate) fn applied_to(&self, record: &ProfileRecord, now: Timestamp) -> ProfileRecord {
        let mut next = record.clone();
        if let Some(note) = &self.note {
            next.note.clone_from(note);
        }
        if let Some(tags) = &self.tags {
            next.tags = tidy_tags(tags);
        }
        if let Some(interval) = self.interval {
            next.interval = interval;
            let sooner = interval.map(|interval| now.after(interval));
            next.next_check_at = record.next_check_at.map(|due| due.min(sooner.unwrap_or(due)));
        }
        next.priority = self.priority.unwrap_or(record.priority);
        match self.monitored {
            Some(true) if !record.monitored => next.next_check_at = Some(now),
            Some(false) => next.next_check_at = None,
            _ => {}
        }
        next.monitored = self.monitored.unwrap_or(record.monitored);
        next
    }

    /// What is changed, for the audit log: names, and of values only whether it is monitored.
    pub(crate) fn summary(&self) -> String {
        let monitored = self.monitored.map(|on| if on { "resumed" } else { "paused" });
        let named = [
            monitored,
            self.interval.map(|_| "interval"),
            self.priority.map(|_| "priority"),
            self.note.as_ref().map(|_| "note"),
            self.tags.as_ref().map(|_| "tags"),
        ];
        named.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Sorts tags and drops repeats and empty ones.
pub fn tidy_tags(tags: &[String]) -> Vec<String> {
    let mut tags: Vec<String> =
        tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_is_planned_for_later_is_part_of_the_longest_delay() {
        let at = |seconds: i64| Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000);
        let mut record = ProfileRecord::new(ProfileId::new(), Username::parse("someone").unwrap(), at(0));
        record.interval = Some(Duration::from_secs(600));
        record.last_checked_at = Some(at(0));
        for (next, longest) in [(Some(605), 660), (None, 660), (Some(3_600), 3_600)] {
            record.next_check_at = next.map(at);
            let expected = record.expectation(&Rules::default(), None, at(60));
            assert_eq!(expected.longest_delay.as_secs(), longest, "{next:?}");
        }
    }
}
