//! What the removal of a revision does to everything around it. Pure, and the same for every store.

use crate::history::{self, Removal};
use crate::store::{Held, HoldReason, PhotoProgress, ProfileRecord, Revision};
use crate::{Change, Field, Presence, Timestamp};

/// What a store has to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The numbers that go; their entries of the change log stay, without content.
    pub gone: Vec<u64>,
    /// The revision that is written anew, and what changed in it.
    pub rewritten: Option<(Revision, Vec<Change>)>,
    /// The newest one went: the state falls back.
    pub falls_back: bool,
}

/// Plans the removal of `removed`, given its neighbours.
pub(crate) fn plan(before: Option<&Revision>, removed: &Revision, after: Option<&Revision>) -> Plan {
    let gone = vec![removed.number];
    match (history::remove(before, removed, after), after) {
        (Removal::Merge, Some(after)) => {
            Plan { gone: vec![removed.number, after.number], rewritten: None, falls_back: false }
        }
        (Removal::Rewrite { changes, changed, last_seen_before, first_seen }, Some(after)) => {
            let revision = Revision { changed, last_seen_before, first_seen, ..after.clone() };
            Plan { gone, rewritten: Some((revision, changes)), falls_back: false }
        }
        _ => Plan { gone, rewritten: None, falls_back: true },
    }
}

/// The record after a removal. `last_change` is that of the history that is left.
pub(crate) fn record_after(
    record: &ProfileRecord,
    plan: &Plan,
    (before, removed): (Option<&Revision>, &Revision),
    last_change: Option<Timestamp>,
) -> ProfileRecord {
    let mut next = record.clone();
    next.revisions = next.revisions.saturating_sub(plan.gone.len() as u64);
    next.last_changed_at = last_change;
    if before.is_none() {
        next.first_observed_at = plan.rewritten.as_ref().map(|(first, _)| first.first_seen);
    }
    // What the backends said may hold what was removed.
    next.seen_by = None;
    if !plan.falls_back {
        return next;
    }
    let kept_photo = photo(next.state.as_ref()) == photo(before.map(|before| &before.profile));
    next.presence = match before {
        None => Presence::Unknown,
        Some(before) if before.presence == record.presence => before.presence,
        // Who is missing is not suspected of it.
        Some(before) if before.presence == Presence::Missing => before.presence,
        Some(_) if record.presence == Presence::SuspectedMissing => record.presence,
        Some(before) => before.presence,
    };
    next.last_seen_at = before.and(removed.last_seen_before);
    next.state = before.map(|before| before.profile.clone());
    if !before
        .is_some_and(|before| record.state.as_ref().is_some_and(|state| state.links == before.profile.links))
    {
        next.state_fetcher = before.map(|before| before.fetcher.clone());
    }
    if let Some(before) = before {
        next.username = before.profile.username.clone();
    }
    if !kept_photo {
        next.photo = PhotoProgress::default();
    }
    next
}

fn photo(state: Option<&crate::Profile>) -> Option<&crate::PhotoId> {
    state.and_then(crate::Profile::photo_id)
}

/// A waiting change after the state fell back; `None` when it says nothing any more.
pub(crate) fn held_after(held: &Held, record: &ProfileRecord) -> Option<Held> {
    let state = record.state.as_ref()?;
    if held.reason == HoldReason::Disappeared {
        return (record.presence != Presence::Missing).then(|| held.clone());
    }
    let mut next = Held { last_seen_before: record.last_seen_at, ..held.clone() };
    for change in next.changes.iter_mut().filter(|change| change.field != Field::Presence) {
        change.before = state.value(change.field).present().cloned();
    }
    // Only who is missing can be back.
    let still = |change: &Change| change.field != Field::Presence || record.presence == Presence::Missing;
    next.changes.retain(|change| change.before != change.after && still(change));
    (!next.changes.is_empty()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observed, Profile, ProfileId, Username};

    fn revision(number: u64, bio: &str) -> Revision {
        let mut profile = Profile::new(Username::parse("someone").unwrap());
        profile.bio = Observed::Present(bio.to_owned());
        Revision {
            number,
            changed: vec![Field::Bio],
            profile,
            presence: Presence::Present,
            counts: crate::Counts::default(),
            last_seen_before: Some(Timestamp::from_millis(i64::try_from(number).unwrap() * 10 - 1)),
            first_seen: Timestamp::from_millis(i64::try_from(number).unwrap() * 10),
            confirmed_at: Timestamp::from_millis(i64::try_from(number).unwrap() * 10),
            fetcher: "test".into(),
            parser: "test/1".into(),
            evidence_sha256: None,
            corrected_at: None,
        }
    }

    #[test]
    fn what_waits_for_somebody_who_was_missing_is_brought_into_line() {
        let (there, mut missing, back) = (revision(1, "a"), revision(2, "a"), revision(3, "a"));
        missing.presence = Presence::Missing;
        let username = there.profile.username;
        let mut record = ProfileRecord::new(ProfileId::new(), username, Timestamp::default());
        record.state = Some(back.profile.clone());
        record.presence = Presence::SuspectedMissing;
        let newest = plan(Some(&missing), &back, None);
        let after = record_after(&record, &newest, (Some(&missing), &back), None);
        assert_eq!(after.presence, Presence::Missing, "who is missing is not suspected of it");

        let name = |presence: Presence| Some(presence.as_str().into());
        let is_back = Change::new(Field::Presence, name(Presence::Missing), name(Presence::Present));
        let bio = Change::new(Field::Bio, Some("a".into()), Some("b".into()));
        let waits = Held {
            id: crate::store::HeldId(1),
            profile_id: record.id,
            username: record.username.clone(),
            reason: HoldReason::KindChanged,
            changes: vec![is_back, bio.clone()],
            after: None,
            counts: crate::Counts::default(),
            last_seen_before: None,
            first_seen: back.first_seen,
            confirmations: 0,
            counted_at: back.first_seen,
            fetcher: "test".into(),
            parser: "test/1".into(),
            rejected: false,
        };
        assert_eq!(held_after(&waits, &after).unwrap().changes.len(), 2);
        record.presence = Presence::Present;
        assert_eq!(held_after(&waits, &record).unwrap().changes, [bio], "nobody was missing");
    }

    #[test]
    fn the_next_one_may_have_been_seen_before_the_removed_one() {
        let times = |last, first| {
            let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
            (Some(at(last)), at(first))
        };
        // What is told next was seen before, while and after what is removed.
        let cases = [
            (times(33, 37), times(31, 33), times(31, 37)),
            (times(31, 37), times(33, 35), times(31, 37)),
            (times(31, 33), times(33, 37), times(31, 37)),
        ];
        for (removed, next, left) in cases {
            let (a, mut b, mut c) = (revision(1, "a"), revision(2, "b"), revision(3, "c"));
            (b.last_seen_before, b.first_seen) = removed;
            (c.last_seen_before, c.first_seen) = next;
            let rewritten = plan(Some(&a), &b, Some(&c)).rewritten.unwrap().0;
            assert_eq!((rewritten.last_seen_before, rewritten.first_seen), left, "{removed:?}, {next:?}");
        }
    }

    #[test]
    fn equal_neighbours_merge_and_the_newest_falls_back() {
        let (a, b, c) = (revision(1, "a"), revision(2, "b"), revision(3, "a"));
        assert_eq!(plan(Some(&a), &b, Some(&c)).gone, [2, 3]);
        let newest = plan(Some(&a), &b, None);
        assert!(newest.falls_back);
        let mut record =
            ProfileRecord::new(ProfileId::new(), a.profile.username.clone(), Timestamp::default());
        record.state = Some(b.profile.clone());
        record.revisions = 2;
        let next = record_after(&record, &newest, (Some(&a), &b), None);
        assert_eq!((next.state.unwrap(), next.revisions), (a.profile.clone(), 1));
        assert_eq!(next.last_seen_at, b.last_seen_before);
        let first = plan(None, &a, Some(&b)).rewritten.unwrap().0;
        assert_eq!((first.number, first.last_seen_before), (2, None));
    }
}
